#include "pg/store/history_profile_reader.h"

#include "pg/server/datum.h"

namespace segments::pg {

void HistoryProfileReader::open() {
  if (table_ != nullptr) return;
  call([&] {
    table_ = open_own_table("history_profile");
    number_ = column_of(table_, "number");
    profile_id_ = column_of(table_, "profile_id");
  });
}

const std::vector<int32_t>& HistoryProfileReader::numbers_of(std::string_view profile_id) {
  open();
  if (!by_id_.is_open()) by_id_.open(table_, {"profile_id"}, 1, snapshot_, context_);
  key_.resize(VARHDRSZ + profile_id.size());
  SET_VARSIZE(key_.data(), key_.size());
  std::ranges::copy(profile_id, key_.begin() + VARHDRSZ);
  const Datum keys[] = {PointerGetDatum(key_.data())};
  numbers_.clear();
  by_id_.begin(keys);
  while (TupleTableSlot* slot = by_id_.next()) {
    call([&] { slot_getsomeattrs(slot, number_); });
    numbers_.push_back(DatumGetInt32(slot->tts_values[number_ - 1]));
  }
  std::ranges::sort(numbers_);
  return numbers_;
}

void HistoryProfileReader::ids_of(std::span<const Ordinal> numbers, std::span<Datum> ids) {
  std::ranges::fill(ids, Datum(0));
  if (numbers.empty()) return;
  open();
  if (!by_number_.is_open()) by_number_.open(table_, "number", profile_id_, snapshot_, context_);
  for (size_t i = 0; i < numbers.size(); ++i) {
    TupleTableSlot* slot = by_number_.find(static_cast<int32_t>(numbers[i]));
    if (slot == nullptr || slot->tts_isnull[profile_id_ - 1]) continue;
    ids[i] = call([&] { return plain_copy(slot->tts_values[profile_id_ - 1]); });
  }
}

void HistoryProfileReader::close() {
  if (table_ == nullptr) return;
  by_id_.close();
  by_number_.close();
  call([&] { table_close(table_, AccessShareLock); });
  table_ = nullptr;
}

}  // namespace segments::pg
