#include "pg/store/profile_id_reader.h"

#include "pg/server/datum.h"
#include "pg/server/stored_value.h"

namespace segments::pg {
namespace {

enum ChunkColumn : AttrNumber { kChunkColumn = 1, kLowestColumn, kHighestColumn, kIdsColumn };
enum ChangeColumn : AttrNumber { kOrdinalColumn = 1, kProfileIdColumn };

// Server calls only.
Relation open_table(const char* name) {
  const Oid table = get_relname_relid(name, get_namespace_oid("segments", false));
  if (!OidIsValid(table)) ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("segments.%s does not exist", name)));
  return table_open(table, AccessShareLock);
}

// A table's only index: its primary key.
Relation open_key(Relation table) {
  List* indexes = RelationGetIndexList(table);
  if (list_length(indexes) != 1) elog(ERROR, "%s has %d indexes", RelationGetRelationName(table), list_length(indexes));
  Relation key = index_open(linitial_oid(indexes), AccessShareLock);
  list_free(indexes);
  return key;
}

std::string text_at(HeapTuple tuple, AttrNumber column, TupleDesc descriptor, bool& is_null) {
  const Datum value = call([&] { return heap_getattr(tuple, column, descriptor, &is_null); });
  return is_null ? std::string() : text_of(value);
}

}  // namespace

void ProfileIdReader::open() {
  if (chunks_ != nullptr) return;
  call([&] {
    chunks_ = open_table("profile_ids");
    chunk_index_ = open_key(chunks_);
    changes_ = open_table("changed_profile_id");
    change_index_ = open_key(changes_);
  });
}

void ProfileIdReader::close() {
  if (chunks_ == nullptr) return;
  call([&] {
    index_close(change_index_, AccessShareLock);
    table_close(changes_, AccessShareLock);
    index_close(chunk_index_, AccessShareLock);
    table_close(chunks_, AccessShareLock);
  });
  chunks_ = nullptr;
}

bool ProfileIdReader::read_stored(uint32_t chunk) {
  StoredValue value{};
  bool found = false;
  SysScanDesc scan = nullptr;
  call([&] {
    ScanKeyData key;
    ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(static_cast<int32>(chunk)));
    scan = systable_beginscan_ordered(chunks_, chunk_index_, snapshot_, 1, &key);
    HeapTuple tuple = systable_getnext_ordered(scan, ForwardScanDirection);
    if (!HeapTupleIsValid(tuple)) return;
    bool is_null = false;
    value = stored_value(heap_getattr(tuple, kIdsColumn, RelationGetDescr(chunks_), &is_null));
    found = true;
  });
  if (found) {
    stored_.resize(VARHDRSZ + value.size);
    call([&] { copy_stored_value(value, stored_.data() + VARHDRSZ); });
  }
  call([&] { systable_endscan_ordered(scan); });
  return found;
}

void ProfileIdReader::read_changes(uint32_t chunk) {
  changed_.clear();
  SysScanDesc scan = call([&] {
    ScanKeyData keys[2];
    const auto first = static_cast<int64>(first_of_id_chunk(chunk));
    ScanKeyInit(&keys[0], 1, BTGreaterEqualStrategyNumber, F_INT8GE, Int64GetDatum(first));
    ScanKeyInit(&keys[1], 1, BTLessStrategyNumber, F_INT8LT, Int64GetDatum(first + kIdChunkSize));
    return systable_beginscan_ordered(changes_, change_index_, snapshot_, 2, keys);
  });
  while (HeapTuple tuple = call([&] { return systable_getnext_ordered(scan, ForwardScanDirection); })) {
    bool is_null = false;
    const auto ordinal = static_cast<Ordinal>(
        DatumGetInt64(call([&] { return heap_getattr(tuple, kOrdinalColumn, RelationGetDescr(changes_), &is_null); })));
    std::string id = text_at(tuple, kProfileIdColumn, RelationGetDescr(changes_), is_null);
    changed_.emplace_back(offset_in_id_chunk(ordinal), is_null ? std::nullopt : std::optional(std::move(id)));
  }
  call([&] { systable_endscan_ordered(scan); });
}

const IdChunk& ProfileIdReader::read(uint32_t chunk) {
  if (current_ == chunk) return ids_;
  open();
  current_.reset();
  ids_.clear();
  if (read_stored(chunk)) {
    try {
      ids_.open(BytesView(stored_).subspan(VARHDRSZ), chunk);
    } catch (const Error& error) {
      throw Error(ErrorCode::kDataCorrupted, "stored ids of profiles are damaged", error.detail(),
                  "SELECT segments_internal.write_profile_ids() writes them anew, as the owner of the extension.");
    }
  }
  read_changes(chunk);
  for (const auto& [offset, id] : changed_) ids_.replace(offset, id);
  current_ = chunk;
  ++chunks_read_;
  return ids_;
}

std::vector<IdChunkBounds> ProfileIdReader::bounds() {
  open();
  std::vector<IdChunkBounds> all;
  SysScanDesc scan = call([&] { return systable_beginscan(chunks_, InvalidOid, false, snapshot_, 0, nullptr); });
  while (HeapTuple tuple = call([&] { return systable_getnext(scan); })) {
    bool is_null = false;
    const auto chunk = static_cast<uint32_t>(
        DatumGetInt32(call([&] { return heap_getattr(tuple, kChunkColumn, RelationGetDescr(chunks_), &is_null); })));
    IdChunkBounds found{chunk, text_at(tuple, kLowestColumn, RelationGetDescr(chunks_), is_null), {}};
    if (is_null) continue;
    found.highest = text_at(tuple, kHighestColumn, RelationGetDescr(chunks_), is_null);
    all.push_back(std::move(found));
  }
  call([&] { systable_endscan(scan); });
  return all;
}

}  // namespace segments::pg
