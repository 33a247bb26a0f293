// Ordinals and the tiles they lie in.
#pragma once
#include <cstdint>

namespace segments {

using Ordinal = uint32_t;

// A block is the 2^16 ordinals that share their upper half; a tile is two neighbouring blocks.
inline constexpr uint32_t kBlockBits = 16;
inline constexpr uint32_t kBlockSize = 1u << kBlockBits;
inline constexpr uint32_t kTileBits = 17;
inline constexpr uint32_t kTileSize = 1u << kTileBits;
inline constexpr uint32_t kBlocksPerTile = kTileSize / kBlockSize;
// Records are appended to a tile until only this many ordinals are left: room for records that move in.
inline constexpr uint32_t kTileReserve = kTileSize / 8;
// Shards are partitions of the derived tables: few and fixed.  Tile t lies in shard t % kShardCount.
inline constexpr uint32_t kShardCount = 8;

constexpr uint32_t tile_of(Ordinal ordinal) { return ordinal >> kTileBits; }
constexpr uint32_t block_of(Ordinal ordinal) { return ordinal >> kBlockBits; }
constexpr uint32_t shard_of_tile(uint32_t tile) { return tile % kShardCount; }
constexpr Ordinal first_ordinal(uint32_t tile) { return tile << kTileBits; }

}  // namespace segments
