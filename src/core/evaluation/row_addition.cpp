#include "core/evaluation/row_addition.h"

#include <algorithm>
#include <array>
#include <bit>

#include "core/column/layer_bits.h"

namespace segments {
namespace {

// Calls visit(i) for each bit first + i, i < count, that is set.
template <class F>
void for_each_set(const std::vector<uint64_t>& words, uint32_t first, size_t count, F visit) {
  const size_t end = first + count;
  for (size_t word = first / 64; word * 64 < end; ++word) {
    uint64_t bits = words[word];
    if (word == first / 64) bits &= ~uint64_t{0} << (first % 64);
    if (word == end / 64) bits &= ~(~uint64_t{0} << (end % 64));
    for (; bits != 0; bits &= bits - 1) visit(word * 64 + static_cast<size_t>(std::countr_zero(bits)) - first);
  }
}

}  // namespace

void add_all_rows(std::span<const BlockView> blocks, uint32_t most, BitCounter& counter) {
  for (const BlockView& block : blocks) {
    const uint32_t block_in_tile = block.block % kBlocksPerTile;
    const size_t layers = std::min<size_t>(most, block.layers.size());
    for (const LayerView& layer : block.layers.first(layers)) counter.add_block(block_in_tile, layer.words);
    if (layers < most) counter.add_ordinals(block_in_tile, block.tail);
  }
}

void add_rows(std::span<const BlockView> blocks, const RowSet& rows, BitCounter& counter) {
  alignas(64) std::array<uint64_t, kLayerWords> ordinals;
  for (const BlockView& block : blocks) {
    const uint32_t block_in_tile = block.block % kBlocksPerTile;
    for (const LayerView& layer : block.layers) {
      deposit_rows(rows.words(), layer.first_row, {layer.words, kLayerWords}, ordinals.data());
      counter.add_block(block_in_tile, ordinals.data());
    }
    for_each_set(rows.words(), block.tail_first_row, block.tail.size(),
                 [&](size_t i) { counter.add_one(block_in_tile * kBlockSize + block.tail[i]); });
  }
}

}  // namespace segments
