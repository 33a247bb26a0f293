#include "pg/member/change_rows.h"

namespace segments::pg {
namespace {

constexpr size_t kMostRows = 2048;

}  // namespace

// ---- run by run

// The next row of the history that is wanted; false after the last one.
bool ChangesByRun::next_row() {
  while (true) {
    HistoryPlace place;
    while (run_ != nullptr && history_.next(place)) {
      if (place.change == Change::kBase || !choice_.is_wanted(*run_, place.change)) continue;
      try {
        row_ = history_.read();
      } catch (const Error& error) {
        if (error.code() != ErrorCode::kDataCorrupted) throw;
        choice_.report_damage(*run_, error);
        continue;
      }
      if (!wanted_.profiles) row_.numbers -= erased_;
      next_number_ = 0;
      next_pair_ = 0;
      return true;
    }
    interrupt_.poll();
    if (next_run_ == runs_.size()) return false;
    run_ = &runs_[next_run_++];
    history_.begin_run(run_->recorded);
  }
}

void ChangesByRun::fill_numbers() {
  numbers_.resize(batch_);
  numbers_.resize(next_number_ > UINT32_MAX ? 0 : row_.numbers.read(static_cast<Ordinal>(next_number_), numbers_));
  if (!numbers_.empty()) next_number_ = uint64_t{numbers_.back()} + 1;
}

void ChangesByRun::fill_pairs() {
  numbers_.clear();
  for (; next_pair_ < row_.pairs.size() && numbers_.size() < batch_; ++next_pair_) {
    const auto [number, other] = row_.pairs[next_pair_];
    if (!wanted_.profiles && erased_.contains(static_cast<Ordinal>(number))) continue;
    numbers_.push_back(static_cast<Ordinal>(number));
    others_.push_back(other);
  }
}

void ChangesByRun::find_ids() {
  profile_ids_.assign(numbers_.size(), Datum(0));
  other_ids_.assign(numbers_.size(), Datum(0));
  const MemoryContext memory = memory_;
  call([&] { MemoryContextReset(memory); });
  MemoryContext outer = MemoryContextSwitchTo(memory_);
  const auto find_one = [&](int32_t number, Datum& id) {
    const auto ordinal = static_cast<Ordinal>(number);
    ids_.ids_of({&ordinal, 1}, {&id, 1});
  };
  if (wanted_.profiles && others_.empty()) ids_.ids_of(numbers_, profile_ids_);
  for (size_t i = 0; i < others_.size(); ++i) {
    if (wanted_.profiles) find_one(static_cast<int32_t>(numbers_[i]), profile_ids_[i]);
    if (wanted_.others) find_one(others_[i], other_ids_[i]);
  }
  MemoryContextSwitchTo(outer);
}

bool ChangesByRun::fill() {
  while (true) {
    position_ = 0;
    others_.clear();
    numbers_.clear();
    if (run_ != nullptr) row_.pairs.empty() ? fill_numbers() : fill_pairs();
    if (!numbers_.empty()) {
      find_ids();
      batch_ = std::min(batch_ * 2, kMostRows);
      return true;
    }
    if (!next_row()) return false;
  }
}

bool ChangesByRun::next(ChangeRow& row) {
  while (true) {
    if (position_ == numbers_.size() && !fill()) return false;
    const size_t i = position_++;
    if (wanted_.profiles && profile_ids_[i] == 0) continue;  // erased
    row = {run_, row_.change, profile_ids_[i], other_ids_[i]};
    return true;
  }
}

// ---- of named profiles

bool ChangesOfProfiles::next_profile() {
  if (next_profile_ == profile_ids_.size()) return false;
  interrupt_.poll();
  numbers_ = ids_.numbers_of(text_view(profile_ids_[next_profile_++]));
  places_ = numbers_.empty() ? std::vector<HistoryPlace>() : find_places_(numbers_);
  next_place_ = 0;
  return true;
}

Datum ChangesOfProfiles::id_of(int32_t number) {
  const auto ordinal = static_cast<Ordinal>(number);
  Datum id = 0;
  const MemoryContext memory = memory_;
  call([&] { MemoryContextReset(memory); });
  MemoryContext outer = MemoryContextSwitchTo(memory_);
  ids_.ids_of({&ordinal, 1}, {&id, 1});
  MemoryContextSwitchTo(outer);
  return id;
}

// Within a row, a profile changes once.
bool ChangesOfProfiles::find_in(const ChosenRun& run, const HistoryRow& row, ChangeRow& found) {
  for (const int32_t number : numbers_) {
    found = {&run, row.change, profile_ids_[next_profile_ - 1], 0};
    if (row.numbers.contains(static_cast<Ordinal>(number))) return true;
    const auto pair = std::ranges::find(row.pairs, number, &NumberPair::number);
    if (pair == row.pairs.end()) continue;
    if (wanted_.others) found.other_id = id_of(pair->other);
    return true;
  }
  return false;
}

bool ChangesOfProfiles::next(ChangeRow& row) {
  while (true) {
    while (next_place_ < places_.size()) {
      const HistoryPlace& place = places_[next_place_++];
      const ChosenRun* run = choice_.run(place.run_id);
      if (run == nullptr || place.change == Change::kBase || !choice_.is_wanted(*run, place.change)) continue;
      std::shared_ptr<const HistoryRow> stored;
      try {
        stored = history_.read(place, run->recorded);
      } catch (const Error& error) {
        if (error.code() != ErrorCode::kDataCorrupted) throw;
        choice_.report_damage(*run, error);
        continue;
      }
      if (stored != nullptr && find_in(*run, *stored, row)) return true;
    }
    if (!next_profile()) return false;
  }
}

}  // namespace segments::pg
