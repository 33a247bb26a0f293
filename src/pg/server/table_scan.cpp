#include "pg/server/table_scan.h"

namespace segments::pg {
namespace {

bool begins_with(Relation index, const AttrNumber* leading, int count) {
  const Form_pg_index form = index->rd_index;
  if (form->indnkeyatts < count) return false;
  for (int i = 0; i < count; ++i) {
    if (form->indkey.values[i] != leading[i]) return false;
  }
  return true;
}

}  // namespace

void IndexLookUp::open_index(const AttrNumber* leading, int count, int key_count, Snapshot snapshot) {
  List* indexes = RelationGetIndexList(table_);
  for (int i = 0; i < list_length(indexes) && index_ == nullptr; ++i) {
    index_ = index_open(list_nth_oid(indexes, i), AccessShareLock);
    if (begins_with(index_, leading, count)) break;
    index_close(index_, AccessShareLock);
    index_ = nullptr;
  }
  list_free(indexes);
  if (index_ == nullptr) elog(ERROR, "\"%s\" has lost an index", RelationGetRelationName(table_));
  for (int i = 0; i < key_count; ++i) {
    const Oid opclass_type = index_->rd_opcintype[i];
    const Oid equality = get_opfamily_member(index_->rd_opfamily[i], opclass_type, opclass_type, BTEqualStrategyNumber);
    ScanKeyEntryInitialize(&keys_[i], 0, static_cast<AttrNumber>(i + 1), BTEqualStrategyNumber, InvalidOid,
                           index_->rd_indcollation[i], get_opcode(equality), Datum(0));
  }
  slot_ = table_slot_create(table_, nullptr);
  scan_ = begin_index_scan(table_, index_, snapshot, key_count);
}

// What a B-tree scan allocates lives as long as the scan.
void IndexLookUp::begin(std::span<const Datum> keys) {
  for (size_t i = 0; i < keys.size(); ++i) keys_[i].sk_argument = keys[i];
  const auto count = static_cast<int>(keys.size());
  call([&] {
    MemoryContext outer = MemoryContextSwitchTo(context_);
    index_rescan(scan_, keys_, count, nullptr, 0);
    MemoryContextSwitchTo(outer);
  });
}

TupleTableSlot* IndexLookUp::next(ScanDirection direction) {
  return call([&]() -> TupleTableSlot* {
    MemoryContext outer = MemoryContextSwitchTo(context_);
    const bool found = index_getnext_slot(scan_, direction, slot_);
    MemoryContextSwitchTo(outer);
    return found ? slot_ : nullptr;
  });
}

void IndexLookUp::close() {
  if (scan_ == nullptr) return;
  call([&] {
    index_endscan(scan_);
    ExecDropSingleTupleTableSlot(slot_);
    index_close(index_, AccessShareLock);
  });
  scan_ = nullptr;
  index_ = nullptr;
}

}  // namespace segments::pg
