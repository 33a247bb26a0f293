#include "pg/capture/capture.h"

#include "pg/capture/change_log.h"
#include "pg/capture/new_events.h"
#include "pg/server/hash_seed.h"
#include "pg/capture/leaf_capture.h"
#include "pg/catalog/counted_rows.h"
#include "pg/query/as_owner.h"
#include "pg/query/saved_statement.h"
#include "pg/server/scratch.h"
#include "pg/catalog/source_column.h"

namespace segments::pg {
namespace {

// Decoded rows are concatenated and encoded when they take this part of the memory budget: both take as much again.
constexpr size_t kBudgetShare = 3;
// A deletion that waits to be matched takes about this much.
constexpr size_t kBytesPerDeletion = 512;

// Logged rows that are in fragments if the base snapshot ($2) shows them: of a leaf that was known to the refresh with it, and of
// one that was read in steps.
constexpr const char* kKnownRows = "NOT pg_visible_in_snapshot(removed_by, $2::pg_snapshot)";
constexpr const char* kReadRows =
    "EXISTS (SELECT FROM segments.leaf_span span WHERE span.leaf = log.leaf AND old_block >= first_block AND old_block < "
    "end_block"
    " AND NOT pg_visible_in_snapshot(removed_by, span.snapshot))";

// A leaf as the previous refresh left it.
struct KnownLeaf {
  Oid filenode = InvalidOid;
  std::string triggers;
  std::string keys;
  bool same_types = false;
  bool has_log = false;
};

bool is_unchanged(const KnownLeaf& known, const SourceLeaf& leaf) {
  return known.filenode == leaf.filenode && known.triggers == leaf.triggers && known.keys == leaf.keys && known.same_types;
}

std::map<Oid, KnownLeaf> known_leaves(Oid source) {
  static SavedStatement statement(
      "SELECT leaf, filenode, triggers, keys, EXISTS (SELECT FROM segments.change_log log WHERE log.leaf = known.leaf),"
      " NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = known.leaf AND a.attnum > 0 AND NOT a.attisdropped"
      "  AND a.atttypid <> known.column_types[a.attnum])"
      " FROM segments.source_leaf known WHERE source = $1",
      {OIDOID});
  Rows rows = statement.run({oid(source)}, false);
  std::map<Oid, KnownLeaf> known;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    known[rows.oid(i, 0)] = {rows.oid(i, 1), rows.text(i, 2), rows.text(i, 3), rows.boolean(i, 5), rows.boolean(i, 4)};
  }
  rows.release();
  return known;
}

// Those of its leaves that are as the previous refresh left them.
std::map<Oid, KnownLeaf> unchanged_leaves(const RefreshContext& context, const LockedSource& locked) {
  std::map<Oid, KnownLeaf> unchanged;
  if (context.base_snapshot(locked.source.type_id).empty()) return unchanged;
  const std::map<Oid, KnownLeaf> known = known_leaves(locked.source.relation);
  for (const SourceLeaf& leaf : locked.leaves) {
    const auto found = known.find(leaf.relation);
    if (found != known.end() && is_unchanged(found->second, leaf)) unchanged.insert(*found);
  }
  return unchanged;
}

size_t memory_of(const RowTable& rows) {
  size_t bytes = rows.row_count() * (sizeof(Ordinal) + sizeof(Timestamp) + sizeof(uint32_t) * rows.fields.size());
  for (const DecodedField& field : rows.fields) bytes += field.dictionary.memory_bytes();
  return bytes;
}

}  // namespace

void LeafCapture::read_whole() {
  rows_removed_ = fragments_.drop_leaf(leaf_.relation);
  rows_added_ = 0;
  unplaced_rows_ = 0;
  misfits_.clear();
  misfits_read_ahead_ = "{}";
  read({.blocks = all_blocks(leaf_.relation), .snapshot = {}});
  save(true);
}

void LeafCapture::read_changes(bool has_log) {
  const std::string& base_snapshot = context_.base_snapshot(source_.type_id);
  if (has_log && !remove_logged(kKnownRows, base_snapshot)) return read_whole();
  read_new(base_snapshot);
  if (unplaced_rows_ != 0 || !misfits_.empty()) save(false);
  note_new_columns();
}

void LeafCapture::read_span(const ResumableRead& reading, const BlockRange& blocks) {
  read({.blocks = {blocks}, .stamps = ReadScope::Stamps::kShown, .snapshot = reading.base_snapshot});
  add_span(context_, leaf_, blocks, rows_added_, unplaced_rows_, misfits_);
}

// What was read replaces what is published of the leaf, and goes through the moves that the latter has gone through.
void LeafCapture::finish_reading(const ResumableRead& reading, std::span<const RecordMove> moves) {
  const int64_t replaced = fragments_.drop_current(leaf_.relation);
  fragments_.adopt_read_ahead(leaf_.relation);
  if (!moves.empty()) fragments_.move(moves, leaf_.relation);
  rows_added_ = reading.row_count;
  unplaced_rows_ = reading.unplaced_rows;
  misfits_read_ahead_ = reading.misfits;
  if (remove_logged(kReadRows, reading.base_snapshot)) {
    std::vector<BlockRange> rest = all_blocks(leaf_.relation);
    if (!rest.empty() && reading.end_block < rest.back().end) {
      rest.front().first = reading.end_block;
      read({.blocks = std::move(rest), .stamps = ReadScope::Stamps::kShown, .snapshot = reading.base_snapshot});
    }
    read_new(reading.base_snapshot);
    save(true);
  } else {
    read_whole();
  }
  rows_removed_ += replaced;
  forget_reading(leaf_.relation);
}

void LeafCapture::read_new(const std::string& base_snapshot) {
  read({.blocks = changed_blocks(leaf_.relation, base_snapshot, context_.snapshot),
        .stamps = ReadScope::Stamps::kNotShown,
        .snapshot = base_snapshot});
}

void LeafCapture::read(ReadScope scope) {
  scope.counted_sql = counted_sql_;
  source_.for_each_relation([&](const InteractionSource& relation) { read_by(relation, scope); });
}

void LeafCapture::read_by(const InteractionSource& relation, ReadScope scope) {
  BulkRead reader(context_, relation, leaf_.relation, std::move(scope));
  if (reader.done()) return;
  if (!context_.progress.is_planned && counts(relation)) context_.progress.total += static_cast<int64_t>(reader.estimated_rows());
  records_.expect_keys(reader.estimated_rows());
  records_.resolve(StringTable(hash_seed()));
  if (records_.resolves_in_memory()) records_.begin_bulk();
  // While workers read, batches become fragments; only what must run statements waits until they have finished.
  std::vector<Bytes> waiting;
  while (!reader.done()) {
    reader.read_some([&](BytesView batch) {
      if (waiting.empty() && records_.resolves_in_memory()) {
        absorb(relation, RowBatch::decode(batch, hash_seed()));
      } else {
        waiting.emplace_back(batch.begin(), batch.end());
      }
    });
    for (Bytes& batch : waiting) {
      absorb(relation, RowBatch::decode(batch, hash_seed()));
      batch = Bytes();
    }
    waiting.clear();
    fragments_.flush();
  }
  encode_pending(relation);
  fragments_.flush();
}

void LeafCapture::absorb(const InteractionSource& relation, const RowBatch& batch) {
  if (counts(relation)) {
    unplaced_rows_ += static_cast<int64_t>(batch.unplaced_rows());
    add_misfits(misfits_, batch, 1);
    rows_added_ += batch.row_count();
    context_.progress.done += batch.row_count();
  }
  if (batch.row_count() == 0) return;
  pending_.push_back(unerased_.of(relation, batch, relation.known_fields, *context_.interrupt));
  pending_bytes_ += memory_of(pending_.back());
  if (pending_bytes_ > context_.memory_bytes / kBudgetShare) encode_pending(relation);
}

void LeafCapture::encode_pending(const InteractionSource& relation) {
  if (pending_.empty()) return;
  const MissingValues none = [](int16_t) { return std::nullopt; };
  fragments_.add(relation, leaf_.relation, concatenate(std::move(pending_), none, *context_.interrupt));
  pending_.clear();
  pending_bytes_ = 0;
}

// Removes updated and deleted rows from the fragments.  False if that is impossible, or reading the leaf whole is less work.
bool LeafCapture::remove_logged(const char* which, const std::string& base_snapshot) {
  bool removed = true;
  source_.for_each_relation(
      [&](const InteractionSource& relation) { removed = removed && remove_logged_by(relation, which, base_snapshot); });
  return removed;
}

bool LeafCapture::remove_logged_by(const InteractionSource& relation, const char* which, const std::string& base_snapshot) {
  std::optional<RowTable> deleted = logged_rows(relation, which, base_snapshot);
  if (!deleted) return false;
  if (deleted->row_count() == 0) return true;
  if (counts(relation)) {
    if (static_cast<int64_t>(deleted->row_count()) > fragments_.row_count(relation, leaf_.relation) / 2) return false;
    rows_removed_ = deleted->row_count();
  }
  RowRemoval removal(std::move(*deleted), missing_values(relation, leaf_.relation), hash_seed());
  return fragments_.remove(relation, leaf_.relation, removal);
}

// The logged rows that are in fragments: those of `which` that the base snapshot shows, deleted before this refresh's.  (Rows
// that came and went in between never entered.)  Nothing if they are too many, or other columns were the keys when they were
// logged.
std::optional<RowTable> LeafCapture::logged_rows(const InteractionSource& relation, const char* which,
                                                 const std::string& base_snapshot) {
  std::map<std::string, LoggedRow, std::less<>> batches;
  const size_t most = context_.memory_bytes / kBytesPerDeletion;
  size_t count = 0;
  const KeyColumns keys = key_columns(leaf_.relation, relation);
  bool same_keys = true;
  with_scratch([&] {
    const Parameter parameters[] = {oid(leaf_.relation), text(base_snapshot), text(context_.snapshot_text),
                                    int4(relation.rows_id)};
    const std::string sql =
        "SELECT old_row FROM segments.change_log log WHERE leaf = $1 AND rows_id = $4 AND pg_visible_in_snapshot(removed_by, "
        "$3::pg_snapshot)"
        " AND (stamp IS NULL OR pg_visible_in_snapshot(stamp, $2::pg_snapshot)) AND " +
        std::string(which);
    run_streaming(sql.c_str(), parameters, {}, [&](const Datum* values, const bool*) {
      if (++count > most) return;
      const Bytes bytes = bytes_of(values[0]);
      LoggedRow logged = decode_logged_row(bytes);
      same_keys &= logged.keys == keys;
      const auto found = batches.find(logged.header);
      if (found != batches.end()) {
        found->second.row.append(logged.row);
      } else {
        batches.emplace(std::string(logged.header), std::move(logged));
      }
    });
  });
  if (count > most || !same_keys) return std::nullopt;
  std::vector<RowTable> tables;
  for (auto& [header, logged] : batches) {
    if (counts(relation)) {
      unplaced_rows_ -= static_cast<int64_t>(logged.row.unplaced_rows());
      add_misfits(misfits_, logged.row, -1);
    }
    if (logged.row.row_count() == 0) continue;
    RowTable rows = unerased_.of_gone(relation, logged.row, logged.known_fields, *context_.interrupt);
    drop_unknown_fields(rows, relation.fields);
    tables.push_back(std::move(rows));
  }
  if (tables.empty()) return RowTable{};
  return concatenate(std::move(tables), missing_values(relation, leaf_.relation), *context_.interrupt);
}

void LeafCapture::save(bool whole) {
  with_scratch([&] {
    if (whole) {
      const Oid filenode = has_foreign_stamps() ? InvalidOid : leaf_.filenode;
      run("INSERT INTO segments.source_leaf"
          " (leaf, source, filenode, captured_by, unplaced_rows, triggers, keys, misfits, column_types)"
          " VALUES ($1, $2, $3, $4, $5, $6, $7, segments_internal.sum_of_counts($8::jsonb, $9::jsonb), " SEGMENTS_COLUMN_TYPES
          ")"
          " ON CONFLICT (leaf) DO UPDATE SET source = excluded.source, filenode = excluded.filenode,"
          " captured_by = excluded.captured_by, unplaced_rows = excluded.unplaced_rows, misfits = excluded.misfits,"
          " triggers = excluded.triggers, keys = excluded.keys, column_types = excluded.column_types",
          {oid(leaf_.relation), oid(source_.relation), oid(filenode), int8(context_.refresh_id), int8(unplaced_rows_),
           text(leaf_.triggers), text(leaf_.keys), text(misfits_read_ahead_), text(misfits_json(misfits_))});
    } else {
      run("UPDATE segments.source_leaf SET unplaced_rows = unplaced_rows + $2,"
          " misfits = segments_internal.sum_of_counts(misfits, $3::jsonb) WHERE leaf = $1",
          {oid(leaf_.relation), int8(unplaced_rows_), text(misfits_json(misfits_))});
    }
  });
}

void LeafCapture::note_new_columns() {
  with_scratch([&] {
    static SavedStatement statement("UPDATE segments.source_leaf SET column_types = " SEGMENTS_COLUMN_TYPES
                                    " WHERE leaf = $1 AND cardinality(column_types) <"
                                    " (SELECT c.relnatts FROM pg_class c WHERE c.oid = $1)",
                                    {OIDOID});
    statement.run({oid(leaf_.relation)}, false);
  });
}

// A stamp that is an ordinary column is dumped with its table: restored into a server whose transactions have lower numbers,
// rows would count as new once these numbers come.  Such a leaf is known by no file, and so read whole by every refresh.
bool LeafCapture::has_foreign_stamps() {
  Rows plain = run("SELECT FROM pg_attribute WHERE attrelid = $1 AND attname = $2 AND NOT attisdropped AND attgenerated = ''",
                   {oid(leaf_.relation), text(kStampColumn)}, {.read_only = true});
  const bool is_plain = !plain.empty();
  plain.release();
  if (!is_plain) return false;
  Rows name = run("SELECT $1::oid::regclass::text", {oid(leaf_.relation)}, {.read_only = true});
  const std::string table = name.text(0, 0);
  name.release();
  const Parameter snapshot[] = {text(context_.snapshot_text)};
  const std::string sql = "SELECT FROM ONLY " + table +
                          " WHERE segments_xid >= pg_snapshot_xmin($1::pg_snapshot)"
                          " AND NOT pg_visible_in_snapshot(segments_xid, $1::pg_snapshot) LIMIT 1";
  if (stream_as_owner(leaf_.relation, sql, snapshot, {.snapshot = context_.snapshot}, {}) == 0) return false;
  Rows remedy = run("SELECT segments_internal.owner_statement($1, $2)",
                    {oid(leaf_.relation), text("UPDATE " + table + " SET segments_xid = NULL")}, {.read_only = true});
  const std::string stamp_anew = remedy.text(0, 0);
  remedy.release();
  const char* texts[] = {table.c_str(), stamp_anew.c_str()};
  call([&] {
    ereport(WARNING, (errmsg("table %s has rows that were stamped by another server", texts[0]),
                      errdetail("Which of them are new cannot be told, so every refresh reads the whole table."),
                      errhint("Stamp them anew: %s.", texts[1])));
  });
  return true;
}

void capture_source(RefreshContext& context, const LockedSource& locked, std::span<const RecordMove> moves, RecordStore& records,
                    FragmentStore& fragments) {
  std::map<Oid, KnownLeaf> unchanged = unchanged_leaves(context, locked);
  std::vector<Oid> kept;
  for (const auto& [leaf, known] : unchanged) kept.push_back(leaf);
  for (const Oid leaf : note_new_columns(context.refresh_id, locked.source, kept)) unchanged.erase(leaf);
  int64_t rows_added = 0;
  int64_t rows_removed = 0;
  const std::string counted = counted_sql(locked.source);
  std::set<Reference> gone;
  for (const SourceLeaf& leaf : locked.leaves) {
    LeafCapture capture(context, locked.source, leaf, counted, records, fragments);
    const auto found = unchanged.find(leaf.relation);
    if (found != unchanged.end()) {
      capture.read_changes(found->second.has_log);
    } else if (const std::optional<ResumableRead> reading = find_reading(context, locked.source, leaf)) {
      capture.finish_reading(*reading, moves);
    } else {
      capture.read_whole();
    }
    rows_added += capture.rows_added();
    rows_removed += capture.rows_removed();
    gone.insert(capture.references_gone().begin(), capture.references_gone().end());
  }
  lift_references(context, locked, gone);
  note_events(context, locked.source);
  context.counters.rows_added += rows_added;
  context.counters.rows_removed += rows_removed;
  report_progress(context, locked.source.name, rows_added, rows_removed);
}

void settle_readings(RefreshContext& context, const std::vector<LockedSource>& sources, FragmentStore& fragments) {
  static SavedStatement statement("SELECT leaf, type_id FROM segments.leaf_reading WHERE type_id IS NOT NULL", {});
  Rows rows = statement.run({}, false);
  std::set<Oid> unsettled;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    if (!context.failures.contains(rows.int4(i, 1))) unsettled.insert(rows.oid(i, 0));
  }
  rows.release();
  if (unsettled.empty()) return;
  for (const LockedSource& locked : sources) {
    const std::map<Oid, KnownLeaf> unchanged = unchanged_leaves(context, locked);
    for (const SourceLeaf& leaf : locked.leaves) {
      if (!unsettled.contains(leaf.relation) || unchanged.contains(leaf.relation)) continue;
      if (find_reading(context, locked.source, leaf)) unsettled.erase(leaf.relation);
    }
  }
  for (const Oid leaf : unsettled) discard_reading(leaf, fragments);
}

namespace {

// What this refresh has read of the log, but for leaves of frozen sources.
void forget_log(const RefreshContext& context, std::span<const int32_t> frozen) {
  if (frozen.empty()) {
    static SavedStatement statement("DELETE FROM segments.change_log WHERE pg_visible_in_snapshot(removed_by, $1::pg_snapshot)",
                                    {TEXTOID});
    statement.run({text(context.snapshot_text)}, false);
    return;
  }
  run("DELETE FROM segments.change_log log WHERE pg_visible_in_snapshot(removed_by, $1::pg_snapshot) AND NOT EXISTS ("
      " SELECT FROM ("
      "  SELECT leaf, source FROM segments.source_leaf UNION ALL SELECT leaf, source FROM segments.leaf_reading) AS known"
      "  JOIN (SELECT type_id, source FROM segments.interaction_type UNION ALL SELECT 0, source FROM segments.unification) AS "
      "frozen"
      "   ON frozen.source = known.source WHERE known.leaf = log.leaf AND frozen.type_id = ANY ($2))",
      {text(context.snapshot_text), int4_array(frozen)});
}

}  // namespace

void forget_vanished(RefreshContext& context, const std::vector<LockedSource>& sources, FragmentStore& fragments) {
  std::vector<int64_t> present;
  for (const LockedSource& locked : sources) {
    for (const SourceLeaf& leaf : locked.leaves) present.push_back(leaf.relation);
  }
  std::vector<int32_t> frozen;
  for (const auto& [type_id, failure] : context.failures) frozen.push_back(type_id);
  static SavedStatement vanished(
      "SELECT leaf FROM segments.source_leaf known WHERE known.leaf::int8 <> ALL ($1)"
      " AND NOT EXISTS (SELECT FROM segments.unification u WHERE u.source = known.source)"
      " AND NOT EXISTS (SELECT FROM segments.interaction_type t WHERE t.source = known.source AND t.type_id = ANY ($2))"
      " FOR UPDATE SKIP LOCKED",
      {INT8ARRAYOID, INT4ARRAYOID});
  Rows rows = vanished.run({int8_array(present), int4_array(frozen)}, false);
  for (uint64_t i = 0; i < rows.size(); ++i) {
    context.counters.rows_removed += fragments.drop_leaf(rows.oid(i, 0));
    run("DELETE FROM segments.source_leaf WHERE leaf = $1", {oid(rows.oid(i, 0))});
  }
  rows.release();
  fragments.drop_unregistered();
  static SavedStatement readings(
      "DELETE FROM segments.leaf_reading WHERE leaf IN ("
      " SELECT leaf FROM segments.leaf_reading WHERE type_id IS NULL FOR UPDATE SKIP LOCKED)",
      {});
  readings.run({}, false);
  forget_log(context, frozen);
}

}  // namespace segments::pg
