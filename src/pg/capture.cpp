#include "pg/capture.h"

#include "pg/change_log.h"
#include "pg/leaf_reader.h"
#include "pg/scratch.h"

namespace segments::pg {
namespace {

// Decoded rows are concatenated and encoded when they take this part of the memory budget: both take as much again.
constexpr size_t kBudgetShare = 3;
// A deletion that waits to be matched takes about this much.
constexpr size_t kBytesPerDeletion = 512;

struct KnownLeaf {
  Oid filenode = InvalidOid;
  Oid source = InvalidOid;
  bool has_log = false;
};

std::map<Oid, KnownLeaf> known_leaves(Oid source) {
  Rows rows = run(
      "SELECT leaf, filenode, source, EXISTS (SELECT FROM segments.change_log log WHERE log.leaf = known.leaf)"
      " FROM segments.source_leaf known WHERE source = $1",
      {oid(source)});
  std::map<Oid, KnownLeaf> known;
  for (uint64_t i = 0; i < rows.size(); ++i) known[rows.oid(i, 0)] = {rows.oid(i, 1), rows.oid(i, 2), rows.boolean(i, 3)};
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
      run("INSERT INTO segments.source_leaf (leaf, source, filenode, captured_by, unplaced_rows) VALUES ($1, $2, $3, $4, $5)"
          " ON CONFLICT (leaf) DO UPDATE SET source = excluded.source, filenode = excluded.filenode,"
          " captured_by = excluded.captured_by, unplaced_rows = excluded.unplaced_rows",
          {oid(leaf_.relation), oid(source_.relation), oid(leaf_.filenode), int8(context_.refresh_id), int8(unplaced_rows_)});
    } else {
      run("UPDATE segments.source_leaf SET unplaced_rows = unplaced_rows + $2 WHERE leaf = $1",
          {oid(leaf_.relation), int8(unplaced_rows_)});
    }
  });
}

void check_row_security() {
  Rows rows = run(
      "SELECT r.source::regclass::text FROM"
      " (SELECT source, row_security_acknowledged FROM segments.interaction_type"
      "  UNION ALL SELECT source, row_security_acknowledged FROM segments.unification) r"
      " JOIN pg_class c ON c.oid = r.source WHERE c.relrowsecurity AND NOT r.row_security_acknowledged ORDER BY r.source LIMIT 1");
  if (!rows.empty()) {
    throw Error(ErrorCode::kNotReady, "table " + rows.text(0, 0) + " has row-level security",
                "Segments are computed over all rows, so their members can tell what a policy hides.",
                "Disable row-level security, or register the table anew with acknowledge_row_security => true.");
  }
  rows.release();
}

bool exists(Oid relation) {
  return call([&] { return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relation)); });
}

// Locks a registered table and its leaves.
void lock(Oid source, std::set<Oid>& locked) {
  if (!exists(source)) return;
  call([&] { LockRelationOid(source, AccessShareLock); });
  for (const SourceLeaf& leaf : leaves_of(source)) {
    call([&] { LockRelationOid(leaf.relation, AccessShareLock); });
    locked.insert(leaf.relation);
  }
}

void warn_of_lost_table(const InteractionSource& source) {
  const char* name = source.name.c_str();
  call([&] {
    ereport(WARNING, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("the table of interaction type \"%s\" does not exist any more", name),
                      errdetail("The type has no interactions from this refresh on."),
                      errhint("Unregister it: SELECT segments.unregister_interaction('%s').", name)));
  });
}

void check_columns(const InteractionSource& source) {
  for (const std::string* column : {&source.time_column, &source.record_type_column, &source.record_id_column}) {
    const char* name = column->c_str();
    if (column->empty() || call([&] { return get_attnum(source.relation, name); }) != InvalidAttrNumber) continue;
    throw Error(ErrorCode::kNotReady, "the table of interaction type \"" + source.name + "\" has no column \"" + *column + "\" any more",
                "The type was registered with it.",
                "Rename the column back, or unregister the type and register it with other columns.");
  }
}

// The stamp and the log are what incremental capture rests on.
void check_attached(const InteractionSource& source, const std::vector<SourceLeaf>& leaves) {
  std::vector<int64_t> oids;
  for (const SourceLeaf& leaf : leaves) oids.push_back(leaf.relation);
  Rows rows = run(
      "SELECT leaf::oid::regclass::text FROM unnest($1) leaf WHERE NOT EXISTS ("
      "  SELECT FROM pg_attribute a WHERE a.attrelid = leaf AND a.attname = $2 AND NOT a.attisdropped)"
      " OR NOT EXISTS ("
      "  SELECT FROM pg_trigger t WHERE t.tgrelid = leaf AND t.tgfoid = 'segments.log_change'::regproc AND t.tgenabled = 'A')"
      " LIMIT 1",
      {int8_array(oids), text(kStampColumn)}, {.read_only = true});
  if (!rows.empty()) {
    throw Error(ErrorCode::kNotReady, "changes of interaction type \"" + source.name + "\" cannot be captured",
                "Table " + rows.text(0, 0) + " has lost the column segments_xid, or its trigger segments_log_change is missing or"
                " not ENABLE ALWAYS.",
                "Unregister and register the type again.");
  }
  rows.release();
}

}  // namespace

std::vector<LockedSource> lock_sources() {
  std::vector<LockedSource> sources;
  std::set<Oid> locked;
  for (const InteractionSource& source : interaction_sources()) lock(source.relation, locked);
  if (const std::optional<UnificationSource> mapping = unification_source()) lock(mapping->relation, locked);
  check_row_security();
  // Read again, as it is now and not as it was when the statement began: what was locked cannot change any more.
  call([] { PushActiveSnapshot(GetLatestSnapshot()); });
  for (InteractionSource& source : interaction_sources()) {
    std::vector<SourceLeaf> leaves;
    if (exists(source.relation)) {
      check_columns(source);
      leaves = leaves_of(source.relation);
      // One that was attached a moment ago comes with the next refresh.
      std::erase_if(leaves, [&](const SourceLeaf& leaf) { return !locked.contains(leaf.relation); });
      check_attached(source, leaves);
    } else {
      warn_of_lost_table(source);
    }
    sources.push_back({std::move(source), std::move(leaves)});
  }
  call([] { PopActiveSnapshot(); });
  return sources;
}

void capture_source(RefreshContext& context, const LockedSource& locked, RecordStore& records, FragmentStore& fragments) {
  const std::map<Oid, KnownLeaf> known = known_leaves(locked.source.relation);
  int64_t rows_added = 0;
  int64_t rows_removed = 0;
  for (const SourceLeaf& leaf : locked.leaves) {
    LeafCapture capture(context, locked.source, leaf, records, fragments);
    const auto found = known.find(leaf.relation);
    if (found == known.end() || found->second.filenode != leaf.filenode || context.previous_snapshot_text.empty()) {
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
