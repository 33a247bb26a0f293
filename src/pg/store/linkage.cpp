#include "pg/store/linkage.h"

#include "core/text/lexer.h"
#include "pg/catalog/mapping_access.h"
#include "pg/query/query.h"
#include "pg/run/change_context.h"
#include "pg/store/stored_fragment.h"

namespace segments::pg {
namespace {

constexpr size_t kExamples = 3;

// Fragments of a type with the tiles that they have rows in, and how many of these are linked or at least not dead.
constexpr const char* kCounts =
    " FROM segments.fragment f JOIN segments.tile t ON t.shard = f.shard AND t.tile BETWEEN f.first_tile AND f.last_tile"
    "  AND t.to_refresh = $2"
    " CROSS JOIN LATERAL segments_internal.count_tile_rows(t.tile, t.profile_map, f.data, f.fragment_id, f.type_id, f.row_count,"
    "  f.known_fields, f.min_time, f.max_time) c"
    " WHERE f.type_id = $1 AND f.field = 0 AND f.to_refresh = $2";

bool is_linked(int32_t type_id) {
  const std::string sql = std::string("SELECT") + kCounts + " AND t.profile_count > 0 AND c.linked > 0 LIMIT 1";
  Rows rows = run(sql.c_str(), {int4(type_id), int8(kForever)});
  const bool linked = !rows.empty();
  rows.release();
  return linked;
}

int64_t live_rows(int32_t type_id) {
  Rows rows = run((std::string("SELECT coalesce(sum(c.live), 0)::int8") + kCounts).c_str(), {int4(type_id), int8(kForever)});
  const int64_t live = rows.int8(0, 0);
  rows.release();
  return live;
}

bool some_record_is_linked() {
  Rows rows = run("SELECT FROM segments.record WHERE profile_id IS NOT NULL LIMIT 1");
  const bool found = !rows.empty();
  rows.release();
  return found;
}

// Some ordinals of the type's records, each once.
std::vector<int64_t> example_ordinals(int32_t type_id) {
  Rows rows = run("SELECT shard, fragment_id FROM segments.fragment WHERE type_id = $1 AND field = 0 AND to_refresh = $2 LIMIT 1",
                  {int4(type_id), int8(kForever)});
  std::vector<int64_t> examples;
  if (rows.empty()) return examples;
  for (const Ordinal ordinal : read_stored_ordinals(rows.int2(0, 0), rows.int8(0, 1))) {
    if (std::ranges::find(examples, ordinal) == examples.end()) examples.push_back(ordinal);
    if (examples.size() == kExamples) break;
  }
  rows.release();
  return examples;
}

// contact "c1", contact "c2"
std::string described(Rows&& rows) {
  std::string text;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    text += (i == 0 ? "" : ", ") + rows.text(i, 0) + " \"" + rows.text(i, 1) + "\"";
  }
  rows.release();
  return text;
}

// The record type under which the mapping has one of these records' ids; empty: it has none of them.
std::string other_record_type(const std::vector<int64_t>& ordinals) {
  return take_text(
      run("SELECT other.record_type FROM segments.record r JOIN segments.record other USING (record_id)"
          " WHERE r.ordinal = ANY ($1) AND other.profile_id IS NOT NULL ORDER BY other.record_type LIMIT 1",
          {int8_array(ordinals)}));
}

std::string hint_without_examples(const InteractionSource& source) {
  return "Write types and ids of records in the same way in both tables, or name other columns: SELECT "
         "segments.alter_interaction(" +
         in_quotes(source.name, '\'') + ", record_id_column => '…').";
}

// Whether one of these records has the id of a profile.
bool some_are_profiles(const std::vector<int64_t>& ordinals) {
  Rows rows =
      run("SELECT FROM segments.record r JOIN segments.record other ON other.profile_id = r.record_id WHERE r.ordinal = ANY ($1) "
          "LIMIT 1",
          {int8_array(ordinals)});
  const bool found = !rows.empty();
  rows.release();
  return found;
}

// What to do about records of a type, of which these are examples.
std::string hint_for(const InteractionSource& source, const UnificationSource& mapping, const std::vector<int64_t>& ordinals) {
  const std::string name = in_quotes(source.name, '\'');
  const std::string type = other_record_type(ordinals);
  if (!type.empty()) {
    return "It maps such an id as that of another type of record. If that is what they are: SELECT segments.alter_interaction(" +
           name + ", record_type => " + in_quotes(type, '\'') + ").";
  }
  if (client_may_read(mapping.relation, {&mapping.profile_id_column}) && some_are_profiles(ordinals)) {
    return "It has such an id as that of a profile. If its columns were named in the wrong order: SELECT "
           "segments.alter_unification("
           "profile_id_column => " +
           in_quotes(mapping.record_id_column, '\'') + ", record_id_column => " + in_quotes(mapping.profile_id_column, '\'') +
           ").";
  }
  return hint_without_examples(source) + " What nearly matches, if anything does: SELECT * FROM segments.unlinked_records(" +
         name + ").";
}

void warn(const std::string& type, const std::string& counts, const std::string& examples, const std::string& hint) {
  const char* name = type.c_str();
  const char* detail = counts.c_str();
  const char* more = examples.c_str();
  const char* what_to_do = hint.c_str();
  call([&] {
    ereport(WARNING, (errmsg("no interaction of type \"%s\" belongs to a profile", name), errdetail("%s%s", detail, more),
                      errdetail_log("%s", detail), errhint("%s", what_to_do)));
  });
}

}  // namespace

void warn_if_unlinked(const InteractionSource& source, const UnificationSource& mapping) {
  if (is_linked(source.type_id) || !some_record_is_linked()) return;
  const int64_t live = live_rows(source.type_id);
  if (live == 0) return;
  const std::string counts = live == 1
                                 ? "The unification does not map the record of its only interaction."
                                 : "The unification maps none of the records of its " + std::to_string(live) + " interactions.";
  std::string hint = hint_without_examples(source);
  std::string examples;
  if (client_may_read(source.relation, {&source.record_type_column, &source.record_id_column}) &&
      client_may_read(mapping.relation, {&mapping.record_type_column, &mapping.record_id_column})) {
    const std::vector<int64_t> ordinals = example_ordinals(source.type_id);
    examples = " Records of the type are, for example, " +
               described(run("SELECT record_type, record_id FROM segments.record WHERE ordinal = ANY ($1) ORDER BY 2, 1",
                             {int8_array(ordinals)})) +
               "; the unification maps " +
               described(run(
                   "SELECT record_type, record_id FROM segments.record WHERE profile_id IS NOT NULL ORDER BY profile_id LIMIT $1",
                   {int8(static_cast<int64_t>(kExamples))})) +
               ".";
    hint = hint_for(source, mapping, ordinals);
  }
  warn(source.name, counts, examples, hint);
}

}  // namespace segments::pg
