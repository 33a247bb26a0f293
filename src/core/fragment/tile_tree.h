// The tree over ranges of a shard's tiles: a node of level L covers kMergeFanOut^L neighbouring tiles of the shard.
#pragma once
#include <compare>
#include <cstdint>

#include "core/ordinal.h"

namespace segments {

inline constexpr uint32_t kMergeFanOut = 8;

// A node of a shard's tree.  Tile t is number t / kShardCount of its shard; node (level, index) covers the tiles whose
// number divided by kMergeFanOut^level is `index`.
struct TileNode {
  uint32_t level = 0;
  uint32_t index = 0;
  auto operator<=>(const TileNode&) const = default;
};

// The lowest node that covers both tiles.  REQUIRES: same shard.
TileNode covering_node(uint32_t first_tile, uint32_t last_tile);
// Which child of `parent` holds the tile, 0 … kMergeFanOut - 1.  REQUIRES: parent.level > 0 and the tile is in
// `parent`.
uint32_t child_of(const TileNode& parent, uint32_t tile);

}  // namespace segments
