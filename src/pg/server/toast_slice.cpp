#include "pg/server/toast_slice.h"

namespace segments::pg {
namespace {

constexpr uint32_t kChunkBytes = TOAST_MAX_CHUNK_SIZE;
constexpr AttrNumber kChunkId = 1, kChunkNumber = 2, kChunkData = 3;

// A slice on its way.  Owns nothing: what it opens belongs to the transaction.
class SliceCopy {
 public:
  SliceCopy(Relation toast, IndexScanDesc places, const varatt_external& value, uint32_t offset, uint32_t length, uint8_t* to)
      : toast_(toast), places_(places), value_(value.va_valueid), value_bytes_(VARATT_EXTERNAL_GET_EXTSIZE(value)),
        offset_(offset), end_(offset + length), to_(to), next_(offset / kChunkBytes), last_((end_ - 1) / kChunkBytes) {}

  void run() {
    snapshot_ = toast_snapshot(&snapshot_room_);
    BlockNumber block = copy_from_index();
    // Most slices end on the page they begin on: how long the table is matters to others only.
    const BlockNumber blocks = next_ <= last_ ? RelationGetNumberOfBlocks(toast_) : 0;
    while (next_ <= last_) {
      CHECK_FOR_INTERRUPTS();
      const uint32_t expected = next_;
      if (++block < blocks) copy_from(block, FirstOffsetNumber);
      if (next_ == expected) block = copy_from_index();
    }
  }

 private:
  // Copies the chunks from next_ on that lie on its page, and returns which one that is.  The index may lead to dead ones, too.
  BlockNumber copy_from_index() {
    const uint32_t expected = next_;
    ScanKeyData keys[2];
    ScanKeyInit(&keys[0], kChunkId, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(value_));
    ScanKeyInit(&keys[1], kChunkNumber, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(static_cast<int32>(next_)));
    index_rescan(places_, keys, 2, nullptr, 0);
    while (ItemPointer place = index_getnext_tid(places_, ForwardScanDirection)) {
      const BlockNumber block = ItemPointerGetBlockNumber(place);
      copy_from(block, ItemPointerGetOffsetNumber(place));
      if (next_ != expected) return block;
    }
    fail("is missing");
  }

  // Pages that were written one after the other mostly lie in buffers that do so too: a look there is cheaper than one into
  // the table of buffers.
  Buffer read(BlockNumber block) {
    const Buffer next = last_buffer_ + 1;
    const bool found = last_buffer_ != InvalidBuffer && next <= NBuffers && pin_if_in(next, toast_, block);
    last_buffer_ = found ? next : ReadBuffer(toast_, block);
    return last_buffer_;
  }

  // Copies the chunks from next_ on that lie on the page in their order, not before `first`.
  void copy_from(BlockNumber block, OffsetNumber first) {
    Buffer buffer = read(block);
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    Page page = BufferGetPage(buffer);
    const OffsetNumber last = PageIsNew(page) ? InvalidOffsetNumber : PageGetMaxOffsetNumber(page);
    for (OffsetNumber item = first; item <= last && next_ <= last_; item = OffsetNumberNext(item)) {
      ItemId pointer = PageGetItemId(page, item);
      if (!ItemIdIsNormal(pointer)) continue;
      HeapTupleData chunk;
      chunk.t_data = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, pointer));
      chunk.t_len = ItemIdGetLength(pointer);
      chunk.t_tableOid = RelationGetRelid(toast_);
      ItemPointerSet(&chunk.t_self, block, item);
      if (DatumGetObjectId(attribute(chunk, kChunkId)) != value_) continue;
      if (DatumGetInt32(attribute(chunk, kChunkNumber)) != static_cast<int32>(next_)) continue;
      if (!HeapTupleSatisfiesVisibility(&chunk, snapshot_, buffer)) continue;
      copy(reinterpret_cast<const varlena*>(DatumGetPointer(attribute(chunk, kChunkData))));
    }
    UnlockReleaseBuffer(buffer);
  }

  Datum attribute(HeapTupleData& chunk, AttrNumber number) const {
    bool is_null = false;
    const Datum value = fastgetattr(&chunk, number, RelationGetDescr(toast_), &is_null);
    if (is_null) fail("has a null");
    return value;
  }

  void copy(const varlena* data) {
    if (VARATT_IS_EXTERNAL(data) || VARATT_IS_COMPRESSED(data)) fail("is not plain");
    const uint32_t start = next_ * kChunkBytes;
    const uint32_t size = std::min(kChunkBytes, value_bytes_ - start);
    if (VARSIZE_ANY_EXHDR(data) != size) fail("is of another size");
    const uint32_t from = std::max(start, offset_);
    const uint32_t to = std::min(start + size, end_);
    std::memcpy(to_ + (from - offset_), VARDATA_ANY(data) + (from - start), to - from);
    ++next_;
  }

  [[noreturn]] void fail(const char* what) const {
    ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
                    errmsg("chunk %u of the value %u in \"%s\" %s", next_, value_, RelationGetRelationName(toast_), what)));
    pg_unreachable();
  }

  Relation toast_;
  IndexScanDesc places_;
  Oid value_;
  uint32_t value_bytes_;
  uint32_t offset_;
  uint32_t end_;
  uint8_t* to_;
  uint32_t next_;  // the chunk to come
  uint32_t last_;
  Buffer last_buffer_ = InvalidBuffer;
  Snapshot snapshot_ = nullptr;
  SnapshotData snapshot_room_;
};

}  // namespace

void ToastTable::open(Oid table) {
  MemoryContext outer = MemoryContextSwitchTo(context_);
  table_ = table_open(table, AccessShareLock);
  if (table_->rd_tableam == GetHeapamTableAmRoutine()) {
    const int valid = toast_open_indexes(table_, AccessShareLock, &indexes_, &index_count_);
    // It is asked where chunks are, not which of them are visible.
    places_ = begin_index_scan(table_, indexes_[valid], snapshot_, 2);
  }
  MemoryContextSwitchTo(outer);
}

void ToastTable::copy(const varatt_external& value, uint32_t offset, uint32_t length, uint8_t* to) {
  if (length == 0) return;
  if (table_ != nullptr && RelationGetRelid(table_) != value.va_toastrelid) close();
  if (table_ == nullptr) open(value.va_toastrelid);
  if (places_ != nullptr) {
    MemoryContext outer = MemoryContextSwitchTo(context_);
    SliceCopy(table_, places_, value, offset, length, to).run();
    MemoryContextSwitchTo(outer);
  } else {
    auto* result = reinterpret_cast<struct varlena*>(to - VARHDRSZ);
    SET_VARSIZE(result, length + VARHDRSZ);
    table_relation_fetch_toast_slice(table_, value.va_valueid, static_cast<int32>(VARATT_EXTERNAL_GET_EXTSIZE(value)),
                                     static_cast<int32>(offset), static_cast<int32>(length), result);
  }
}

void ToastTable::close() {
  if (table_ == nullptr) return;
  if (places_ != nullptr) {
    index_endscan(places_);
    toast_close_indexes(indexes_, index_count_, AccessShareLock);
  }
  table_close(table_, AccessShareLock);
  table_ = nullptr;
  places_ = nullptr;
}

void copy_toast_slice(const varatt_external& value, uint32_t offset, uint32_t length, uint8_t* to) {
  ToastTable table(SnapshotAny, CurrentMemoryContext);
  table.copy(value, offset, length, to);
  table.close();
}

}  // namespace segments::pg
