// A set of the ordinals of one tile: one bit each.  The currency of evaluation within a tile.
#pragma once
#include <array>
#include <bit>
#include <cstdint>

#include "core/ordinal.h"

namespace segments {

// Offsets are ordinals relative to the tile's first: 0 <= offset < kTileSize.
class DenseSet {
 public:
  static constexpr uint32_t kWords = kTileSize / 64;

  DenseSet() { words_.fill(0); }

  void clear() { words_.fill(0); }
  void insert(uint32_t offset) { words_[offset >> 6] |= uint64_t{1} << (offset & 63); }
  void remove(uint32_t offset) { words_[offset >> 6] &= ~(uint64_t{1} << (offset & 63)); }
  bool contains(uint32_t offset) const { return words_[offset >> 6] >> (offset & 63) & 1; }

  DenseSet& operator&=(const DenseSet& other) {
    for (uint32_t i = 0; i < kWords; ++i) words_[i] &= other.words_[i];
    return *this;
  }
  DenseSet& operator|=(const DenseSet& other) {
    for (uint32_t i = 0; i < kWords; ++i) words_[i] |= other.words_[i];
    return *this;
  }
  // Removes the members of `other`.
  DenseSet& operator-=(const DenseSet& other) {
    for (uint32_t i = 0; i < kWords; ++i) words_[i] &= ~other.words_[i];
    return *this;
  }

  uint32_t cardinality() const {
    uint32_t count = 0;
    for (uint64_t word : words_) count += static_cast<uint32_t>(std::popcount(word));
    return count;
  }

  template <class F>
  void for_each(F visit) const {
    for (uint32_t i = 0; i < kWords; ++i) {
      for (uint64_t word = words_[i]; word != 0; word &= word - 1) {
        visit(i * 64 + static_cast<uint32_t>(std::countr_zero(word)));
      }
    }
  }

  std::array<uint64_t, kWords>& words() { return words_; }
  const std::array<uint64_t, kWords>& words() const { return words_; }
  bool operator==(const DenseSet&) const = default;

 private:
  alignas(64) std::array<uint64_t, kWords> words_;
};

}  // namespace segments
