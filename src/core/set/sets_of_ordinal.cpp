#include "core/set/sets_of_ordinal.h"

#include <algorithm>

namespace segments {
namespace {

// In a tile; sets with more, which mostly are bitmaps, are asked one by one.
constexpr uint64_t kFewMembers = kTileSize / 16;
// As many members are turned round in the time that it takes to ask one set.
constexpr uint64_t kTurnedPerQuestion = 32;

constexpr uint32_t kGroupBits = 4;
constexpr uint32_t kGroupMask = (1u << kGroupBits) - 1;
constexpr uint32_t kGroups = kTileSize >> kGroupBits;
// What an entry has room for.
constexpr size_t kMostSmallSets = size_t{1} << (16 - kGroupBits);

}  // namespace

SetsOfOrdinal::SetsOfOrdinal(uint32_t tile, std::vector<const ProfileSet*> sets)
    : first_(first_ordinal(tile)), sets_(std::move(sets)) {
  for (uint32_t place = 0; place < sets_.size(); ++place) {
    const uint64_t count = sets_[place]->count_in(first_, first_ + kTileSize);
    const bool is_small = count <= kFewMembers && small_.size() < kMostSmallSets;
    (is_small ? small_ : others_).push_back(place);
    if (is_small) entry_count_ += count;
  }
}

// That sets take that are turned round.
size_t SetsOfOrdinal::turned_bytes() const { return kGroups * sizeof(ends_[0]) + entry_count_ * sizeof(entries_[0]); }

size_t SetsOfOrdinal::memory_bytes() const {
  return sets_.capacity() * sizeof(sets_[0]) + (small_.capacity() + others_.capacity()) * sizeof(uint32_t) +
         (is_turned_ ? turned_bytes() : 0);
}

// Calls visit(which of small_, offset in the tile).
template <class Visit>
void SetsOfOrdinal::for_each_small_member(Visit visit) const {
  std::vector<Ordinal> ordinals(kFewMembers);
  for (uint32_t i = 0; i < small_.size(); ++i) {
    const size_t count = sets_[small_[i]]->read(static_cast<Ordinal>(first_), ordinals);
    for (size_t k = 0; k < count && ordinals[k] - first_ < kTileSize; ++k) visit(i, static_cast<uint32_t>(ordinals[k] - first_));
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
  for_each_small_member([&](uint32_t i, uint32_t offset) {
    entries_[ends_[offset >> kGroupBits]++] = static_cast<uint16_t>(i << kGroupBits | (offset & kGroupMask));
  });
  is_turned_ = true;
}

void SetsOfOrdinal::find(Ordinal ordinal, std::vector<uint32_t>& places, size_t room) {
  places.clear();
  const auto ask = [&](uint32_t place) {
    if (sets_[place]->contains(ordinal)) places.push_back(place);
  };
  if (!is_turned_) {
    asked_ += small_.size();
    if (asked_ * kTurnedPerQuestion >= entry_count_ + kGroups && turned_bytes() <= room) turn_round();
  }
  std::ranges::for_each(others_, ask);
  if (is_turned_) {
    const auto offset = static_cast<uint32_t>(ordinal - first_);
    const uint32_t group = offset >> kGroupBits;
    const uint32_t wanted = offset & kGroupMask;
    for (uint32_t i = group == 0 ? 0 : ends_[group - 1]; i < ends_[group]; ++i) {
      if ((entries_[i] & kGroupMask) == wanted) places.push_back(small_[entries_[i] >> kGroupBits]);
    }
  } else {
    std::ranges::for_each(small_, ask);
  }
  std::ranges::sort(places);
}

}  // namespace segments
