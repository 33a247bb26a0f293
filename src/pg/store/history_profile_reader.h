// Numbers of the history by profile ids, and ids by numbers, as a snapshot shows them; without a statement.
#pragma once
#include <optional>
#include <string_view>

#include "core/ingest/slot_table.h"
#include "core/ordinal.h"
#include "pg/store/numbered_rows.h"

namespace segments::pg {

// The table is open from the first read until close(), or until the transaction is aborted.
class HistoryProfileReader {
 public:
  HistoryProfileReader(Snapshot snapshot, MemoryContext context) : snapshot_(snapshot), context_(context) {}
  HistoryProfileReader(const HistoryProfileReader&) = delete;
  HistoryProfileReader& operator=(const HistoryProfileReader&) = delete;

  // Whoever is about to ask for so many profiles: reads the whole table once, if that is faster than an index for each of them.
  void expect(size_t profiles);
  // Ascending; valid until the next call.
  const std::vector<int32_t>& numbers_of(std::string_view profile_id);
  // The ids of some numbers, which ascend; null: that person was erased, or nobody has it.  Texts in the current context.
  void ids_of(std::span<const Ordinal> numbers, std::span<Datum> ids);
  void close();

 private:
  void open();
  TupleTableSlot* row_of(int32_t number);

  Snapshot snapshot_;
  MemoryContext context_;
  Relation table_ = nullptr;
  AttrNumber number_ = 0;
  AttrNumber profile_id_ = 0;
  IndexLookUp by_id_;
  NumberedRows by_number_;
  std::optional<SlotTable> hashes_;  // of all ids, with their numbers
  std::vector<int32_t> numbers_;
  std::vector<uint8_t> key_;
};

}  // namespace segments::pg
