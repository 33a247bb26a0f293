#include "core/evaluation/bit_counter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace segments {
namespace {

constexpr uint32_t kBlockWords = kBlockSize / 64;
constexpr uint32_t kMaxPlanes = 31;

// Two words at a time.  Explicit, because g++ does not vectorize these loops at -O2; compilers lower it to what the
// target has.  Loaded and stored by copying, because words have no more than their own alignment.
using Lane = uint64_t __attribute__((vector_size(16)));
constexpr uint32_t kLaneWords = 2;

Lane load(const uint64_t* words) {
  Lane lane;
  std::memcpy(&lane, words, sizeof lane);
  return lane;
}

void store(uint64_t* words, Lane lane) { std::memcpy(words, &lane, sizeof lane); }

bool any(Lane lane) { return (lane[0] | lane[1]) != 0; }

template <uint32_t kPlanes>
void add_lanes(uint64_t* planes, const uint64_t* words) {
  for (uint32_t i = 0; i < kBlockWords; i += kLaneWords) {
    Lane carry = load(words + i);
    Lane sums[kPlanes];
    for (uint32_t p = 0; p < kPlanes; ++p) {
      const Lane plane = load(planes + p * DenseSet::kWords + i);
      sums[p] = plane ^ carry;
      carry &= plane;
    }
    for (uint32_t p = 0; p < kPlanes; ++p) store(planes + p * DenseSet::kWords + i, sums[p] | carry);
  }
}

template <>
void add_lanes<1>(uint64_t* planes, const uint64_t* words) {
  for (uint32_t i = 0; i < kBlockWords; i += kLaneWords) store(planes + i, load(planes + i) | load(words + i));
}

// Many planes: carries die out after a few, so a chunk stops at the first plane that produces none.
void add_lanes_generic(uint64_t* planes, uint32_t plane_count, const uint64_t* words) {
  constexpr uint32_t kChunkLanes = 16;
  for (uint32_t i = 0; i < kBlockWords; i += kChunkLanes * kLaneWords) {
    Lane carry[kChunkLanes];
    for (uint32_t j = 0; j < kChunkLanes; ++j) carry[j] = load(words + i + j * kLaneWords);
    bool carried = true;
    for (uint32_t p = 0; p < plane_count && carried; ++p) {
      Lane rest = {};
      for (uint32_t j = 0; j < kChunkLanes; ++j) {
        uint64_t* plane = planes + p * DenseSet::kWords + i + j * kLaneWords;
        const Lane before = load(plane);
        store(plane, before ^ carry[j]);
        carry[j] &= before;
        rest |= carry[j];
      }
      carried = any(rest);
    }
    if (!carried) continue;
    for (uint32_t p = 0; p < plane_count; ++p) {
      for (uint32_t j = 0; j < kChunkLanes; ++j) {
        uint64_t* plane = planes + p * DenseSet::kWords + i + j * kLaneWords;
        store(plane, load(plane) | carry[j]);
      }
    }
  }
}

// Adds, for every further record in `mask`, its counter to the one `distance` before it: a full adder over the planes.
// Only counters of first records change, and only those of further records are read, so the order is irrelevant.
void fold_distance(uint64_t* planes, uint32_t plane_count, const uint64_t* mask, uint32_t distance) {
  const uint32_t rise = 64 - distance;
  uint32_t i = 0;
  for (; i + kLaneWords < DenseSet::kWords; i += kLaneWords) {
    const Lane here = load(mask + i);
    const Lane next = load(mask + i + 1);
    if (!any(here | next)) continue;
    Lane carry = {};
    for (uint32_t p = 0; p < plane_count; ++p) {
      uint64_t* words = planes + p * DenseSet::kWords + i;
      const Lane added = ((load(words) & here) >> distance) | ((load(words + 1) & next) << rise);
      const Lane before = load(words);
      const Lane half = before ^ added;
      store(words, half ^ carry);
      carry = (before & added) | (half & carry);
    }
    if (!any(carry)) continue;
    for (uint32_t p = 0; p < plane_count; ++p) {
      uint64_t* words = planes + p * DenseSet::kWords + i;
      store(words, load(words) | carry);
    }
  }
  for (; i < DenseSet::kWords; ++i) {
    const bool last = i + 1 == DenseSet::kWords;
    uint64_t carry = 0;
    for (uint32_t p = 0; p < plane_count; ++p) {
      uint64_t* words = planes + p * DenseSet::kWords + i;
      const uint64_t added = ((words[0] & mask[i]) >> distance) | (last ? 0 : (words[1] & mask[i + 1]) << rise);
      const uint64_t half = words[0] ^ added;
      const uint64_t both = words[0] & added;
      words[0] = half ^ carry;
      carry = both | (half & carry);
    }
    for (uint32_t p = 0; p < plane_count; ++p) planes[p * DenseSet::kWords + i] |= carry;
  }
}

// result &= (counter >= bound), or with `below` result &= (counter < bound), for 1 <= bound < 2^planes: from the lowest
// plane upwards, a one in the bound demands a one in the counter, a zero is exceeded by a one.
void restrict_to_bound(const uint64_t* planes, uint32_t plane_count, uint64_t bound, bool below, uint64_t* result) {
  for (uint32_t i = 0; i < DenseSet::kWords; i += kLaneWords) {
    Lane reached = ~Lane{};
    for (uint32_t p = 0; p < plane_count; ++p) {
      const Lane plane = load(planes + p * DenseSet::kWords + i);
      reached = (bound >> p & 1) != 0 ? reached & plane : reached | plane;
    }
    store(result + i, load(result + i) & (below ? ~reached : reached));
  }
}

}  // namespace

uint32_t BitCounter::planes_for(int64_t largest_bound) {
  if (largest_bound <= 0) return 1;
  // The largest counter value, 2^planes - 1, stands for everything above the bound.
  const uint64_t values = static_cast<uint64_t>(largest_bound) + 1;
  return std::min<uint32_t>(kMaxPlanes, static_cast<uint32_t>(std::bit_width(values)));
}

BitCounter::BitCounter(uint32_t plane_count)
    : plane_count_(std::clamp(plane_count, 1u, kMaxPlanes)), planes_(size_t{plane_count_} * DenseSet::kWords) {}

void BitCounter::add_block(uint32_t block_in_tile, const uint64_t* words) {
  uint64_t* planes = planes_.data() + block_in_tile * kBlockWords;
  switch (plane_count_) {
    case 1:
      return add_lanes<1>(planes, words);
    case 2:
      return add_lanes<2>(planes, words);
    case 3:
      return add_lanes<3>(planes, words);
    case 4:
      return add_lanes<4>(planes, words);
    case 5:
      return add_lanes<5>(planes, words);
    default:
      return add_lanes_generic(planes, plane_count_, words);
  }
}

void BitCounter::add(const DenseSet& set) {
  for (uint32_t block = 0; block < kBlocksPerTile; ++block) add_block(block, set.words().data() + block * kBlockWords);
}

void BitCounter::keep(const DenseSet& set) {
  for (uint32_t plane = 0; plane < plane_count_; ++plane) {
    uint64_t* words = planes_.data() + size_t{plane} * DenseSet::kWords;
    for (uint32_t i = 0; i < DenseSet::kWords; ++i) words[i] &= set.words()[i];
  }
}

// Many ordinals are put into bitmaps first, which are added 64 counters at a time: one for those that occur, one for
// those that occur twice, and so on.  What repeats more often is added by itself, until its counter is at its limit.
void BitCounter::add_ordinals(uint32_t block_in_tile, std::span<const uint16_t> ordinals) {
  constexpr size_t kWorthBitmaps = 512;
  constexpr uint32_t kBitmaps = 4;
  if (plane_count_ == 1 || ordinals.size() < kWorthBitmaps) {
    for (const uint16_t ordinal : ordinals) add_one(block_in_tile * kBlockSize + ordinal);
    return;
  }
  const uint64_t limit = (uint64_t{1} << plane_count_) - 1;
  alignas(64) std::array<uint64_t, kBitmaps * kBlockWords> bitmaps{};
  uint32_t previous = UINT32_MAX;
  uint32_t repeats = 0;
  uint32_t most_repeats = 0;
  for (const uint16_t ordinal : ordinals) {
    repeats = ordinal == previous ? repeats + 1 : 0;
    previous = ordinal;
    if (repeats < kBitmaps) {
      bitmaps[repeats * kBlockWords + (ordinal >> 6)] |= uint64_t{1} << (ordinal & 63);
      most_repeats = std::max(most_repeats, repeats);
    } else if (repeats < limit) {
      add_one(block_in_tile * kBlockSize + ordinal);
    }
  }
  for (uint32_t i = 0; i <= most_repeats; ++i) add_block(block_in_tile, bitmaps.data() + i * kBlockWords);
}

void BitCounter::fold(const ProfileMap& map) {
  for (uint32_t distance = 1; distance <= ProfileMap::kMaxDistance; ++distance) {
    if (!map.any_at_distance(distance)) continue;
    fold_distance(planes_.data(), plane_count_, map.at_distance(distance).words().data(), distance);
  }
  for (const auto& [further, first] : map.distant()) {
    const uint64_t sum = uint64_t{count(further)} + count(first);
    const uint64_t limit = (uint64_t{1} << plane_count_) - 1;
    const uint64_t saturated = std::min(sum, limit);
    const uint64_t bit = uint64_t{1} << (first & 63);
    for (uint32_t p = 0; p < plane_count_; ++p) {
      uint64_t& plane = planes_[p * DenseSet::kWords + (first >> 6)];
      plane = (saturated >> p & 1) != 0 ? plane | bit : plane & ~bit;
    }
  }
}

uint32_t BitCounter::count(uint32_t offset) const {
  uint32_t value = 0;
  for (uint32_t p = 0; p < plane_count_; ++p) {
    value |= static_cast<uint32_t>(planes_[p * DenseSet::kWords + (offset >> 6)] >> (offset & 63) & 1) << p;
  }
  return value;
}

void BitCounter::between(int64_t minimum, int64_t maximum, DenseSet& result) const {
  const int64_t limit = (int64_t{1} << plane_count_) - 1;
  result.clear();
  if (maximum < 0 || minimum > maximum || minimum > limit) return;
  for (uint64_t& word : result.words()) word = ~uint64_t{0};
  uint64_t* words = result.words().data();
  if (minimum > 0) restrict_to_bound(planes_.data(), plane_count_, static_cast<uint64_t>(minimum), false, words);
  if (maximum < limit) restrict_to_bound(planes_.data(), plane_count_, static_cast<uint64_t>(maximum) + 1, true, words);
}

}  // namespace segments
