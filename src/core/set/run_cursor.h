// Walks the maximal runs of a Roaring bitmap, whatever its containers: what depends on members alone is computed from
// them.  For the implementation of ProfileSet only.
#pragma once
#include <roaring/roaring.h>

#include <bit>
#include <cstdint>

#include "core/ordinal.h"

namespace segments {

class RunCursor {
 public:
  explicit RunCursor(const roaring_bitmap_t* bitmap) : blocks_(bitmap->high_low_container) {
    has_pending_ = next_piece(pending_);
  }

  struct Run {
    Ordinal first;
    Ordinal last;
    bool operator==(const Run&) const = default;
  };

  // Pieces of neighbouring containers may touch, and are joined.
  bool next(Run& run) {
    if (!has_pending_) return false;
    run = pending_;
    while ((has_pending_ = next_piece(pending_)) && pending_.first == run.last + 1) run.last = pending_.last;
    return true;
  }

 private:
  static constexpr uint32_t kBlockWords = kBlockSize / 64;

  bool next_piece(Run& piece) {
    for (; block_ < blocks_.size; ++block_, at_ = 0) {
      const uint32_t base = static_cast<uint32_t>(blocks_.keys[block_]) << kBlockBits;
      uint32_t first = 0, last = 0;
      if (!next_in_block(first, last)) continue;
      piece = {base + first, base + last};
      return true;
    }
    return false;
  }

  bool next_in_block(uint32_t& first, uint32_t& last) {
    const auto* container = blocks_.containers[block_];
    switch (blocks_.typecodes[block_]) {
      case BITSET_CONTAINER_TYPE: {
        const auto* bitset = static_cast<const roaring::internal::bitset_container_t*>(container);
        return next_of_bitset(bitset->words, first, last);
      }
      case ARRAY_CONTAINER_TYPE: {
        const auto* array = static_cast<const roaring::internal::array_container_t*>(container);
        const auto members = static_cast<uint32_t>(array->cardinality);
        if (at_ >= members) return false;
        first = last = array->array[at_++];
        while (at_ < members && array->array[at_] == last + 1) last = array->array[at_++];
        return true;
      }
      default: {
        const auto* runs = static_cast<const roaring::internal::run_container_t*>(container);
        if (at_ >= static_cast<uint32_t>(runs->n_runs)) return false;
        first = runs->runs[at_].value;
        last = first + runs->runs[at_].length;
        ++at_;
        return true;
      }
    }
  }

  bool next_of_bitset(const uint64_t* words, uint32_t& first, uint32_t& last) {
    if (!find_bit(words, at_, 0, first)) return false;
    uint32_t end;
    if (!find_bit(words, first, ~uint64_t{0}, end)) end = kBlockSize;
    last = end - 1;
    at_ = end;
    return true;
  }

  // The first bit from `from` on that is set in words ^ flip.
  static bool find_bit(const uint64_t* words, uint32_t from, uint64_t flip, uint32_t& found) {
    if (from >= kBlockSize) return false;
    uint32_t i = from >> 6;
    uint64_t word = (words[i] ^ flip) & (~uint64_t{0} << (from & 63));
    while (word == 0) {
      if (++i == kBlockWords) return false;
      word = words[i] ^ flip;
    }
    found = i * 64 + static_cast<uint32_t>(std::countr_zero(word));
    return true;
  }

  const roaring_array_t& blocks_;
  int32_t block_ = 0;
  uint32_t at_ = 0;  // within the block: a bit, or an index of a member or run
  Run pending_{};
  bool has_pending_ = false;
};

}  // namespace segments
