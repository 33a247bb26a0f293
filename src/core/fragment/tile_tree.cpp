#include "core/fragment/tile_tree.h"

#include <bit>

namespace segments {
namespace {

constexpr uint32_t kFanOutBits = static_cast<uint32_t>(std::countr_zero(kMergeFanOut));
static_assert(std::has_single_bit(kMergeFanOut));

}  // namespace

TileNode covering_node(uint32_t first_tile, uint32_t last_tile) {
  TileNode node{0, first_tile / kShardCount};
  for (uint32_t last = last_tile / kShardCount; node.index != last; last >>= kFanOutBits) {
    node.index >>= kFanOutBits;
    ++node.level;
  }
  return node;
}

uint32_t child_of(const TileNode& parent, uint32_t tile) {
  return tile / kShardCount >> (kFanOutBits * (parent.level - 1)) & (kMergeFanOut - 1);
}

}  // namespace segments
