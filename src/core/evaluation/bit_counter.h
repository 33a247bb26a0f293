// Counters for all ordinals of a tile, bit-sliced: plane p holds bit p of every counter, 64 counters to a word.
//
// Adding a layer of a fragment is a word-wise ripple-carry addition (vertical counters; see O'Neil & Quass, "Improved
// query performance with variant indexes", 1997, for bit-slicing).  Counters saturate at 2^planes - 1: a count is only
// ever compared with bounds below that.
#pragma once
#include <cstdint>
#include <span>
#include <memory>
#include <vector>

#include "core/set/dense_set.h"
#include "core/evaluation/profile_map.h"

namespace segments {

class BitCounter {
 public:
  // The planes needed to tell counts apart up to and including `largest_bound` (saturated counts compare as larger).
  static uint32_t planes_for(int64_t largest_bound);

  explicit BitCounter(uint32_t plane_count);  // 1 … 31
  uint32_t plane_count() const { return plane_count_; }

  // Adds 1 to every counter whose bit is set in `words`, the kBlockSize / 64 words of block `block_in_tile`.
  void add_block(uint32_t block_in_tile, const uint64_t* words);
  void add_word(uint32_t word_in_tile, uint64_t word) {
    uint64_t carry = word;
    for (size_t at = word_in_tile; at < planes_.size() && carry != 0; at += DenseSet::kWords) {
      const uint64_t before = planes_[at];
      planes_[at] = before ^ carry;
      carry &= before;
    }
    if (carry == 0) return;
    for (size_t at = word_in_tile; at < planes_.size(); at += DenseSet::kWords) planes_[at] |= carry;
  }
  // Adds 1 for each of `ordinals` within the block: ascending, repeats allowed.
  void add_ordinals(uint32_t block_in_tile, std::span<const uint16_t> ordinals);
  void add_one(uint32_t offset) {
    const uint64_t bit = uint64_t{1} << (offset & 63);
    if (plane_count_ == 1) {
      planes_[offset >> 6] |= bit;
    } else {
      add_word(offset >> 6, bit);
    }
  }
  // Adds 1 to every counter of the set.
  void add(const DenseSet& set);
  // Counters outside of the set are 0 again.
  void keep(const DenseSet& set);
  // Adds the counters of every profile's further records to its first record's.
  void fold(const ProfileMap& map);
  uint32_t count(uint32_t offset) const;
  // The offsets whose counter c satisfies minimum <= c <= maximum (INT64_MAX: no upper bound).
  void between(int64_t minimum, int64_t maximum, DenseSet& result) const;

 private:
  uint32_t plane_count_;
  std::vector<uint64_t> planes_;  // plane-major, DenseSet::kWords each
};

}  // namespace segments
