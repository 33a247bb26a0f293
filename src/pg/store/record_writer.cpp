#include "pg/store/record_writer.h"

#include "pg/server/local_setting.h"
#include "pg/query/query.h"
#include "pg/server/datum.h"

namespace segments::pg {
namespace {

constexpr size_t kSlots = 1000;               // rows that one call writes to the table
constexpr size_t kMaxRows = size_t{1} << 18;  // the more rows in one go, the more entries share a page of an index
constexpr size_t kMaxRowsWithoutIndexes = size_t{1} << 13;
constexpr const char* kIndexMemory = "256MB";  // for building indexes, shared by its workers
constexpr int kColumns = 4;
enum Column : AttrNumber { kOrdinalColumn = 1, kRecordTypeColumn, kRecordIdColumn, kProfileIdColumn };

Datum make_text(std::string_view value) {
  return PointerGetDatum(cstring_to_text_with_len(value.data(), static_cast<int>(value.size())));
}

void rebuild(const std::vector<Oid>& indexes) {
  for (const Oid index : indexes) {
    const std::string name = take_text(run("SELECT $1::regclass::text", {oid(index)}, {.read_only = true}));
    run(("REINDEX INDEX " + name).c_str());
  }
}

}  // namespace

void RecordWriter::defer_indexes() { indexes_deferred_ = true; }

void RecordWriter::open() {
  if (table_ != nullptr) return;
  slots_.assign(kSlots, nullptr);
  call([&] {
    // The transaction's id: it cannot be had any more once a parallel query runs.
    GetCurrentTransactionId();
    const Oid schema = get_namespace_oid("segments", false);
    const Oid table = get_relname_relid("record", schema);
    if (!OidIsValid(table)) elog(ERROR, "relation segments.record does not exist");
    table_ = table_open(table, RowExclusiveLock);
    if (RelationGetNumberOfAttributes(table_) != kColumns) elog(ERROR, "segments.record has unexpected columns");
    memory_ = AllocSetContextCreate(TopTransactionContext, "segments records", ALLOCSET_DEFAULT_SIZES);
    // Whoever adds the first row may be working in memory of its own.
    MemoryContext outer = MemoryContextSwitchTo(TopTransactionContext);
    bulk_ = GetBulkInsertState();
    MemoryContextSwitchTo(outer);
  });
  if (!indexes_deferred_) open_indexes();
}

std::vector<Oid> RecordWriter::index_oids() const {
  List* list = call([&] { return RelationGetIndexList(table_); });
  std::vector<Oid> indexes;
  for (int i = 0; i < list_length(list); ++i) indexes.push_back(list_nth_oid(list, i));
  call([&] { list_free(list); });
  return indexes;
}

void RecordWriter::open_indexes() {
  const std::vector<Oid> oids = index_oids();
  indexes_.assign(oids.size(), nullptr);
  index_infos_.assign(oids.size(), nullptr);
  call([&] {
    MemoryContext outer = MemoryContextSwitchTo(TopTransactionContext);
    for (size_t i = 0; i < oids.size(); ++i) {
      indexes_[i] = index_open(oids[i], RowExclusiveLock);
      index_infos_[i] = BuildIndexInfo(indexes_[i]);
    }
    MemoryContextSwitchTo(outer);
  });
}

void RecordWriter::add(Ordinal ordinal, std::string_view record_type, std::string_view record_id,
                       std::optional<std::string_view> profile_id) {
  open();
  Row row{};
  row.ordinal = ordinal;
  call([&] {
    MemoryContext outer = MemoryContextSwitchTo(memory_);
    row.record_type = make_text(record_type);
    row.record_id = make_text(record_id);
    if (profile_id) row.profile_id = make_text(*profile_id);
    MemoryContextSwitchTo(outer);
  });
  rows_.push_back(row);
  row_bytes_ += record_type.size() + record_id.size() + (profile_id ? profile_id->size() : 0) + sizeof(Row);
  if (is_full(indexes_deferred_ ? kMaxRowsWithoutIndexes : kMaxRows)) write_rows();
}

void RecordWriter::fill(const Row& row, Datum* values, bool* nulls) {
  values[kOrdinalColumn - 1] = Int64GetDatum(row.ordinal);
  values[kRecordTypeColumn - 1] = row.record_type;
  values[kRecordIdColumn - 1] = row.record_id;
  values[kProfileIdColumn - 1] = row.profile_id;
  for (int i = 0; i < kColumns; ++i) nulls[i] = false;
  nulls[kProfileIdColumn - 1] = row.profile_id == 0;
}

void RecordWriter::write_rows() {
  if (rows_.empty()) return;
  write_table();
  rows_written_ += rows_.size();
  write_entries();
}

// Into the indexes that are open, for rows that are in the table; then there are no rows here.
void RecordWriter::write_entries() {
  for (Relation index : indexes_) write_index(index);
  rows_.clear();
  row_bytes_ = 0;
  call([&] { MemoryContextReset(memory_); });
}

void RecordWriter::write_table() {
  for (size_t first = 0; first < rows_.size(); first += kSlots) {
    const size_t count = std::min(kSlots, rows_.size() - first);
    Row* rows = rows_.data() + first;
    TupleTableSlot** slots = slots_.data();
    call([&] {
      CHECK_FOR_INTERRUPTS();
      MemoryContext outer = MemoryContextSwitchTo(memory_);
      for (size_t i = 0; i < count; ++i) {
        if (slots[i] == nullptr) {
          MemoryContextSwitchTo(outer);
          MemoryContextSwitchTo(MemoryContextGetParent(memory_));
          slots[i] = table_slot_create(table_, nullptr);
          MemoryContextSwitchTo(memory_);
        }
        ExecClearTuple(slots[i]);
        fill(rows[i], slots[i]->tts_values, slots[i]->tts_isnull);
        ExecStoreVirtualTuple(slots[i]);
      }
      table_multi_insert(table_, slots, static_cast<int>(count), GetCurrentCommandId(true), 0, bulk_);
      for (size_t i = 0; i < count; ++i) {
        rows[i].place = slots[i]->tts_tid;
        ExecClearTuple(slots[i]);
      }
      MemoryContextSwitchTo(outer);
    });
  }
}

// Entries in the order of the index: neighbours then share pages, which costs a fraction of inserting at random.
void RecordWriter::write_index(Relation index) {
  const Form_pg_index form = index->rd_index;
  const AttrNumber leading = form->indkey.values[0];
  if (leading == kRecordIdColumn) {
    std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
      const int order = text_view(a.record_id).compare(text_view(b.record_id));
      return order != 0 ? order < 0 : text_view(a.record_type) < text_view(b.record_type);
    });
  } else if (leading == kProfileIdColumn) {
    std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
      if (a.profile_id == 0 || b.profile_id == 0) return a.profile_id < b.profile_id;
      return text_view(a.profile_id) < text_view(b.profile_id);
    });
  } else {
    std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.ordinal < b.ordinal; });
  }
  IndexInfo* info = index_infos_[static_cast<size_t>(std::find(indexes_.begin(), indexes_.end(), index) - indexes_.begin())];
  Row* rows = rows_.data();
  const size_t count = rows_.size();
  call([&] {
    Datum values[kColumns];
    bool nulls[kColumns];
    Datum key_values[INDEX_MAX_KEYS];
    bool key_nulls[INDEX_MAX_KEYS];
    MemoryContext step = AllocSetContextCreate(memory_, "segments index entries", ALLOCSET_DEFAULT_SIZES);
    MemoryContext outer = MemoryContextSwitchTo(step);
    for (size_t i = 0; i < count; ++i) {
      if (i % 1024 == 0) {
        CHECK_FOR_INTERRUPTS();
        MemoryContextReset(step);
      }
      // The one partial index is that of profiles.
      if (leading == kProfileIdColumn && rows[i].profile_id == 0) continue;
      fill(rows[i], values, nulls);
      for (int key = 0; key < form->indnatts; ++key) {
        key_values[key] = values[form->indkey.values[key] - 1];
        key_nulls[key] = nulls[form->indkey.values[key] - 1];
      }
      index_insert(index, key_values, key_nulls, &rows[i].place, table_, form->indisunique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO,
                   false, info);
    }
    MemoryContextSwitchTo(outer);
    MemoryContextDelete(step);
  });
}

// The abort has closed the table and let go of what was pinned.
void RecordWriter::forget() {
  if (table_ == nullptr) return;
  call([&] { MemoryContextDelete(memory_); });
  table_ = nullptr;
  bulk_ = nullptr;
  rows_.clear();
  row_bytes_ = 0;
  slots_.clear();
  indexes_.clear();
  index_infos_.clear();
  indexes_deferred_ = false;
}

// What builds indexes anew excludes everybody from them: who has looked into one stays until its transaction ends, and the lock
// of a writer of the table is to be had, and kept, without any right on it.  So nobody is waited for.
bool RecordWriter::lock_indexes_at_once(const std::vector<Oid>& indexes) const {
  return call([&] {
    const Oid table = RelationGetRelid(table_);
    if (!ConditionalLockRelationOid(table, ShareLock)) return false;
    for (size_t i = 0; i < indexes.size(); ++i) {
      if (ConditionalLockRelationOid(indexes[i], AccessExclusiveLock)) continue;
      while (i > 0) UnlockRelationOid(indexes[--i], AccessExclusiveLock);
      UnlockRelationOid(table, ShareLock);
      return false;
    }
    return true;
  });
}

// Reads the table, which was empty when the indexes were left alone, and adds an entry for each of its rows.
void RecordWriter::write_missing_entries() {
  open_indexes();
  Snapshot snapshot = nullptr;
  TableScanDesc scan = nullptr;
  TupleTableSlot* slot = nullptr;
  call([&] {
    snapshot = RegisterSnapshot(GetLatestSnapshot());
    slot = table_slot_create(table_, nullptr);
    scan = table_beginscan(table_, snapshot, 0, nullptr);
  });
  while (read_row(scan, slot)) {
    if (is_full(kMaxRows)) write_entries();
  }
  write_entries();
  call([&] {
    table_endscan(scan);
    ExecDropSingleTupleTableSlot(slot);
    UnregisterSnapshot(snapshot);
  });
}

bool RecordWriter::read_row(TableScanDesc scan, TupleTableSlot* slot) {
  Row row{};
  size_t bytes = sizeof(Row);
  const bool is_read = call([&] {
    if (!table_scan_getnextslot(scan, ForwardScanDirection, slot)) return false;
    slot_getallattrs(slot);
    MemoryContext outer = MemoryContextSwitchTo(memory_);
    const auto copied = [&](Column column) {
      if (slot->tts_isnull[column - 1]) return Datum(0);
      const std::string_view value = text_view(slot->tts_values[column - 1]);
      bytes += value.size();
      return make_text(value);
    };
    row.ordinal = DatumGetInt64(slot->tts_values[kOrdinalColumn - 1]);
    row.record_type = copied(kRecordTypeColumn);
    row.record_id = copied(kRecordIdColumn);
    row.profile_id = copied(kProfileIdColumn);
    row.place = slot->tts_tid;
    MemoryContextSwitchTo(outer);
    return true;
  });
  if (!is_read) return false;
  rows_.push_back(row);
  row_bytes_ += bytes;
  return true;
}

void RecordWriter::close() {
  TupleTableSlot** slots = slots_.data();
  Relation* indexes = indexes_.data();
  const size_t index_count = indexes_.size();
  call([&] {
    for (size_t i = 0; i < kSlots && slots[i] != nullptr; ++i) ExecDropSingleTupleTableSlot(slots[i]);
    FreeBulkInsertState(bulk_);
    for (size_t i = 0; i < index_count; ++i) index_close(indexes[i], NoLock);
    table_close(table_, NoLock);
    MemoryContextDelete(memory_);
  });
  table_ = nullptr;
  indexes_.clear();
  index_infos_.clear();
}

void RecordWriter::finish() {
  if (table_ == nullptr) return;
  write_rows();
  call([] { CommandCounterIncrement(); });
  std::vector<Oid> to_build;
  if (indexes_deferred_) {
    to_build = index_oids();
    if (!lock_indexes_at_once(to_build)) {
      to_build.clear();
      write_missing_entries();
    }
  }
  close();
  indexes_deferred_ = false;
  if (!to_build.empty()) with_setting("maintenance_work_mem", kIndexMemory, [&] { rebuild(to_build); });
}

}  // namespace segments::pg
