#include "pg/capture.h"

#include "pg/change_log.h"
#include "pg/leaf_reader.h"
#include "pg/scratch.h"
#include "pg/source_column.h"

namespace segments::pg {
namespace {

// Decoded rows are concatenated and encoded when they take this part of the memory budget: both take as much again.
constexpr size_t kBudgetShare = 3;
// A deletion that waits to be matched takes about this much.
constexpr size_t kBytesPerDeletion = 512;

// A leaf as the previous refresh left it.
struct KnownLeaf {
  Oid filenode = InvalidOid;
  std::string triggers;
  bool same_types = false;
  bool has_log = false;
};

bool is_unchanged(const KnownLeaf& known, const SourceLeaf& leaf) {
  return known.filenode == leaf.filenode && known.triggers == leaf.triggers && known.same_types;
}

// Of a leaf's columns, by attnum; 0 where one was dropped.
constexpr const char* kColumnTypes =
    "(SELECT array_agg(a.atttypid ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = $1 AND a.attnum > 0)";

std::map<Oid, KnownLeaf> known_leaves(Oid source) {
  Rows rows = run(
      "SELECT leaf, filenode, triggers, EXISTS (SELECT FROM segments.change_log log WHERE log.leaf = known.leaf),"
      " NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = known.leaf AND a.attnum > 0 AND NOT a.attisdropped"
      "  AND a.atttypid <> known.column_types[a.attnum])"
      " FROM segments.source_leaf known WHERE source = $1",
      {oid(source)});
  std::map<Oid, KnownLeaf> known;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    known[rows.oid(i, 0)] = {rows.oid(i, 1), rows.text(i, 2), rows.boolean(i, 4), rows.boolean(i, 3)};
  }
  rows.release();
  return known;
}

size_t memory_of(const RowTable& rows) {
  size_t bytes = rows.row_count() * (sizeof(Ordinal) + sizeof(Timestamp) + sizeof(uint32_t) * rows.fields.size());
  for (const DecodedField& field : rows.fields) bytes += field.dictionary.memory_bytes();
  return bytes;
}

class LeafCapture {
 public:
  LeafCapture(RefreshContext& context, const InteractionSource& source, const SourceLeaf& leaf, RecordStore& records,
              FragmentStore& fragments)
      : context_(context), source_(source), leaf_(leaf), records_(records), fragments_(fragments) {}

  void read_whole();
  void read_changes(bool has_log);
  int64_t rows_added() const { return rows_added_; }
  int64_t rows_removed() const { return rows_removed_; }

 private:
  void read(bool only_new);
  void absorb(const RowBatch& batch);
  void encode_pending();
  bool remove_logged();
  std::optional<RowTable> logged_rows();
  void save(bool whole);
  void note_new_columns();
  bool has_foreign_stamps();

  RefreshContext& context_;
  const InteractionSource& source_;
  const SourceLeaf& leaf_;
  RecordStore& records_;
  FragmentStore& fragments_;
  std::vector<RowTable> pending_;
  size_t pending_bytes_ = 0;
  int64_t unplaced_rows_ = 0;
  int64_t rows_added_ = 0;
  int64_t rows_removed_ = 0;
};

void LeafCapture::read_whole() {
  rows_removed_ = fragments_.drop_leaf(leaf_.relation);
  unplaced_rows_ = 0;
  read(false);
  save(true);
}

void LeafCapture::read_changes(bool has_log) {
  if (has_log && !remove_logged()) return read_whole();
  read(true);
  if (unplaced_rows_ != 0) save(false);
  note_new_columns();
}

void LeafCapture::read(bool only_new) {
  LeafReader reader(context_, source_, leaf_.relation, only_new);
  if (reader.done()) return;
  records_.expect_keys(reader.estimated_rows());
  records_.resolve(StringTable());
  if (records_.resolves_in_memory()) records_.begin_bulk();
  // While workers read, batches become fragments; only what must run statements waits until they have finished.
  std::vector<Bytes> waiting;
  while (!reader.done()) {
    reader.read_some([&](BytesView batch) {
      if (waiting.empty() && records_.resolves_in_memory()) {
        absorb(RowBatch::decode(batch));
      } else {
        waiting.emplace_back(batch.begin(), batch.end());
      }
    });
    for (Bytes& batch : waiting) {
      absorb(RowBatch::decode(batch));
      batch = Bytes();
    }
    waiting.clear();
    fragments_.flush();
  }
  encode_pending();
  fragments_.flush();
}

void LeafCapture::absorb(const RowBatch& batch) {
  unplaced_rows_ += static_cast<int64_t>(batch.unplaced_rows());
  if (batch.row_count() == 0) return;
  const std::vector<Ordinal> ordinals = records_.resolve(batch.records());
  pending_.push_back(batch.to_rows(ordinals, source_.known_fields, *context_.interrupt));
  pending_bytes_ += memory_of(pending_.back());
  rows_added_ += batch.row_count();
  if (pending_bytes_ > context_.memory_bytes / kBudgetShare) encode_pending();
}

void LeafCapture::encode_pending() {
  if (pending_.empty()) return;
  const MissingValues none = [](int16_t) { return std::nullopt; };
  fragments_.add(source_, leaf_.relation, concatenate(std::move(pending_), none, *context_.interrupt));
  pending_.clear();
  pending_bytes_ = 0;
}

// Removes updated and deleted rows from the fragments.  False if that is impossible, or reading the leaf whole is less work.
bool LeafCapture::remove_logged() {
  std::optional<RowTable> deleted = logged_rows();
  if (!deleted) return false;
  if (deleted->row_count() == 0) return true;
  if (static_cast<int64_t>(deleted->row_count()) > fragments_.row_count(leaf_.relation) / 2) return false;
  rows_removed_ = deleted->row_count();
  RowRemoval removal(std::move(*deleted), missing_values(source_, leaf_.relation));
  return fragments_.remove(source_, leaf_.relation, removal);
}

// The logged rows that are in fragments: written before the previous refresh's snapshot and deleted between it and this one's.
// (Rows that came and went in between never entered.)  Nothing if they are too many.
std::optional<RowTable> LeafCapture::logged_rows() {
  std::map<std::string, LoggedRow, std::less<>> batches;
  const size_t most = context_.memory_bytes / kBytesPerDeletion;
  size_t count = 0;
  with_scratch([&] {
    const Parameter parameters[] = {oid(leaf_.relation), text(context_.previous_snapshot_text), text(context_.snapshot_text)};
    run_streaming(
        "SELECT old_row FROM segments.change_log WHERE leaf = $1"
        " AND pg_visible_in_snapshot(removed_by, $3::pg_snapshot) AND NOT pg_visible_in_snapshot(removed_by, $2::pg_snapshot)"
        " AND (stamp IS NULL OR pg_visible_in_snapshot(stamp, $2::pg_snapshot))",
        parameters, {}, [&](const Datum* values, const bool*) {
          if (++count > most) return;
          const Bytes bytes = bytes_of(values[0]);
          LoggedRow logged = decode_logged_row(bytes);
          const auto found = batches.find(logged.header);
          if (found != batches.end()) {
            found->second.row.append(logged.row);
          } else {
            batches.emplace(std::string(logged.header), std::move(logged));
          }
        });
  });
  if (count > most) return std::nullopt;
  std::vector<RowTable> tables;
  for (auto& [header, logged] : batches) {
    unplaced_rows_ -= static_cast<int64_t>(logged.row.unplaced_rows());
    if (logged.row.row_count() == 0) continue;
    RowTable rows = logged.row.to_rows(records_.resolve(logged.row.records()), logged.known_fields, *context_.interrupt);
    drop_unknown_fields(rows, source_.fields);
    tables.push_back(std::move(rows));
  }
  if (tables.empty()) return RowTable{};
  return concatenate(std::move(tables), missing_values(source_, leaf_.relation), *context_.interrupt);
}

void LeafCapture::save(bool whole) {
  with_scratch([&] {
    if (whole) {
      const Oid filenode = has_foreign_stamps() ? InvalidOid : leaf_.filenode;
      run((std::string("INSERT INTO segments.source_leaf"
                       " (leaf, source, filenode, captured_by, unplaced_rows, triggers, column_types)"
                       " VALUES ($1, $2, $3, $4, $5, $6, ") + kColumnTypes + ")"
           " ON CONFLICT (leaf) DO UPDATE SET source = excluded.source, filenode = excluded.filenode,"
           " captured_by = excluded.captured_by, unplaced_rows = excluded.unplaced_rows,"
           " triggers = excluded.triggers, column_types = excluded.column_types").c_str(),
          {oid(leaf_.relation), oid(source_.relation), oid(filenode), int8(context_.refresh_id), int8(unplaced_rows_),
           text(leaf_.triggers)});
    } else {
      run("UPDATE segments.source_leaf SET unplaced_rows = unplaced_rows + $2 WHERE leaf = $1",
          {oid(leaf_.relation), int8(unplaced_rows_)});
    }
  });
}

void LeafCapture::note_new_columns() {
  with_scratch([&] {
    run((std::string("UPDATE segments.source_leaf SET column_types = ") + kColumnTypes +
         " WHERE leaf = $1 AND cardinality(column_types) <"
         " (SELECT c.relnatts FROM pg_class c WHERE c.oid = $1)").c_str(),
        {oid(leaf_.relation)});
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
  Rows foreign = run(("SELECT FROM ONLY " + table + " WHERE segments_xid >= pg_snapshot_xmin($1::pg_snapshot)"
                      " AND NOT pg_visible_in_snapshot(segments_xid, $1::pg_snapshot) LIMIT 1").c_str(),
                     {text(context_.snapshot_text)}, {.snapshot = context_.snapshot});
  const bool found = !foreign.empty();
  foreign.release();
  if (!found) return false;
  const char* shown = table.c_str();
  call([&] {
    ereport(WARNING, (errmsg("table %s has rows that were stamped by another server", shown),
                      errdetail("Which of them are new cannot be told, so every refresh reads the whole table."),
                      errhint("Stamp them anew: UPDATE %s SET segments_xid = NULL.", shown)));
  });
  return true;
}

}  // namespace

void capture_source(RefreshContext& context, const LockedSource& locked, RecordStore& records, FragmentStore& fragments) {
  std::map<Oid, KnownLeaf> known = known_leaves(locked.source.relation);
  std::vector<Oid> kept;
  for (const SourceLeaf& leaf : locked.leaves) {
    const auto found = known.find(leaf.relation);
    if (found == known.end()) continue;
    if (is_unchanged(found->second, leaf) && !context.previous_snapshot_text.empty()) {
      kept.push_back(leaf.relation);
    } else {
      known.erase(found);
    }
  }
  for (const Oid leaf : note_new_columns(context, locked.source, kept)) known.erase(leaf);
  int64_t rows_added = 0;
  int64_t rows_removed = 0;
  for (const SourceLeaf& leaf : locked.leaves) {
    LeafCapture capture(context, locked.source, leaf, records, fragments);
    const auto found = known.find(leaf.relation);
    if (found == known.end()) {
      capture.read_whole();
    } else {
      capture.read_changes(found->second.has_log);
    }
    rows_added += capture.rows_added();
    rows_removed += capture.rows_removed();
  }
  context.counters.rows_added += rows_added;
  context.counters.rows_removed += rows_removed;
  report_progress(context, locked.source.name, rows_added, rows_removed);
}

void forget_vanished(RefreshContext& context, const std::vector<LockedSource>& sources, FragmentStore& fragments) {
  std::vector<int64_t> present;
  for (const LockedSource& locked : sources) {
    for (const SourceLeaf& leaf : locked.leaves) present.push_back(leaf.relation);
  }
  Rows rows = run(
      "SELECT leaf FROM segments.source_leaf known WHERE known.leaf::int8 <> ALL ($1)"
      " AND NOT EXISTS (SELECT FROM segments.unification u WHERE u.source = known.source)",
      {int8_array(present)});
  for (uint64_t i = 0; i < rows.size(); ++i) {
    context.counters.rows_removed += fragments.drop_leaf(rows.oid(i, 0));
    run("DELETE FROM segments.source_leaf WHERE leaf = $1", {oid(rows.oid(i, 0))});
  }
  rows.release();
  fragments.drop_unregistered();
  run("DELETE FROM segments.change_log WHERE pg_visible_in_snapshot(removed_by, $1::pg_snapshot)",
      {text(context.snapshot_text)});
}

}  // namespace segments::pg
