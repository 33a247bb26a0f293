// How many members each two of many sets share, all pairs at once, tile by tile.
//
// A tile's sets are turned round, a few thousand ordinals and 256 sets at a time: one row of 256 bits an ordinal.  The rows of
// one set's members are added up bit by bit (positional population count, by carry-save adders: Klarqvist, Muła, Lemire,
// "Efficient computation of positional population counts using SIMD instructions", 2019), which gives what it shares with 256
// others.  A membership costs a few word operations for every 256 sets, and ordinals outside of a set cost nothing; a set that
// holds more than half of the tile's members is counted by those outside of it.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "core/interrupt.h"
#include "core/set/dense_set.h"

namespace segments {

class OverlapCounter {
 public:
  explicit OverlapCounter(uint32_t set_count);

  struct TileSet {
    uint32_t index;  // of the set: < set_count, each once
    std::unique_ptr<DenseSet> members;
  };
  // Adds a tile; sets without members in it may be left out.
  void add_tile(std::vector<TileSet> sets, Interrupt& interrupt);

  uint64_t size(uint32_t set) const { return shared_[place(set, set)]; }
  uint64_t shared(uint32_t a, uint32_t b) const { return shared_[a < b ? place(a, b) : place(b, a)]; }

  // Bytes held for so many sets, while the tiles are added.
  static size_t memory_bytes(uint32_t set_count);

 private:
  // REQUIRES: a <= b.
  size_t place(uint32_t a, uint32_t b) const { return static_cast<size_t>(b) * (b + 1) / 2 + a; }

  std::vector<uint64_t> shared_;  // by pair, the lower half of the matrix
};

}  // namespace segments
