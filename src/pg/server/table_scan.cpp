#include "pg/server/table_scan.h"

#include "pg/server/page_headers.h"

namespace segments::pg {
namespace {

bool begins_with(Relation index, std::span<const AttrNumber> leading) {
  const Form_pg_index form = index->rd_index;
  if (form->indnkeyatts < static_cast<int>(leading.size())) return false;
  for (size_t i = 0; i < leading.size(); ++i) {
    if (form->indkey.values[i] != leading[i]) return false;
  }
  return true;
}

bool is_partial(Relation index) { return !heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, nullptr); }

// One of all rows rather than one of some, which is then of those that are looked for.
Relation find_index(Relation table, std::span<const AttrNumber> leading) {
  List* indexes = RelationGetIndexList(table);
  Relation found = nullptr;
  for (int i = 0; i < list_length(indexes); ++i) {
    Relation index = index_open(list_nth_oid(indexes, i), AccessShareLock);
    const bool fits = index->rd_rel->relam == BTREE_AM_OID && begins_with(index, leading);
    if (!fits || (found != nullptr && (is_partial(index) || !is_partial(found)))) {
      index_close(index, AccessShareLock);
      continue;
    }
    if (found != nullptr) index_close(found, AccessShareLock);
    found = index;
  }
  list_free(indexes);
  if (found == nullptr) elog(ERROR, "\"%s\" has lost an index", RelationGetRelationName(table));
  return found;
}

}  // namespace

void IndexScan::open_index(Relation table, std::span<const AttrNumber> leading) { index_ = find_index(table, leading); }

void IndexScan::open_scan(Relation table, int key_count, Snapshot snapshot) {
  slot_ = table_slot_create(table, nullptr);
  scan_ = begin_index_scan(table, index_, snapshot, key_count);
}

// What a B-tree scan allocates lives as long as the scan.
void IndexScan::begin_with(ScanKeyData* keys, int count) {
  call([&] {
    MemoryContext outer = MemoryContextSwitchTo(context_);
    index_rescan(scan_, keys, count, nullptr, 0);
    MemoryContextSwitchTo(outer);
  });
}

TupleTableSlot* IndexScan::next(ScanDirection direction) {
  return call([&]() -> TupleTableSlot* {
    MemoryContext outer = MemoryContextSwitchTo(context_);
    const bool found = index_getnext_slot(scan_, direction, slot_);
    MemoryContextSwitchTo(outer);
    return found ? slot_ : nullptr;
  });
}

void IndexScan::close() {
  if (scan_ == nullptr) return;
  call([&] {
    index_endscan(scan_);
    ExecDropSingleTupleTableSlot(slot_);
    index_close(index_, AccessShareLock);
  });
  scan_ = nullptr;
  index_ = nullptr;
}

void IndexLookUp::make_keys(int count) {
  for (int i = 0; i < count; ++i) {
    const Oid opclass_type = index_->rd_opcintype[i];
    const Oid equality = get_opfamily_member(index_->rd_opfamily[i], opclass_type, opclass_type, BTEqualStrategyNumber);
    ScanKeyEntryInitialize(&keys_[i], 0, static_cast<AttrNumber>(i + 1), BTEqualStrategyNumber, InvalidOid,
                           index_->rd_indcollation[i], get_opcode(equality), Datum(0));
  }
}

void IndexLookUp::begin(std::span<const Datum> keys) {
  for (size_t i = 0; i < keys.size(); ++i) keys_[i].sk_argument = keys[i];
  begin_with(keys_, static_cast<int>(keys.size()));
}

std::optional<Datum> IndexOnlyLookUp::next_value() {
  Datum value = 0;
  const bool found = call([&] {
    MemoryContext outer = MemoryContextSwitchTo(context_);
    bool is_visible = false;
    while (!is_visible) {
      ItemPointer place = index_getnext_tid(scan_, ForwardScanDirection);
      if (place == nullptr) break;
      const BlockNumber block = ItemPointerGetBlockNumber(place);
      if (VM_ALL_VISIBLE(scan_->heapRelation, block, &visibility_)) {
        PredicateLockPage(scan_->heapRelation, block, scan_->xs_snapshot);
        is_visible = true;
      } else {
        is_visible = index_fetch_heap(scan_, slot_);
      }
    }
    if (is_visible) {
      bool is_null = false;
      value = index_getattr(scan_->xs_itup, column_, scan_->xs_itupdesc, &is_null);
    }
    MemoryContextSwitchTo(outer);
    return is_visible;
  });
  return found ? std::optional(value) : std::nullopt;
}

void IndexOnlyLookUp::close() {
  if (visibility_ != InvalidBuffer) call([&] { ReleaseBuffer(visibility_); });
  visibility_ = InvalidBuffer;
  IndexLookUp::close();
}

void IndexRange::open(Relation table, const char* column, RegProcedure is_least, RegProcedure is_most, Snapshot snapshot,
                      MemoryContext context) {
  context_ = context;
  call([&] {
    MemoryContext outer = MemoryContextSwitchTo(context_);
    const AttrNumber leading[] = {column_of(table, column)};
    open_index(table, leading);
    ScanKeyInit(&keys_[0], 1, BTGreaterEqualStrategyNumber, is_least, Datum(0));
    ScanKeyInit(&keys_[1], 1, BTLessEqualStrategyNumber, is_most, Datum(0));
    open_scan(table, 2, snapshot);
    MemoryContextSwitchTo(outer);
  });
}

void IndexRange::begin(Datum least, Datum most) {
  keys_[0].sk_argument = least;
  keys_[1].sk_argument = most;
  begin_with(keys_, 2);
}

}  // namespace segments::pg
