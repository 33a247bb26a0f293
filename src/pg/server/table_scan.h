// Rows of tables of ours as a snapshot shows them, without a statement: for what is read so often that a statement would cost
// more. Nothing is closed by a destructor: after an exception the abort of the transaction does so.
#pragma once
#include "pg/server/boundary.h"

namespace segments::pg {

// Opens segments.NAME.  Server calls only.
inline Relation open_own_table(const char* name) {
  const Oid table = get_relname_relid(name, get_namespace_oid("segments", false));
  if (!OidIsValid(table)) ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("segments.%s does not exist", name)));
  return table_open(table, AccessShareLock);
}

// The number of a column.  Server calls only.
inline AttrNumber column_of(Relation table, const char* name) {
  const AttrNumber number = get_attnum(RelationGetRelid(table), name);
  if (number == InvalidAttrNumber) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                    errmsg("column \"%s\" of \"%s\" does not exist", name, RelationGetRelationName(table))));
  }
  return number;
}

// Calls visit(values, nulls) for each row, with the named columns in this order; they are valid during the call.
template <size_t kCount, class Visit>
void for_each_row(const char* name, const char* const (&columns)[kCount], Snapshot snapshot, Visit visit) {
  Relation table = nullptr;
  TableScanDesc scan = nullptr;
  TupleTableSlot* slot = nullptr;
  AttrNumber numbers[kCount];
  AttrNumber last = 0;
  call([&] {
    table = open_own_table(name);
    for (size_t i = 0; i < kCount; ++i) {
      numbers[i] = column_of(table, columns[i]);
      last = std::max(last, numbers[i]);
    }
    slot = table_slot_create(table, nullptr);
    scan = table_beginscan(table, snapshot, 0, nullptr);
  });
  while (call([&] {
    if (!table_scan_getnextslot(scan, ForwardScanDirection, slot)) return false;
    slot_getsomeattrs(slot, last);
    return true;
  })) {
    Datum values[kCount];
    bool nulls[kCount];
    for (size_t i = 0; i < kCount; ++i) {
      values[i] = slot->tts_values[numbers[i] - 1];
      nulls[i] = slot->tts_isnull[numbers[i] - 1];
    }
    visit(values, nulls);
  }
  call([&] {
    table_endscan(scan);
    ExecDropSingleTupleTableSlot(slot);
    table_close(table, AccessShareLock);
  });
}

// A scan of an index, which stays open while it begins again and again.
class IndexScan {
 public:
  bool is_open() const { return scan_ != nullptr; }
  // The next row, in the index's order; null after the last.
  TupleTableSlot* next(ScanDirection direction = ForwardScanDirection);
  void close();

 protected:
  // Of the index that begins with these columns.  Server calls only, in `context`.
  void open_index(Relation table, std::span<const AttrNumber> leading);
  void open_scan(Relation table, int key_count, Snapshot snapshot);
  void begin_with(ScanKeyData* keys, int count);

  MemoryContext context_ = nullptr;
  Relation index_ = nullptr;
  IndexScanDesc scan_ = nullptr;
  TupleTableSlot* slot_ = nullptr;
};

// Look-ups by equality.
class IndexLookUp : public IndexScan {
 public:
  // `leading`: the columns that the index's keys begin with.  `key_count`: of how many of them begin() is told; 0: it gives all
  // rows.
  template <size_t kCount>
  void open(Relation table, const char* const (&leading)[kCount], int key_count, Snapshot snapshot, MemoryContext context) {
    context_ = context;
    call([&] {
      MemoryContext outer = MemoryContextSwitchTo(context_);
      AttrNumber numbers[kCount];
      for (size_t i = 0; i < kCount; ++i) numbers[i] = column_of(table, leading[i]);
      open_index(table, numbers);
      make_keys(key_count);
      open_scan(table, key_count, snapshot);
      MemoryContextSwitchTo(outer);
    });
  }
  // Keys are of the leading columns, in their order, all by equality; none of them null.
  void begin(std::span<const Datum> keys);

 private:
  void make_keys(int count);  // server calls only

  ScanKeyData keys_[4];
};

// Look-ups by equality that are answered by the index alone, where the visibility map says that all rows of a page are visible.
class IndexOnlyLookUp : public IndexLookUp {
 public:
  template <size_t kCount>
  void open(Relation table, const char* const (&leading)[kCount], int key_count, Snapshot snapshot, MemoryContext context) {
    IndexLookUp::open(table, leading, key_count, snapshot, context);
    call([&] { scan_->xs_want_itup = true; });
    column_ = key_count + 1;
  }
  // The column after those looked up of the next row, in the index's order: never null, passed by value.  Nothing after the last.
  std::optional<Datum> next_value();
  void close();

 private:
  int column_ = 0;
  Buffer visibility_ = InvalidBuffer;  // the page of the map that was asked last
};

// Rows between two values of the first column of an index, both included.
class IndexRange : public IndexScan {
 public:
  // `is_least`, `is_most`: the functions of the operators >= and <= of the column's type.
  void open(Relation table, const char* column, RegProcedure is_least, RegProcedure is_most, Snapshot snapshot,
            MemoryContext context);
  void begin(Datum least, Datum most);

 private:
  ScanKeyData keys_[2];
};

}  // namespace segments::pg
