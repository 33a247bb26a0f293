#include "core/set/sets_of_ordinal.h"

#include <algorithm>

namespace segments {
namespace {

// In a tile; sets with more are asked one by one.
constexpr uint64_t kFewMembers = kTileSize / 64;
// As many members are turned round in the time that it takes to ask one set.
constexpr uint64_t kTurnedPerQuestion = 32;
constexpr uint64_t kTurnedPerLarge = 1024;  // while a bitmap is made of a large one

constexpr uint32_t kGroupBits = 6;
constexpr uint32_t kGroupMask = (1u << kGroupBits) - 1;
constexpr uint32_t kGroups = kTileSize >> kGroupBits;

}  // namespace

SetsOfOrdinal::SetsOfOrdinal(uint32_t tile, std::vector<const ProfileSet*> sets)
    : tile_(tile), first_(first_ordinal(tile)), sets_(std::move(sets)) {
  for (uint32_t place = 0; place < sets_.size(); ++place) {
    const uint64_t count = sets_[place]->count_in(first_, first_ + kTileSize);
    (count <= kFewMembers ? small_ : others_).push_back(place);
    if (count <= kFewMembers) entry_count_ += count;
  }
}

size_t SetsOfOrdinal::memory_bytes() const {
  return sets_.capacity() * sizeof(sets_[0]) + others_.size() * sizeof(DenseSet) +
         (small_.capacity() + others_.capacity() + kGroups + entry_count_) * sizeof(uint32_t);
}

template <class Visit>
void SetsOfOrdinal::for_each_small_member(Visit visit) const {
  std::vector<Ordinal> ordinals(kFewMembers);
  for (const uint32_t place : small_) {
    const size_t count = sets_[place]->read(static_cast<Ordinal>(first_), ordinals);
    for (size_t i = 0; i < count && ordinals[i] - first_ < kTileSize; ++i) {
      visit(place, static_cast<uint32_t>(ordinals[i] - first_));
    }
  }
}

// Sorts by groups: how many each has, where each begins, and every member to the end of its group, which moves on.
void SetsOfOrdinal::turn_round() {
  std::vector<uint32_t> counts(kGroups);
  for_each_small_member([&](uint32_t, uint32_t offset) { ++counts[offset >> kGroupBits]; });
  ends_.resize(kGroups);
  uint32_t begin = 0;
  for (uint32_t group = 0; group < kGroups; ++group) {
    ends_[group] = begin;
    begin += counts[group];
  }
  entries_.resize(begin);
  for_each_small_member([&](uint32_t place, uint32_t offset) {
    entries_[ends_[offset >> kGroupBits]++] = place << kGroupBits | (offset & kGroupMask);
  });
  dense_.reserve(others_.size());
  for (const uint32_t place : others_) dense_.push_back(sets_[place]->to_dense(tile_));
  is_turned_ = true;
}

void SetsOfOrdinal::find(Ordinal ordinal, std::vector<uint32_t>& places) {
  places.clear();
  const auto ask = [&](uint32_t place) {
    if (sets_[place]->contains(ordinal)) places.push_back(place);
  };
  if (!is_turned_) {
    asked_ += sets_.size();
    if (asked_ * kTurnedPerQuestion >= entry_count_ + kGroups + others_.size() * kTurnedPerLarge) turn_round();
  }
  if (is_turned_) {
    const auto offset = static_cast<uint32_t>(ordinal - first_);
    for (size_t i = 0; i < others_.size(); ++i) {
      if (dense_[i].contains(offset)) places.push_back(others_[i]);
    }
    const uint32_t group = offset >> kGroupBits;
    const uint32_t wanted = offset & kGroupMask;
    for (uint32_t i = group == 0 ? 0 : ends_[group - 1]; i < ends_[group]; ++i) {
      if ((entries_[i] & kGroupMask) == wanted) places.push_back(entries_[i] >> kGroupBits);
    }
  } else {
    std::ranges::for_each(small_, ask);
    std::ranges::for_each(others_, ask);
  }
  std::ranges::sort(places);
}

}  // namespace segments
