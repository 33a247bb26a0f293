// Rows of a tile, with the records that they belong to.
#pragma once
#include <bit>
#include <span>

#include "core/column/column.h"
#include "core/column/layer_bits.h"
#include "core/set/dense_set.h"

namespace segments {

// Calls visit(row, offset) for each of these rows, in order; their offsets are put into `present`.
template <class F>
void for_each_row(std::span<const BlockView> blocks, const RowSet& rows, DenseSet& present, F visit) {
  alignas(64) uint64_t ordinals[kLayerWords];
  for (const BlockView& block : blocks) {
    const uint32_t first = block.block % kBlocksPerTile * kBlockSize;
    uint64_t* const present_words = present.words().data() + first / 64;
    for (const LayerView& layer : block.layers) {
      deposit_rows(rows.words(), layer.first_row, {layer.words, kLayerWords}, ordinals);
      uint32_t row = layer.first_row;
      for (uint32_t word = 0; word < kLayerWords; ++word) {
        const uint64_t chosen = ordinals[word];
        uint64_t bits = layer.words[word];
        present_words[word] |= chosen;
        if (chosen == 0) {
          row += static_cast<uint32_t>(std::popcount(bits));
          continue;
        }
        for (; bits != 0; bits &= bits - 1, ++row) {
          const auto bit = static_cast<uint32_t>(std::countr_zero(bits));
          if ((chosen >> bit & 1) != 0) visit(row, first + word * 64 + bit);
        }
      }
    }
    for (size_t i = 0; i < block.tail.size(); ++i) {
      const uint32_t row = block.tail_first_row + static_cast<uint32_t>(i);
      if (!rows.contains(row)) continue;
      present.insert(first + block.tail[i]);
      visit(row, first + block.tail[i]);
    }
  }
}

}  // namespace segments
