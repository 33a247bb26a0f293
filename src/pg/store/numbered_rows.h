// Rows of a table of ours by their numbers, when many are wanted in ascending order.
//
// Whoever numbers rows mostly writes them one after the other.  So where a row lies is told from where the last one was found,
// and looked up in the index only if it is not there.
#pragma once
#include "core/ordinal.h"
#include "pg/server/table_scan.h"

namespace segments::pg {

class NumberedRows {
 public:
  bool is_open() const { return fetch_ != nullptr; }
  // `number`: an int4 with a unique index.  `last`: columns up to this one are read of each row.
  void open(Relation table, const char* number, AttrNumber last, Snapshot snapshot, MemoryContext context);
  // Null: there is none.  Valid until the next call.
  TupleTableSlot* find(int32_t number);
  void close();

 private:
  bool is_at(ItemPointerData place, int32_t number);
  std::optional<ItemPointerData> expected_place(int32_t number) const;
  void note(ItemPointerData place, int32_t number);

  Relation table_ = nullptr;
  AttrNumber number_ = 0;
  AttrNumber last_ = 0;
  Snapshot snapshot_ = nullptr;
  MemoryContext context_ = nullptr;
  IndexLookUp by_number_;
  IndexFetchTableData* fetch_ = nullptr;
  TupleTableSlot* slot_ = nullptr;
  BlockNumber blocks_ = 0;  // 0: of another kind than a heap, where places tell nothing
  // The row found last; and how many there are on a page, as far as that is known.
  bool has_found_ = false;
  int32_t found_number_ = 0;
  ItemPointerData found_place_{};
  int64_t rows_per_page_ = 0;
};

}  // namespace segments::pg
