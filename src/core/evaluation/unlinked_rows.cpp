#include "core/evaluation/unlinked_rows.h"

#include <bit>

namespace segments {

void add_unlinked_rows(const RowsColumn& column, uint32_t tile, const ProfileMap& map, std::span<uint64_t> rows) {
  for (const BlockView& block : column.blocks_of_tile(tile)) {
    const uint32_t first = block.block % kBlocksPerTile * kBlockSize;
    const uint64_t* linked = map.linked().words().data() + first / 64;
    const uint64_t* dead = map.dead().words().data() + first / 64;
    for (const LayerView& layer : block.layers) {
      for (uint32_t i = 0; i < kLayerWords; ++i) {
        for (uint64_t word = layer.words[i] & ~linked[i] & ~dead[i]; word != 0; word &= word - 1) {
          ++rows[first + i * 64 + static_cast<uint32_t>(std::countr_zero(word))];
        }
      }
    }
    for (const uint16_t ordinal : block.tail) {
      rows[first + ordinal] += ~(linked[ordinal >> 6] | dead[ordinal >> 6]) >> (ordinal & 63) & 1;
    }
  }
}

void remove_with_rows(const RowsColumn& column, uint32_t tile, DenseSet& records) {
  for (const BlockView& block : column.blocks_of_tile(tile)) {
    const uint32_t first = block.block % kBlocksPerTile * kBlockSize;
    for (const LayerView& layer : block.layers) {
      for (uint32_t i = 0; i < kLayerWords; ++i) records.words()[first / 64 + i] &= ~layer.words[i];
    }
    for (const uint16_t ordinal : block.tail) records.remove(first + ordinal);
  }
}

}  // namespace segments
