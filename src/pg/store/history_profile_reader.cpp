#include "pg/store/history_profile_reader.h"

#include "pg/server/datum.h"

namespace segments::pg {
namespace {

// Of numbers that are as far apart as this on average or less, all between them are read.
constexpr size_t kDenseGap = 4;

}  // namespace

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

int32_t HistoryProfileReader::number_of(TupleTableSlot* slot) const {
  call([&] { slot_getsomeattrs(slot, std::max(number_, profile_id_)); });
  return DatumGetInt32(slot->tts_values[number_ - 1]);
}

// Of a row that number_of() has taken apart.
Datum HistoryProfileReader::id_of(TupleTableSlot* slot) const {
  if (slot->tts_isnull[profile_id_ - 1]) return 0;
  return call([&] { return plain_copy(slot->tts_values[profile_id_ - 1]); });
}

void HistoryProfileReader::ids_of(std::span<const Ordinal> numbers, std::span<Datum> ids) {
  std::ranges::fill(ids, Datum(0));
  if (numbers.empty()) return;
  open();
  if (numbers.back() - numbers.front() <= kDenseGap * numbers.size()) {
    if (!between_numbers_.is_open()) {
      between_numbers_.open(table_, "number", F_INT4GE, F_INT4LE, snapshot_, context_);
    }
    between_numbers_.begin(Int32GetDatum(static_cast<int32_t>(numbers.front())),
                           Int32GetDatum(static_cast<int32_t>(numbers.back())));
    size_t next = 0;
    while (TupleTableSlot* slot = between_numbers_.next()) {
      const auto number = static_cast<Ordinal>(number_of(slot));
      while (next < numbers.size() && numbers[next] < number) ++next;
      if (next < numbers.size() && numbers[next] == number) ids[next] = id_of(slot);
    }
    return;
  }
  if (!by_number_.is_open()) by_number_.open(table_, {"number"}, 1, snapshot_, context_);
  for (size_t i = 0; i < numbers.size(); ++i) {
    const Datum keys[] = {Int32GetDatum(static_cast<int32_t>(numbers[i]))};
    by_number_.begin(keys);
    TupleTableSlot* slot = by_number_.next();
    if (slot == nullptr) continue;
    number_of(slot);
    ids[i] = id_of(slot);
  }
}

void HistoryProfileReader::close() {
  if (table_ == nullptr) return;
  by_id_.close();
  by_number_.close();
  between_numbers_.close();
  call([&] { table_close(table_, AccessShareLock); });
  table_ = nullptr;
}

}  // namespace segments::pg
