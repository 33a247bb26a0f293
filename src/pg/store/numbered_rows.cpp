#include "pg/store/numbered_rows.h"

namespace segments::pg {
namespace {

constexpr int64_t kMostRows = MaxHeapTuplesPerPage;  // of a page

int64_t block_of(const ItemPointerData& place) { return ItemPointerGetBlockNumberNoCheck(&place); }
int64_t row_of(const ItemPointerData& place) { return ItemPointerGetOffsetNumberNoCheck(&place) - FirstOffsetNumber; }

}  // namespace

void NumberedRows::open(Relation table, const char* number, AttrNumber last, Snapshot snapshot, MemoryContext context) {
  table_ = table;
  snapshot_ = snapshot;
  context_ = context;
  by_number_.open(table, {number}, 1, snapshot, context);
  call([&] {
    MemoryContext outer = MemoryContextSwitchTo(context_);
    number_ = column_of(table, number);
    last_ = std::max(number_, last);
    slot_ = table_slot_create(table, nullptr);
    blocks_ = table->rd_tableam == GetHeapamTableAmRoutine() ? RelationGetNumberOfBlocks(table) : 0;
    fetch_ = table_index_fetch_begin(table);
    MemoryContextSwitchTo(outer);
  });
}

// Whether the row that begins there is visible and has the number; it is in the slot then.
bool NumberedRows::is_at(ItemPointerData place, int32_t number) {
  return call([&] {
    bool has_more = false;
    if (!table_index_fetch_tuple(fetch_, &place, snapshot_, slot_, &has_more, nullptr)) return false;
    slot_getsomeattrs(slot_, last_);
    return DatumGetInt32(slot_->tts_values[number_ - 1]) == number;
  });
}

std::optional<ItemPointerData> NumberedRows::expected_place(int32_t number) const {
  if (!has_found_ || blocks_ == 0) return std::nullopt;
  int64_t block = block_of(found_place_);
  int64_t row = row_of(found_place_) + (int64_t{number} - found_number_);
  if (rows_per_page_ > 0) row += block * rows_per_page_;
  if (row < 0) return std::nullopt;
  if (rows_per_page_ > 0) {
    block = row / rows_per_page_;
    row %= rows_per_page_;
  }
  if (row >= kMostRows || block >= blocks_) return std::nullopt;
  ItemPointerData place;
  ItemPointerSet(&place, static_cast<BlockNumber>(block), static_cast<OffsetNumber>(row + FirstOffsetNumber));
  return place;
}

void NumberedRows::note(ItemPointerData place, int32_t number) {
  if (has_found_ && block_of(place) != block_of(found_place_)) {
    const int64_t rows = int64_t{number} - found_number_ + row_of(found_place_) - row_of(place);
    rows_per_page_ = std::clamp<int64_t>(rows / (block_of(place) - block_of(found_place_)), 0, kMostRows);
  }
  has_found_ = true;
  found_number_ = number;
  found_place_ = place;
}

TupleTableSlot* NumberedRows::find(int32_t number) {
  if (const std::optional<ItemPointerData> place = expected_place(number); place && is_at(*place, number)) {
    found_number_ = number;
    found_place_ = *place;
    return slot_;
  }
  const Datum keys[] = {Int32GetDatum(number)};
  by_number_.begin(keys);
  TupleTableSlot* slot = by_number_.next();
  if (slot == nullptr) return nullptr;
  call([&] { slot_getsomeattrs(slot, last_); });
  note(slot->tts_tid, number);
  return slot;
}

void NumberedRows::close() {
  if (fetch_ == nullptr) return;
  by_number_.close();
  call([&] {
    table_index_fetch_end(fetch_);
    ExecDropSingleTupleTableSlot(slot_);
  });
  fetch_ = nullptr;
}

}  // namespace segments::pg
