#include "core/set/sets_of_ordinal.h"

#include <algorithm>
#include <bit>

#include "core/set/dense_set.h"

namespace segments {
namespace {

// In a tile; sets with more mostly are bitmaps.
constexpr uint64_t kFewMembers = kTileSize / 16;
// Turning sets round takes a quarter of the time in which their members were read before.  So whoever asks on is not kept waiting
// until asking has cost as much: as many members are turned round for each time that one set was asked.
constexpr uint64_t kTurnedPerQuestion = 128;
// After as many questions, large sets are.
constexpr uint64_t kQuestionsPerTurn = 64;

constexpr uint32_t kGroupBits = 4;
constexpr uint32_t kGroupMask = (1u << kGroupBits) - 1;
constexpr uint32_t kGroups = kTileSize >> kGroupBits;
// What an entry has room for.
constexpr size_t kMostSmallSets = size_t{1} << (16 - kGroupBits);

// Of eight bytes, the eight with their lowest bits, then those with their next ones, and so on.
uint64_t transposed(uint64_t bytes) {
  uint64_t swapped = (bytes ^ (bytes >> 7)) & 0x00AA00AA00AA00AA;
  bytes ^= swapped ^ (swapped << 7);
  swapped = (bytes ^ (bytes >> 14)) & 0x0000CCCC0000CCCC;
  bytes ^= swapped ^ (swapped << 14);
  swapped = (bytes ^ (bytes >> 28)) & 0x00000000F0F0F0F0;
  return bytes ^ swapped ^ (swapped << 28);
}

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
         (is_turned_ ? turned_bytes() : 0) + rows_.size();
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

size_t SetsOfOrdinal::row_bytes() const { return (others_.size() + 7) / 8; }

// A row of bits an ordinal, eight sets at a time.
void SetsOfOrdinal::make_rows() {
  const size_t step = row_bytes();
  rows_.resize(kTileSize * step);
  std::vector<DenseSet> members(std::min<size_t>(8, others_.size()));
  for (size_t begin = 0; begin < others_.size(); begin += 8) {
    const size_t count = std::min<size_t>(8, others_.size() - begin);
    for (size_t i = 0; i < count; ++i) members[i] = sets_[others_[begin + i]]->to_dense(tile_of(static_cast<Ordinal>(first_)));
    uint8_t* to = rows_.data() + begin / 8;
    for (uint32_t byte = 0; byte < kTileSize / 8; ++byte) {
      uint64_t bits = 0;
      for (size_t i = 0; i < count; ++i) bits |= (members[i].words()[byte / 8] >> (byte % 8 * 8) & 0xFF) << (i * 8);
      bits = transposed(bits);
      for (uint32_t k = 0; k < 8; ++k, to += step) *to = static_cast<uint8_t>(bits >> (k * 8));
    }
  }
}

void SetsOfOrdinal::find_others(Ordinal ordinal, std::vector<uint32_t>& places, size_t room) {
  if (rows_.empty() && ++questions_ >= kQuestionsPerTurn && kTileSize * row_bytes() <= room) make_rows();
  if (rows_.empty()) {
    for (const uint32_t place : others_) {
      if (sets_[place]->contains(ordinal)) places.push_back(place);
    }
    return;
  }
  const size_t step = row_bytes();
  const uint8_t* row = rows_.data() + (ordinal - first_) * step;
  for (size_t i = 0; i < step; ++i) {
    for (uint32_t bits = row[i]; bits != 0; bits &= bits - 1) {
      places.push_back(others_[i * 8 + static_cast<size_t>(std::countr_zero(bits))]);
    }
  }
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
  if (!others_.empty()) find_others(ordinal, places, room);
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
