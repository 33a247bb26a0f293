#include "core/set/overlap.h"

#include <algorithm>
#include <array>
#include <bit>
#include <span>

namespace segments {
namespace {

constexpr uint32_t kStripSets = 256;
constexpr uint32_t kStripWords = kStripSets / 64;
// Ordinals whose rows are made at a time: 256 KiB of them stay in the cache.
constexpr uint32_t kChunkOrdinals = 8192;
constexpr uint32_t kChunkWords = kChunkOrdinals / 64;
// Counts up to the size of a tile.
constexpr uint32_t kPlanes = kTileBits + 1;
// Rows that are added before a carry goes to the higher planes.
constexpr uint32_t kRowsAtATime = 8;

// 256 bits, one a set: a register where there are such, else two or four.
typedef uint64_t Bits __attribute__((vector_size(kStripSets / 8)));
struct alignas(kStripSets / 8) Row {
  Bits bits = {};
};
using Planes = std::array<Row, kPlanes>;

// (high, low) = low + a + b
[[gnu::always_inline]] inline void add_carry_save(Bits& high, Bits& low, const Bits& a, const Bits& b) {
  const Bits partial = low ^ a;
  high = (low & a) | (partial & b);
  low = partial ^ b;
}

[[gnu::always_inline]] inline void add_to_planes(Planes& planes, uint32_t first, const Bits& added) {
  Bits carry = added;
  for (uint32_t p = first; p < kPlanes; ++p) {
    const Bits before = planes[p].bits;
    planes[p].bits = before ^ carry;
    carry &= before;
    if ((carry[0] | carry[1] | carry[2] | carry[3]) == 0) return;
  }
}

// Adds the rows at `places`, a multiple of kRowsAtATime many, to the counts.
[[gnu::always_inline]] inline void add_rows(std::span<const Row> rows, std::span<const uint16_t> places, Planes& planes) {
  Bits ones = planes[0].bits;
  Bits twos = planes[1].bits;
  Bits fours = planes[2].bits;
  for (size_t i = 0; i + kRowsAtATime <= places.size(); i += kRowsAtATime) {
    const uint16_t* at = places.data() + i;
    Bits two_a;
    Bits two_b;
    Bits four_a;
    Bits four_b;
    Bits eight;
    add_carry_save(two_a, ones, rows[at[0]].bits, rows[at[1]].bits);
    add_carry_save(two_b, ones, rows[at[2]].bits, rows[at[3]].bits);
    add_carry_save(four_a, twos, two_a, two_b);
    add_carry_save(two_a, ones, rows[at[4]].bits, rows[at[5]].bits);
    add_carry_save(two_b, ones, rows[at[6]].bits, rows[at[7]].bits);
    add_carry_save(four_b, twos, two_a, two_b);
    add_carry_save(eight, fours, four_a, four_b);
    add_to_planes(planes, 3, eight);
  }
  planes[0].bits = ones;
  planes[1].bits = twos;
  planes[2].bits = fours;
}

using AddRows = void (*)(std::span<const Row>, std::span<const uint16_t>, Planes&);

void add_rows_portable(std::span<const Row> rows, std::span<const uint16_t> places, Planes& planes) {
  add_rows(rows, places, planes);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void add_rows_avx2(std::span<const Row> rows, std::span<const uint16_t> places, Planes& planes) {
  add_rows(rows, places, planes);
}
#endif

AddRows best_add_rows() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return add_rows_avx2;
#endif
  return add_rows_portable;
}

// Turns a square of bits round: bit j of word i becomes bit i of word j (Warren, "Hacker's Delight", 7-3).
void transpose(std::array<uint64_t, 64>& square) {
  uint64_t mask = 0x00000000ffffffff;
  for (uint32_t width = 32; width != 0; width >>= 1, mask ^= mask << width) {
    for (uint32_t i = 0; i < 64; i = (i + width + 1) & ~width) {
      const uint64_t swapped = (square[i] >> width ^ square[i + width]) & mask;
      square[i] ^= swapped << width;
      square[i + width] ^= swapped;
    }
  }
}

// One tile: its sets, fewest first, so that those that cost most are counted against few others.
class TileOverlap {
 public:
  TileOverlap(std::vector<OverlapCounter::TileSet> sets, Interrupt& interrupt) : interrupt_(interrupt) {
    present_.clear();
    for (OverlapCounter::TileSet& set : sets) {
      const uint32_t count = set.members->cardinality();
      if (count == 0) continue;
      present_ |= *set.members;
      sets_.push_back({set.index, count, false, std::move(set.members)});
    }
    const uint32_t present = present_.cardinality();
    for (Set& set : sets_) set.outside = set.count > present / 2;
    std::ranges::sort(sets_, {},
                      [&](const Set& set) { return std::pair(set.outside ? present - set.count : set.count, set.index); });
  }

  // Calls shared(a, b, count) for each two sets that have members here, and (a, a, size).
  template <class F>
  void count(F shared) {
    rows_.assign(kChunkOrdinals + 1, Row{});
    const auto set_count = static_cast<uint32_t>(sets_.size());
    for (uint32_t first = 0; first < set_count; first += kStripSets) {
      const uint32_t end = std::min(set_count, first + kStripSets);
      count_strip(first, end);
      for (uint32_t i = 0; i < end; ++i) {
        const std::array<uint32_t, kStripSets> counts = unpack(planes_[i]);
        for (uint32_t j = std::max(i, first); j < end; ++j) {
          const uint32_t counted = counts[j - first];
          shared(sets_[i].index, sets_[j].index, sets_[i].outside ? sets_[j].count - counted : counted);
        }
      }
    }
  }

 private:
  struct Set {
    uint32_t index;
    uint32_t count;
    bool outside;  // counted by the ordinals that are in other sets
    std::unique_ptr<DenseSet> members;
  };

  // Against the sets from `first` to `end`: all those up to `end`.
  void count_strip(uint32_t first, uint32_t end) {
    planes_.assign(end, Planes{});
    for (uint32_t word = 0; word < DenseSet::kWords; word += kChunkWords) {
      make_rows(first, end, word);
      for (uint32_t i = 0; i < end; ++i) {
        interrupt_.poll();
        list_places(sets_[i], word);
        if (!places_.empty()) add_rows_(rows_, places_, planes_[i]);
      }
    }
  }

  void make_rows(uint32_t first, uint32_t end, uint32_t first_word) {
    std::array<uint64_t, 64> square{};
    for (uint32_t group = 0; group < kStripWords; ++group) {
      for (uint32_t word = 0; word < kChunkWords; ++word) {
        for (uint32_t i = 0; i < 64; ++i) {
          const uint32_t set = first + group * 64 + i;
          square[i] = set < end ? sets_[set].members->words()[first_word + word] : 0;
        }
        transpose(square);
        for (uint32_t i = 0; i < 64; ++i) rows_[word * 64 + i].bits[group] = square[i];
      }
    }
  }

  // Where the rows of a set are, filled up with that of nobody.
  void list_places(const Set& set, uint32_t first_word) {
    places_.clear();
    for (uint32_t i = 0; i < kChunkWords; ++i) {
      uint64_t word = set.members->words()[first_word + i];
      if (set.outside) word = present_.words()[first_word + i] & ~word;
      for (; word != 0; word &= word - 1)
        places_.push_back(static_cast<uint16_t>(i * 64 + static_cast<uint32_t>(std::countr_zero(word))));
    }
    while (places_.size() % kRowsAtATime != 0) places_.push_back(kChunkOrdinals);
  }

  static std::array<uint32_t, kStripSets> unpack(const Planes& planes) {
    std::array<uint32_t, kStripSets> counts{};
    for (uint32_t p = 0; p < kPlanes; ++p) {
      for (uint32_t i = 0; i < kStripSets; ++i) counts[i] += static_cast<uint32_t>(planes[p].bits[i / 64] >> (i % 64) & 1) << p;
    }
    return counts;
  }

  Interrupt& interrupt_;
  DenseSet present_;
  std::vector<Set> sets_;
  std::vector<Row> rows_;
  std::vector<uint16_t> places_;
  std::vector<Planes> planes_;  // by set
  AddRows add_rows_ = best_add_rows();
};

}  // namespace

OverlapCounter::OverlapCounter(uint32_t set_count) : shared_(static_cast<size_t>(set_count) * (set_count + 1) / 2) {}

void OverlapCounter::add_tile(std::vector<TileSet> sets, Interrupt& interrupt) {
  TileOverlap tile(std::move(sets), interrupt);
  tile.count([&](uint32_t a, uint32_t b, uint32_t count) { shared_[a < b ? place(a, b) : place(b, a)] += count; });
}

size_t OverlapCounter::memory_bytes(uint32_t set_count) {
  return static_cast<size_t>(set_count) *
         ((static_cast<size_t>(set_count) + 1) / 2 * sizeof(uint64_t) + sizeof(DenseSet) + sizeof(Planes));
}

}  // namespace segments
