#include "core/evaluation/distinct_counter.h"

#include <algorithm>

namespace segments {
namespace {

constexpr uint32_t kUnknown = DistinctValues::kElsewhere - 1;
constexpr uint32_t kValuesPerPoll = 1u << 12;
// A hash tells no more parts apart.
constexpr uint32_t kMostBits = 60;

}  // namespace

DistinctCounter::DistinctCounter(const ProfileMap& map, ValueIdentity* identity, HashSeed seed, Interrupt& interrupt,
                                 DistinctLimits limits)
    : identity_(identity), seed_(seed), interrupt_(interrupt), limits_(limits), first_of_(map.first_records()),
      counts_(kTileSize) {}

void DistinctCounter::count(const Visit& visit) {
  std::vector<ValuePartition> parts = {{}};
  while (!parts.empty()) {
    const ValuePartition part = parts.back();
    parts.pop_back();
    if (count(visit, part)) continue;
    for (const uint64_t which : {0, 1}) parts.push_back(part.half(which));
  }
}

bool DistinctCounter::count(const Visit& visit, ValuePartition part) {
  clear();
  is_divisible_ = part.bits < kMostBits;
  DistinctValues values(identity_, seed_, part);
  visit([&](ValuedRows& rows, const DistinctField& field) {
    if (fits_) add(rows, field, values);
  });
  if (!fits_) return false;
  for (const auto& set : sets_) set->for_each([&](uint32_t first) { ++counts_[first]; });
  pack();
  for (const uint32_t first : firsts_) ++counts_[first];
  return true;
}

void DistinctCounter::clear() {
  fits_ = true;
  sets_.clear();
  firsts_.clear();
  numbers_.clear();
}

void DistinctCounter::add(ValuedRows& rows, const DistinctField& field, DistinctValues& values) {
  const Dictionary& dictionary = rows.dictionary();
  std::vector<uint32_t> number_of(size_t{dictionary.size()} + 1, kUnknown);  // by code
  const uint32_t* const codes = rows.codes().data();
  uint32_t looked_up = 0;
  DenseSet present;
  rows.for_each(present, [&](uint32_t row, uint32_t offset) {
    const uint32_t first = first_of_[offset];
    if (first == ProfileMap::kNobody || !fits_) return;
    uint32_t& number = number_of[codes[row]];
    if (number == kUnknown) {
      if (++looked_up % kValuesPerPoll == 0) interrupt_.poll();
      number = values.number(dictionary, codes[row] - 1, field.equality);
      fits_ = !is_divisible_ || values.size() <= 1 || values.memory_bytes() <= limits_.value_bytes;
    }
    if (number == DistinctValues::kElsewhere) return;
    if (number >= limits_.sets) return add_pair(first, number);
    while (number >= sets_.size()) sets_.push_back(std::make_unique<DenseSet>());
    sets_[number]->insert(first);
  });
}

void DistinctCounter::add_pair(uint32_t first, uint32_t number) {
  if (firsts_.size() >= limits_.pairs) {
    interrupt_.poll();
    pack();
    fits_ = !is_divisible_ || firsts_.size() <= limits_.pairs / 2;
  }
  firsts_.push_back(first);
  numbers_.push_back(number);
}

// Few have many: numbers are distributed to the profiles, and brought into order there.
void DistinctCounter::pack() {
  std::vector<uint32_t> ends(kTileSize + 1);  // of a profile's numbers; before they are there, where they begin
  for (const uint32_t first : firsts_) ++ends[first + 1];
  for (uint32_t first = 0; first < kTileSize; ++first) ends[first + 1] += ends[first];
  std::vector<uint32_t> numbers(numbers_.size());
  for (size_t i = 0; i < firsts_.size(); ++i) numbers[ends[firsts_[i]]++] = numbers_[i];
  size_t packed = 0;
  uint32_t begin = 0;
  for (uint32_t first = 0; first < kTileSize; begin = ends[first++]) {
    const auto start = numbers.begin() + begin;
    std::sort(start, numbers.begin() + ends[first]);
    const auto end = std::unique(start, numbers.begin() + ends[first]);
    for (auto number = start; number != end; ++number, ++packed) {
      firsts_[packed] = first;
      numbers_[packed] = *number;
    }
  }
  firsts_.resize(packed);
  numbers_.resize(packed);
}

}  // namespace segments
