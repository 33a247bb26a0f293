#include "pg/identity/mapping.h"

#include "pg/server/local_setting.h"
#include "pg/catalog/mapping_rows.h"
#include "pg/catalog/type_catalog.h"
#include "pg/query/as_owner.h"
#include "pg/query/saved_statement.h"
#include "pg/query/column_sql.h"
#include "pg/server/scratch.h"
#include "pg/server/datum.h"

namespace segments::pg {
namespace {

constexpr uint32_t kKeysPerStatement = 1u << 19;
// Comparing everything hashes all records: with the usual few megabytes that would go through temporary files many
// times.
constexpr const char* kWorkMemory = "64MB";
constexpr uint64_t kRowsPerPoll = 4096;

std::vector<Oid> oids_of(std::span<const SourceLeaf> leaves) {
  std::vector<Oid> oids;
  for (const SourceLeaf& leaf : leaves) oids.push_back(leaf.relation);
  return oids;
}

}  // namespace

bool is_mappable(std::string_view record_type, std::string_view record_id, std::string_view profile_id) {
  return is_record_key(record_type, record_id) && profile_id.size() <= kMostRecordKeyBytes;
}

void UnmappableRows::add(std::string_view record_type, std::string_view record_id) {
  if (count_++ != 0) return;
  const auto shown = [](std::string_view text) {
    constexpr int kMostShown = 40;
    const auto size = static_cast<int>(std::min<size_t>(text.size(), 2 * kMostRecordKeyBytes));
    const int clipped = call([&] { return pg_mbcliplen(text.data(), size, kMostShown); });
    return "\"" + std::string(text.substr(0, static_cast<size_t>(clipped))) +
           (static_cast<size_t>(clipped) < text.size() ? "…\"" : "\"");
  };
  first_ = "Record " + shown(record_id) + " of type " + shown(record_type);
}

void UnmappableRows::warn(bool names_one) const {
  const auto count = static_cast<unsigned long>(count_);
  const std::string named = names_one ? " " + first_ + " has more." : "";
  const char* first = named.c_str();
  call([&] {
    ereport(WARNING, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                      errmsg_plural("%lu row of the mapping is too long", "%lu rows of the mapping are too long", count, count),
                      errdetail("A record's type and id together, and a profile's id, have at most %zu bytes."
                                " Such rows map nothing.%s",
                                kMostRecordKeyBytes, first),
                      errdetail_log("A record's type and id together, and a profile's id, have at most %zu bytes."
                                    " Such rows map nothing.",
                                    kMostRecordKeyBytes),
                      errhint("Delete them, or give these records and profiles shorter ids.")));
  });
}

void MappingChanges::add(std::string_view key, std::optional<std::string_view> profile_id) {
  const uint32_t number = records.insert(key);
  if (number == new_profile.size()) new_profile.push_back(kNoProfile);
  if (profile_id) new_profile[number] = profiles.insert(*profile_id);
}

Mapping::Mapping(RefreshContext& context) : context_(context), source_(unification_source()) {
  describe();
  examine_leaves();
}

void Mapping::describe() {
  if (!source_) return;
  const Oid relation = source_->relation;
  table_sql_ = table_name(relation);
  if (table_sql_.empty()) {
    throw Error(ErrorCode::kUndefined, "the unification table does not exist any more", {}, lost_table_hint(kUnificationId));
  }
  const char kind = call([&] { return get_rel_relkind(relation); });
  if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE) {
    throw Error(ErrorCode::kNotReady, table_sql_ + ", which is registered as the unification, is not a table any more", {},
                "Register the table that maps records to profiles.");
  }
  for (const std::string* column : {&source_->record_type_column, &source_->record_id_column, &source_->profile_id_column}) {
    const char* name = column->c_str();
    if (column->empty() || call([&] { return get_attnum(relation, name); }) != InvalidAttrNumber) continue;
    throw Error(ErrorCode::kNotReady, "the unification table has no column \"" + *column + "\" any more",
                "It was registered with it.", "If it was renamed, say so with segments.alter_unification().");
  }
  columns_sql_ = record_type_sql(record_columns(*source_)) + " AS record_type, " + record_id_sql(record_columns(*source_)) +
                 " AS record_id, " + as_text(source_->profile_id_column) + " AS profile_id";
  mapped_sql_ = mapped_sql(*source_);
}

std::string Mapping::rows_of(const SourceLeaf& leaf) const {
  return (is_normalized() ? "SELECT DISTINCT " : "SELECT ") + columns_sql_ + " FROM " + only(leaf.relation) + " s WHERE " +
         mapped_sql_;
}

// Leaves are read before rows: if one is rewritten in between, the next refresh sees another filenode and compares all.
void Mapping::examine_leaves() {
  const Oid relation = source_ ? source_->relation : InvalidOid;
  if (source_) leaves_ = leaves_of(relation);
  static SavedStatement statement("SELECT leaf, filenode, triggers, keys FROM segments.source_leaf WHERE source = $1", {OIDOID});
  Rows rows = statement.run({oid(relation)}, false);
  std::set<std::tuple<Oid, Oid, std::string, std::string>> known;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    known_leaves_.push_back(rows.oid(i, 0));
    known.insert({rows.oid(i, 0), rows.oid(i, 1), rows.text(i, 2), rows.text(i, 3)});
  }
  rows.release();
  std::set<std::tuple<Oid, Oid, std::string, std::string>> present;
  for (const SourceLeaf& leaf : leaves_) present.insert({leaf.relation, leaf.filenode, leaf.triggers, leaf.keys});
  leaves_changed_ = known != present;
  must_compare_all_ = !source_ || leaves_changed_ || context_.base_snapshot(kUnificationId).empty();
}

bool Mapping::is_empty() const {
  return std::ranges::all_of(leaves_, [&](const SourceLeaf& leaf) {
    return stream_as_owner(leaf.relation, "SELECT FROM " + only(leaf.relation) + " s WHERE " + mapped_sql_ + " LIMIT 1", {},
                           {.snapshot = context_.snapshot}, {}) == 0;
  });
}

// All leaves' rows, each read as the leaf's owner, as the table `mapped`.
CollectedRows Mapping::collect() const {
  static constexpr const char* kColumns[] = {"record_type", "record_id", "profile_id"};
  CollectedRows rows("mapped", kColumns);
  for (const SourceLeaf& leaf : leaves_) {
    uint64_t count = 0;
    stream_as_owner(leaf.relation, rows_of(leaf), {}, {.snapshot = context_.snapshot},
                    [&](const Datum* values, const bool* nulls) {
                      if (++count % kRowsPerPoll == 0) context_.interrupt->poll();
                      rows.add(values, nulls);
                    });
  }
  if (!is_normalized() || leaves_.size() < 2) return rows;
  CollectedRows distinct("mapped", kColumns);
  rows.stream("SELECT DISTINCT record_type, record_id, profile_id FROM mapped", {.snapshot = context_.snapshot, .parallel = true},
              [&](const Datum* values, const bool* nulls) { distinct.add(values, nulls); });
  rows.release();
  return distinct;
}

void Mapping::stream_by_profile(const RowConsumer& consume) const {
  constexpr const char* kOrder = " ORDER BY profile_id, record_type, record_id";
  const RunOptions options{.snapshot = context_.snapshot, .parallel = true};
  with_setting("work_mem", kWorkMemory, [&] {
    if (leaves_.size() == 1) {
      const std::string sql = "SELECT record_type, record_id, profile_id FROM (" + rows_of(leaves_[0]) + ") m" + kOrder;
      stream_as_owner(leaves_[0].relation, sql, {}, options, consume);
    } else {
      CollectedRows rows = collect();
      rows.stream(std::string("SELECT record_type, record_id, profile_id FROM mapped") + kOrder, options, consume);
      rows.release();
    }
  });
}

// Records are unique in segments.record, so every row of the mapping meets at most one.  If the linked records that have no
// row, those that have another one, and the rows that say what is known add up to the linked records, none of them is mapped
// twice.
MappingChanges Mapping::compare_all() const {
  MappingChanges changes;
  UnmappableRows unmappable;
  with_setting("work_mem", kWorkMemory, [&] {
    const RunOptions options{.snapshot = context_.snapshot, .parallel = true};
    Rows linked = run("SELECT count(*) FROM segments.record WHERE profile_id IS NOT NULL", {}, options);
    const auto linked_records = static_cast<uint64_t>(linked.int8(0, 0));
    linked.release();
    CollectedRows rows = collect();
    uint64_t differing = 0;
    uint64_t unmapped_records = 0;
    uint64_t remapped_records = 0;
    bool is_duplicate = false;
    std::vector<char> key;
    rows.stream(
        "SELECT coalesce(m.record_type, r.record_type), coalesce(m.record_id, r.record_id), m.profile_id, r.profile_id IS NOT "
        "NULL"
        " FROM mapped m FULL JOIN segments.record r ON r.record_id = m.record_id AND r.record_type = m.record_type"
        " WHERE r.profile_id IS DISTINCT FROM m.profile_id",
        options, [&](const Datum* values, const bool* nulls) {
          const std::string_view type = text_view(values[0]);
          const std::string_view id = text_view(values[1]);
          const bool is_linked = DatumGetBool(values[3]);
          key.clear();
          append_record_key(key, type, id);
          const std::string_view record(key.data(), key.size());
          if (nulls[2]) {
            ++unmapped_records;
            return changes.add(record, std::nullopt);
          }
          ++differing;
          if (is_linked) ++remapped_records;
          if (!is_mappable(type, id, text_view(values[2]))) {
            if (is_linked) changes.add(record, std::nullopt);
            return unmappable.add(type, id);
          }
          const uint32_t known = changes.records.size();
          const uint32_t number = changes.records.insert(record);
          if (number == known) changes.new_profile.push_back(MappingChanges::kNoProfile);
          is_duplicate |= changes.new_profile[number] != MappingChanges::kNoProfile;
          changes.new_profile[number] = changes.profiles.insert(text_view(values[2]));
        });
    const uint64_t confirmed = rows.size() - differing;
    rows.release();
    if (is_duplicate || linked_records != unmapped_records + remapped_records + confirmed) throw_duplicate();
  });
  if (unmappable.any()) unmappable.warn(may_be_shown());
  return changes;
}

// The tail of the table that its BRIN index has not summarized would be read row by row.  Only an index that evaluates nothing of
// its owner's.
void Mapping::summarize_stamps() const {
  with_scratch([&] {
    static SavedStatement statement(
        "SELECT pg_catalog.brin_summarize_new_values(i.indexrelid) FROM pg_catalog.pg_index i"
        " JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_am a ON a.oid = c.relam"
        " WHERE i.indrelid = ANY ($1) AND a.amname = 'brin' AND i.indisvalid"
        " AND i.indpred IS NULL AND i.indexprs IS NULL"
        " AND pg_catalog.pg_has_role(c.relowner, 'USAGE')",
        {OIDARRAYOID});
    statement.run({oid_array(oids_of(leaves_))}, false);
  });
}

StringTable Mapping::recent_keys() const {
  StringTable keys(hash_seed());
  summarize_stamps();
  with_scratch([&] {
    static SavedStatement xmin_of("SELECT pg_catalog.pg_snapshot_xmin($1::pg_catalog.pg_snapshot)::text", {TEXTOID});
    const std::string previous_xmin = take_text(xmin_of.run({text(context_.base_snapshot(kUnificationId))}));
    std::vector<char> key;
    const Parameter snapshots[] = {text(context_.base_snapshot(kUnificationId)), text(previous_xmin)};
    const std::string stamp = std::string("s.") + kStampColumn;
    const RecordColumns columns = record_columns(*source_);
    stream_on_leaves(leaves_, "SELECT " + record_type_sql(columns) + ", " + record_id_sql(columns) + " FROM ",
                     " WHERE " + stamp + " >= $2::pg_catalog.xid8 AND NOT pg_visible_in_snapshot(" + stamp +
                         ", $1::pg_catalog.pg_snapshot) AND " + record_present_sql(columns),
                     snapshots, {.snapshot = context_.snapshot}, [&](const Datum* values, const bool*) {
                       key.clear();
                       append_record_key(key, text_view(values[0]), text_view(values[1]));
                       keys.insert({key.data(), key.size()});
                     });
    const Parameter leaves[] = {oid_array(oids_of(leaves_))};
    run_streaming("SELECT old_row FROM segments.change_log WHERE leaf = ANY ($1)", leaves, {.snapshot = context_.snapshot},
                  [&](const Datum* values, const bool*) { keys.insert(text_view(values[0])); });
  });
  return keys;
}

MappingChanges Mapping::recent_changes() const {
  MappingChanges changes;
  UnmappableRows unmappable;
  changes.records = recent_keys();
  changes.new_profile.assign(changes.records.size(), MappingChanges::kNoProfile);
  const std::string start = "SELECT k.number, " + as_text(source_->profile_id_column) +
                            " FROM unnest($1, $2) WITH ORDINALITY AS k (record_type, record_id, number) JOIN ";
  const std::string rest = " ON " + record_is_key_sql(record_columns(*source_)) + " WHERE " + mapped_sql_;
  std::vector<std::string_view> types;
  std::vector<std::string_view> ids;
  for (uint32_t first = 0; first < changes.records.size(); first += kKeysPerStatement) {
    const uint32_t end = std::min(changes.records.size(), first + kKeysPerStatement);
    types.clear();
    ids.clear();
    for (uint32_t i = first; i < end; ++i) {
      const auto [type, id] = split_record_key(changes.records.at(i));
      types.push_back(type);
      ids.push_back(id);
    }
    bool is_duplicate = false;
    with_scratch([&] {
      const Parameter keys[] = {text_array(types), text_array(ids)};
      stream_on_leaves(leaves_, start, rest, keys, {.snapshot = context_.snapshot}, [&](const Datum* values, const bool*) {
        const uint32_t number = first + static_cast<uint32_t>(DatumGetInt64(values[0])) - 1;
        const auto [type, id] = split_record_key(changes.records.at(number));
        if (!is_mappable(type, id, text_view(values[1]))) return unmappable.add(type, id);
        uint32_t& profile = changes.new_profile[number];
        const uint32_t mapped = changes.profiles.insert(text_view(values[1]));
        is_duplicate |= profile != MappingChanges::kNoProfile && !(is_normalized() && profile == mapped);
        profile = mapped;
      });
    });
    if (is_duplicate) throw_duplicate();
  }
  if (unmappable.any()) unmappable.warn(may_be_shown());
  return changes;
}

bool Mapping::has_unique_index() const {
  if (is_normalized()) return false;
  Rows rows =
      run("SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indimmediate"
          " AND i.indpred IS NULL AND i.indexprs IS NULL AND NOT EXISTS ("
          "  SELECT FROM pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k (attnum, number)"
          "  JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum"
          "  WHERE k.number <= i.indnkeyatts AND a.attname <> ALL (ARRAY[$2, $3]))",
          {oid(source_->relation), text(source_->record_type_column), text(source_->record_id_column)}, {.read_only = true});
  const bool has_one = !rows.empty();
  rows.release();
  return has_one;
}

bool Mapping::has_duplicate() const {
  constexpr const char* kTwice = " GROUP BY record_type, record_id HAVING count(*) > 1 LIMIT 1";
  const RunOptions options{.snapshot = context_.snapshot, .parallel = true};
  if (leaves_.size() == 1) {
    return stream_as_owner(leaves_[0].relation, "SELECT FROM (" + rows_of(leaves_[0]) + ") m" + kTwice, {}, options, {}) != 0;
  }
  bool found = false;
  CollectedRows rows = collect();
  rows.stream(std::string("SELECT FROM mapped") + kTwice, options, [&](const Datum*, const bool*) { found = true; });
  rows.release();
  return found;
}

void Mapping::check_unique() const {
  if (!source_ || has_unique_index()) return;
  with_setting("work_mem", kWorkMemory, [&] {
    if (has_duplicate()) throw_duplicate();
  });
}

void Mapping::throw_duplicate() const {
  constexpr size_t kMostNamed = 10;
  int64_t count = 0;
  std::string first;
  std::vector<std::string> others;
  CollectedRows rows = collect();
  rows.stream(
      "SELECT count(*) OVER (), record_type, record_id,"
      " array_to_string(array_agg(quote_literal(profile_id) ORDER BY profile_id), ', '), left(record_id, 40)"
      " FROM mapped GROUP BY record_type, record_id HAVING count(*) > 1 ORDER BY record_type, record_id LIMIT 11",
      {.snapshot = context_.snapshot}, [&](const Datum* values, const bool*) {
        if (count != 0) return others.push_back(text_of(values[4]));
        count = DatumGetInt64(values[0]);
        first = "record \"" + text_of(values[2]) + "\" of type \"" + text_of(values[1]) + "\" to: " + text_of(values[3]) + ".";
      });
  rows.release();
  if (count == 0) throw Error(ErrorCode::kInternal, "the mapping and segments.record do not add up");
  const std::string counts = "Table " + table_sql_ + " has several rows for " + (count == 1 ? "it." : "each of them.");
  std::string named = counts;
  if (may_be_shown()) {
    named = "Table " + table_sql_ + " maps " + first;
    for (size_t i = 0; i < std::min(others.size(), kMostNamed - 1); ++i)
      named += (i == 0 ? " So are \"" : ", \"") + others[i] + "\"";
    if (!others.empty()) named += others.size() >= kMostNamed ? " and more." : ".";
  }
  const auto records = static_cast<unsigned long>(count);
  const char* details[] = {named.c_str(), counts.c_str()};
  call([&] {
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
             errmsg_plural("%lu record is mapped more than once", "%lu records are mapped more than once", records, records),
             errdetail("%s", details[0]), errdetail_log("%s", details[1]),
             is_normalized()
                 ? errhint("Keep rows of one profile for each record; ids that normalize_ids makes alike are of one record.")
                 : errhint("Keep one row for each record; a unique index on the record's type and ID enforces that.")));
  });
  pg_unreachable();
}

void Mapping::acknowledge() const {
  with_scratch([&] {
    std::vector<Oid> leaves = oids_of(leaves_);
    leaves.insert(leaves.end(), known_leaves_.begin(), known_leaves_.end());
    if (!leaves.empty()) {
      static SavedStatement statement(
          "DELETE FROM segments.change_log WHERE leaf = ANY ($1)"
          " AND pg_catalog.pg_visible_in_snapshot(removed_by, $2::pg_catalog.pg_snapshot)",
          {OIDARRAYOID, TEXTOID});
      statement.run({oid_array(leaves), text(context_.snapshot_text)}, false);
    }
    if (!source_ || !leaves_changed_) return;
    run("DELETE FROM segments.source_leaf WHERE source = $1", {oid(source_->relation)});
    for (const SourceLeaf& leaf : leaves_) {
      run("INSERT INTO segments.source_leaf (leaf, source, filenode, captured_by, triggers, keys, column_types)"
          " VALUES ($1, $2, $3, $4, $5, $6, '{}')",
          {oid(leaf.relation), oid(source_->relation), oid(leaf.filenode), int8(context_.refresh_id), text(leaf.triggers),
           text(leaf.keys)});
    }
  });
}

}  // namespace segments::pg
