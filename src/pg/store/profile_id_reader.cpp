#include "pg/store/profile_id_reader.h"

#include "pg/server/datum.h"
#include "pg/server/seen_state.h"

namespace segments::pg {
namespace {

enum ChunkColumn : AttrNumber { kChunkColumn = 1, kLowestColumn, kHighestColumn, kIdsColumn };
enum ChangeColumn : AttrNumber { kOrdinalColumn = 1, kProfileIdColumn };

// What is read first of a chunk of which not all blocks are wanted: most directories fit; the first block with them.
constexpr size_t kDirectoryBytes = 4000;
constexpr size_t kFirstBlockBytes = 14000;

// Chunks that nobody reads any more, for their memory.
constexpr size_t kMostSpare = 4;
constexpr size_t kMostSpareBytes = size_t{1} << 20;

std::vector<std::unique_ptr<StoredIdChunk>>& spare() {
  static std::vector<std::unique_ptr<StoredIdChunk>> chunks;
  return chunks;
}

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

template <class F>
void naming_damage(F read) {
  try {
    read();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kDataCorrupted) throw;
    throw Error(ErrorCode::kDataCorrupted, "stored ids of profiles are damaged", error.detail(),
                "SELECT segments_internal.write_profile_ids() writes them anew, as the owner of the extension.");
  }
}

}  // namespace

void ProfileIdReader::open() {
  if (chunks_ != nullptr) return;
  call([&] {
    chunks_ = open_table("profile_ids");
    chunk_index_ = open_key(chunks_);
  });
}

// Whether there may be rows that a snapshot shows; if so, they are open.  That there are none is kept for as long as snapshots
// see the same.
bool ProfileIdReader::open_changes() {
  static SeenState empty{};
  if (changes_ != nullptr) return true;
  const bool writes = TransactionIdIsValid(GetTopTransactionIdIfAny());
  const SeenState now = state_seen_by(snapshot_, RelationGetRelid(chunks_));
  if (!writes && now == empty) return false;
  const bool has_rows = call([&] {
    Relation table = open_table("changed_profile_id");
    if (RelationGetNumberOfBlocks(table) == 0) {
      table_close(table, AccessShareLock);
      return false;
    }
    change_index_ = open_key(table);
    changes_ = table;
    return true;
  });
  if (!has_rows && !writes) empty = now;
  return has_rows;
}

void ProfileIdReader::close() {
  if (chunks_ == nullptr) return;
  call([&] {
    slices_.close();
    if (changes_ != nullptr) {
      index_close(change_index_, AccessShareLock);
      table_close(changes_, AccessShareLock);
    }
    index_close(chunk_index_, AccessShareLock);
    table_close(chunks_, AccessShareLock);
  });
  changes_ = nullptr;
  chunks_ = nullptr;
}

std::vector<StoredIdChunk::Bounds> StoredIdChunk::blocks() const {
  std::vector<Bounds> all;
  size_t change = 0;
  for (uint32_t number = 0; number < kIdBlocks; ++number) {
    const IdBlock& stored = ids_.block(number);
    Bounds bounds{number, stored.lowest, stored.highest};
    bool has_ids = stored.size != 0;
    for (; change < changed_.size() && id_block_of(changed_[change].first) == number; ++change) {
      const std::optional<std::string>& id = changed_[change].second;
      if (!id) continue;
      if (!has_ids || *id < bounds.lowest) bounds.lowest = *id;
      if (!has_ids || *id > bounds.highest) bounds.highest = *id;
      has_ids = true;
    }
    if (has_ids) all.push_back(bounds);
  }
  return all;
}

void StoredIdChunk::reserve(size_t bytes) {
  if (room_ >= bytes) return;
  bytes_ = std::make_unique_for_overwrite<uint8_t[]>(VARHDRSZ + bytes);
  room_ = bytes;
}

// Their bytes are there.
void StoredIdChunk::open_blocks(uint32_t first, uint32_t end) {
  for (uint32_t number = first; number < end; ++number) {
    if (ids_.is_open(number)) continue;
    const IdBlock& block = ids_.block(number);
    ids_.open_block(number, {data() + block.begin, block.size});
  }
  for (const auto& [offset, id] : changed_) {
    if (id_block_of(offset) >= first && id_block_of(offset) < end) ids_.replace(offset, id);
  }
}

// Its bytes, if they are in the row; else where they are.
bool ProfileIdReader::find_stored(StoredIdChunk& chunk) {
  bool found = false;
  SysScanDesc scan = nullptr;
  StoredValue& value = chunk.value_;
  const auto number = static_cast<int32>(chunk.number_);
  call([&] {
    ScanKeyData key;
    ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(number));
    scan = systable_beginscan_ordered(chunks_, chunk_index_, snapshot_, 1, &key);
    HeapTuple tuple = systable_getnext_ordered(scan, ForwardScanDirection);
    if (!HeapTupleIsValid(tuple)) return;
    bool is_null = false;
    value = stored_value(heap_getattr(tuple, kIdsColumn, RelationGetDescr(chunks_), &is_null));
    found = true;
  });
  if (found) {
    chunk.reserve(value.size);
    chunk.start_ = 0;
    uint8_t* to = chunk.data();
    if (value.in_line != nullptr) call([&] { copy_stored_value(value, to); });
  }
  call([&] { systable_endscan_ordered(scan); });
  return found;
}

void ProfileIdReader::read_changes(StoredIdChunk& chunk) {
  chunk.changed_.clear();
  if (!open_changes()) return;
  const uint64_t first = first_of_id_chunk(chunk.number_);
  SysScanDesc scan = call([&] {
    ScanKeyData keys[2];
    ScanKeyInit(&keys[0], 1, BTGreaterEqualStrategyNumber, F_INT8GE, Int64GetDatum(static_cast<int64>(first)));
    ScanKeyInit(&keys[1], 1, BTLessStrategyNumber, F_INT8LT, Int64GetDatum(static_cast<int64>(first + kIdChunkSize)));
    return systable_beginscan_ordered(changes_, change_index_, snapshot_, 2, keys);
  });
  while (HeapTuple tuple = call([&] { return systable_getnext_ordered(scan, ForwardScanDirection); })) {
    bool is_null = false;
    const auto ordinal = static_cast<Ordinal>(
        DatumGetInt64(call([&] { return heap_getattr(tuple, kOrdinalColumn, RelationGetDescr(changes_), &is_null); })));
    std::string id = text_at(tuple, kProfileIdColumn, RelationGetDescr(changes_), is_null);
    chunk.changed_.emplace_back(offset_in_id_chunk(ordinal), is_null ? std::nullopt : std::optional(std::move(id)));
  }
  call([&] { systable_endscan_ordered(scan); });
}

// Bytes begin … end - 1 of a value that is out of line.
void ProfileIdReader::copy(StoredIdChunk& chunk, size_t begin, size_t end) {
  if (chunk.value_.in_line != nullptr || begin == end) return;
  // The bytes before are room for a header, and may have been read.
  std::array<uint8_t, VARHDRSZ> before;
  uint8_t* to = chunk.data() + begin;
  std::memcpy(before.data(), to - before.size(), before.size());
  const varatt_external& value = chunk.value_.out_of_line;
  call([&] { slices_.copy(value, static_cast<uint32_t>(begin), static_cast<uint32_t>(end - begin), to); });
  std::memcpy(to - before.size(), before.data(), before.size());
}

void ProfileIdReader::open_into(StoredIdChunk& chunk, uint32_t number, size_t start_bytes) {
  open();
  chunk.number_ = number;
  ++chunks_read_;
  chunk.is_stored_ = find_stored(chunk);
  read_changes(chunk);
  if (!chunk.is_stored_) return chunk.ids_.begin({}, 0, number);
  const size_t size = chunk.value_.size;
  chunk.start_ = std::min(size, start_bytes);
  copy(chunk, 0, chunk.start_);
  const size_t directory = IdChunk::directory_bytes({chunk.data(), std::min(chunk.start_, IdChunk::kSizeBytes)});
  if (directory > size) throw_corrupted("Ids of profiles end too early.");
  if (directory > chunk.start_) {
    copy(chunk, chunk.start_, directory);
    chunk.start_ = directory;
  }
  chunk.ids_.begin({chunk.data(), directory}, size, number);
}

std::shared_ptr<StoredIdChunk> StoredIdChunk::make() {
  std::unique_ptr<StoredIdChunk> chunk;
  if (spare().empty()) {
    spare().reserve(kMostSpare);
    chunk = std::make_unique<StoredIdChunk>();
  } else {
    chunk = std::move(spare().back());
    spare().pop_back();
  }
  return {chunk.release(), [](StoredIdChunk* used) {
            std::unique_ptr<StoredIdChunk> owned(used);
            if (spare().size() < kMostSpare && used->room_ <= kMostSpareBytes) spare().push_back(std::move(owned));
          }};
}

std::shared_ptr<StoredIdChunk> ProfileIdReader::open_chunk(uint32_t number) {
  std::shared_ptr<StoredIdChunk> chunk = StoredIdChunk::make();
  naming_damage([&] { open_into(*chunk, number, kDirectoryBytes); });
  return chunk;
}

void ProfileIdReader::read_blocks(StoredIdChunk& chunk, uint32_t first, uint32_t end) {
  if (chunk.ids_.are_open(first, end)) return;
  while (chunk.ids_.is_open(first)) ++first;
  while (chunk.ids_.is_open(end - 1)) --end;
  naming_damage([&] {
    size_t begin_bytes = chunk.value_.size;
    size_t end_bytes = 0;
    for (uint32_t number = first; number < end; ++number) {
      const IdBlock& block = chunk.ids_.block(number);
      if (block.size == 0) continue;
      begin_bytes = std::min(begin_bytes, block.begin);
      end_bytes = block.begin + block.size;
    }
    begin_bytes = std::max(begin_bytes, chunk.start_);
    if (begin_bytes < end_bytes) copy(chunk, begin_bytes, end_bytes);
    chunk.open_blocks(first, end);
  });
}

const IdChunk& ProfileIdReader::read(uint32_t number, uint32_t first, uint32_t end) {
  if (current_ == nullptr || current_->number() != number) {
    std::shared_ptr<StoredIdChunk> chunk = std::move(current_);
    if (chunk == nullptr) chunk = StoredIdChunk::make();
    const size_t start = first != 0 ? kDirectoryBytes : end < kIdBlocks ? kFirstBlockBytes : SIZE_MAX;
    naming_damage([&] { open_into(*chunk, number, start); });
    current_ = std::move(chunk);
  }
  read_blocks(*current_, first, end);
  return current_->ids();
}

std::shared_ptr<const IdBounds> ProfileIdReader::load_bounds() {
  auto bounds = std::make_shared<IdBounds>();
  SysScanDesc scan = call([&] { return systable_beginscan(chunks_, InvalidOid, false, snapshot_, 0, nullptr); });
  while (HeapTuple tuple = call([&] { return systable_getnext(scan); })) {
    bool is_null = false;
    const auto chunk = static_cast<uint32_t>(
        DatumGetInt32(call([&] { return heap_getattr(tuple, kChunkColumn, RelationGetDescr(chunks_), &is_null); })));
    const std::string lowest = text_at(tuple, kLowestColumn, RelationGetDescr(chunks_), is_null);
    if (is_null) continue;
    bounds->add(chunk, lowest, text_at(tuple, kHighestColumn, RelationGetDescr(chunks_), is_null));
  }
  call([&] { systable_endscan(scan); });
  bounds->finish();
  return bounds;
}

std::shared_ptr<const IdBounds> ProfileIdReader::bounds() {
  static SeenState seen{};
  static std::shared_ptr<const IdBounds> last;
  open();
  const bool writes = TransactionIdIsValid(GetTopTransactionIdIfAny());
  const SeenState now = state_seen_by(snapshot_, RelationGetRelid(chunks_));
  if (!writes && last != nullptr && now == seen) return last;
  std::shared_ptr<const IdBounds> loaded = load_bounds();
  last = writes ? nullptr : loaded;
  seen = now;
  return loaded;
}

}  // namespace segments::pg
