#include "pg/store/history_profile_reader.h"

#include "core/ingest/hash.h"
#include "pg/server/datum.h"
#include "pg/server/hash_seed.h"

namespace segments::pg {
namespace {

// Of ids as long as a uuid, about.
constexpr size_t kRowsPerPage = 100;
// A row that is read in passing takes this part of the time of a look-up in the index.
constexpr size_t kRowsPerLookUp = 4;
constexpr size_t kFewLookUps = 10000;
constexpr size_t kMostHashBytes = size_t{256} << 20;

}  // namespace

void HistoryProfileReader::open() {
  if (table_ != nullptr) return;
  call([&] {
    table_ = open_own_table("history_profile");
    number_ = column_of(table_, "number");
    profile_id_ = column_of(table_, "profile_id");
  });
}

void HistoryProfileReader::expect(size_t profiles) {
  if (profiles < kFewLookUps) return;
  open();
  const size_t rows = kRowsPerPage * call([&] { return RelationGetNumberOfBlocks(table_); });
  if (rows > profiles * kRowsPerLookUp || SlotTable::bytes_for(rows) > kMostHashBytes) return;
  hashes_.emplace().reserve(rows);
  for_each_row("history_profile", {"number", "profile_id"}, snapshot_, [&](const Datum* values, const bool* nulls) {
    if (!nulls[1]) hashes_->insert(hash_bytes(text_view(values[1]), hash_seed()), DatumGetUInt32(values[0]));
  });
}

TupleTableSlot* HistoryProfileReader::row_of(int32_t number) {
  open();
  if (!by_number_.is_open()) by_number_.open(table_, "number", profile_id_, snapshot_, context_);
  return by_number_.find(number);
}

const std::vector<int32_t>& HistoryProfileReader::numbers_of(std::string_view profile_id) {
  numbers_.clear();
  if (hashes_) {
    hashes_->find(hash_bytes(profile_id, hash_seed()), [&](uint32_t number) {
      TupleTableSlot* row = row_of(static_cast<int32_t>(number));
      if (row != nullptr && text_view(row->tts_values[profile_id_ - 1]) == profile_id)
        numbers_.push_back(static_cast<int32_t>(number));
      return false;  // there may be others
    });
    std::ranges::sort(numbers_);
    return numbers_;
  }
  open();
  if (!by_id_.is_open()) by_id_.open(table_, {"profile_id"}, 1, snapshot_, context_);
  key_.resize(VARHDRSZ + profile_id.size());
  SET_VARSIZE(key_.data(), key_.size());
  std::ranges::copy(profile_id, key_.begin() + VARHDRSZ);
  const Datum keys[] = {PointerGetDatum(key_.data())};
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
  for (size_t i = 0; i < numbers.size(); ++i) {
    TupleTableSlot* slot = row_of(static_cast<int32_t>(numbers[i]));
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
