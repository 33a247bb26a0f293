// Which members the documents of an interaction type have, for who is to declare them: segments.discover_json_fields.
#include "pg/capture/block_ranges.h"
#include "pg/catalog/counted_rows.h"
#include "pg/catalog/json_field.h"
#include "pg/catalog/source.h"
#include "pg/catalog/source_checks.h"
#include "pg/query/as_owner.h"
#include "pg/query/column_sql.h"
#include "pg/segment/segment.h"
#include "pg/server/datum.h"
#include "pg/writing/json_paths.h"

namespace segments::pg {
namespace {

struct DiscoveredField {
  std::vector<std::string> names;  // the column first
  std::string written;
  std::string kind;  // declared, else proposed
  bool is_declared = false;
  JsonPathUse use;
};

struct Discovered {
  std::vector<DiscoveredField> fields;
  bool has_left_out = false;
};

std::vector<std::string> document_columns(Oid relation) {
  return take_texts(
      run("SELECT attname::text FROM pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped AND attgenerated <> 'v'"
          " AND segments_internal.base_type(atttypid) = 'jsonb'::regtype ORDER BY attnum",
          {oid(relation)}, {.read_only = true}));
}

// What part of the table's rows is about so many.
double part_of(const std::vector<SourceLeaf>& leaves, int64_t most_rows) {
  double rows = 0;
  for (const SourceLeaf& leaf : leaves) {
    const std::vector<BlockRange> blocks = all_blocks(leaf.relation);
    if (!blocks.empty()) rows += block_density(leaf.relation).rows * blocks.back().end;
  }
  return rows <= static_cast<double>(most_rows) ? 1 : static_cast<double>(most_rows) / rows;
}

JsonPaths read_paths(const InteractionSource& source, const std::vector<std::string>& columns, int64_t most_rows) {
  JsonPaths paths;
  if (columns.empty()) return paths;
  std::string select;
  for (const std::string& column : columns) select += (select.empty() ? "SELECT " : ", ") + ("s." + quoted_name(column));
  const std::vector<SourceLeaf> leaves = leaves_of(source.relation);
  const double part = part_of(leaves, most_rows);
  const std::string sample = part < 1 ? " TABLESAMPLE SYSTEM (" + std::to_string(part * 100) + ") REPEATABLE (0)" : "";
  ServerInterrupt interrupt;
  const std::optional<RowCondition> counted = lock_counted_rows(source);
  stream_on_leaves(leaves, select + " FROM ", sample + (counted ? " WHERE " + counted->sql : ""), {}, {},
                   [&](const Datum* values, const bool* nulls) {
                     for (size_t i = 0; i < columns.size(); ++i) {
                       if (!nulls[i]) paths.add(columns[i], values[i], interrupt);
                     }
                   });
  return paths;
}

// The column by the name of its field.
std::string written_by_name(const std::map<std::string, std::string>& names, const std::vector<std::string>& path) {
  const auto named = names.find(path[0]);
  return written_path(named == names.end() ? path[0] : named->second, {path.begin() + 1, path.end()});
}

Discovered discover(const InteractionSource& source, int64_t most_rows) {
  const JsonPaths paths = read_paths(source, document_columns(source.relation), most_rows);
  const std::map<std::string, std::string> names = field_names(source.type_id);
  const std::vector<JsonField> declared = declared_json_fields(source.type_id);
  Discovered discovered{{}, paths.has_left_out()};
  for (const auto& [path, use] : paths.uses()) {
    DiscoveredField field{path, written_by_name(names, path), use.kind(), false, use};
    for (const JsonField& known : declared) {
      const bool same = known.column == path[0] && std::equal(known.path.begin(), known.path.end(), path.begin() + 1, path.end());
      if (!same) continue;
      field.is_declared = true;
      const Oid type = known.type;
      field.kind = call([&] { return static_cast<const char*>(format_type_be(type)); });
    }
    discovered.fields.push_back(std::move(field));
  }
  std::ranges::stable_sort(discovered.fields, [](const DiscoveredField& a, const DiscoveredField& b) {
    return a.use.occurrences() > b.use.occurrences();
  });
  return discovered;
}

void declare(const InteractionSource& source, std::vector<DiscoveredField>& fields, Oid caller) {
  std::vector<std::string_view> paths;
  std::vector<std::string_view> kinds;
  for (DiscoveredField& field : fields) {
    if (field.is_declared) continue;
    field.is_declared = true;
    paths.emplace_back(field.written);
    kinds.emplace_back(field.kind);
  }
  if (paths.empty()) return;
  run("SELECT segments_internal.declare_discovered($1, $2, $3, $4)",
      {int4(source.type_id), text_array(paths), text_array(kinds), oid(caller)});
}

void note_left_out(size_t found, size_t listed, bool has_left_out) {
  if (found == listed && !has_left_out) return;
  const char* more = has_left_out ? "More than " : "";
  const char* hint =
      found > listed ? "Pass a higher max_fields." : "Make fields of others by their names: segments.add_json_field().";
  call([&] {
    ereport(NOTICE, (errmsg("there are more paths than are listed"),
                     errdetail("%s%zu were found, %zu are listed.", more, found, listed), errhint("%s", hint)));
  });
}

std::vector<DiscoveredField> discover_fields(const std::string& type, size_t most, bool declares, int64_t most_rows, Oid caller) {
  Rows rows = run("SELECT (segments_internal.find_interaction($1)).type_id", {text(type)});
  const InteractionSource source = interaction_source(rows.int4(0, 0));
  rows.release();
  run("SELECT segments_internal.check_is_owner($1, $2)", {oid(caller), oid(source.relation)});
  check_table_exists(source);
  Discovered discovered = discover(source, most_rows);
  const size_t found = discovered.fields.size();
  if (found > most) discovered.fields.resize(most);
  if (declares) declare(source, discovered.fields, caller);
  note_left_out(found, std::min(found, most), discovered.has_left_out);
  return std::move(discovered.fields);
}

std::string kinds_text(const JsonPathUse& use) {
  constexpr const char* kNames[] = {"string", "number", "boolean", "array"};
  std::string text;
  for (size_t i = 0; i < use.counts.size(); ++i) {
    if (use.counts[i] == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(kNames[i]) + " " + std::to_string(use.counts[i]);
  }
  return text;
}

void emit(ReturnSetInfo* result, const DiscoveredField& field) {
  const std::string kinds = kinds_text(field.use);
  const std::vector<std::string_view> views(field.use.samples.begin(), field.use.samples.end());
  const Datum samples = text_array(views).value;
  const char* texts[] = {field.written.c_str(), field.kind.c_str(), kinds.c_str()};
  call([&] {
    Datum values[] = {CStringGetTextDatum(texts[0]),          CStringGetTextDatum(texts[1]), BoolGetDatum(field.is_declared),
                      Int64GetDatum(field.use.occurrences()), CStringGetTextDatum(texts[2]), samples};
    bool nulls[] = {false, false, false, false, false, false};
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  });
}

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_discover_json_fields) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  const std::string type = required_text(fcinfo, 0, "type");
  const size_t most = PG_ARGISNULL(1) ? SIZE_MAX : static_cast<size_t>(std::max<int32_t>(0, PG_GETARG_INT32(1)));
  const bool declares = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
  const int64_t most_rows = PG_ARGISNULL(3) ? INT64_MAX : std::max<int64_t>(1, PG_GETARG_INT64(3));
  const auto fields = as_owner([&](Oid caller) { return discover_fields(type, most, declares, most_rows, caller); });
  for (const DiscoveredField& field : fields) emit(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo), field);
  return Datum(0);
}
