// Tiles in segments.tile: their next ordinals, and the profile maps of the state that a refresh is making.
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "core/evaluation/profile_map.h"
#include "core/fragment/seal.h"
#include "core/ordinal.h"
#include "pg/run/change_context.h"

namespace segments::pg {

// REQUIRES for all of it: within with_spi.
class TileStore {
 public:
  explicit TileStore(ChangeContext& context) : context_(context) {}

  uint32_t tile_count();
  // Ordinals ever used: an upper bound of the number of records.
  uint64_t ordinals_used();

  // Takes `count` consecutive fresh ordinals at the end of the open tile, or of a new one if they do not fit.
  // Throws Error{kLimitExceeded} when ordinals have run out.  REQUIRES: count <= kMaxCount.
  Ordinal allocate(uint32_t count);
  // The same from the reserve of `tile`; nothing if they do not fit.
  std::optional<Ordinal> allocate_in_tile(uint32_t tile, uint32_t count);
  // The most ordinals that allocate() gives at once: as many records can one profile have.
  static constexpr uint32_t kMaxCount = kTileSize - kTileReserve;
  // Throws ServerError (54000) beyond that, which names the profile to a client that may read the mapping.
  static void check_record_count(uint64_t count, std::string_view profile_id);

  // The map as it is now.
  ProfileMap read_map(uint32_t tile);
  // Makes this the tile's map from this refresh on.  The rows of earlier refreshes keep theirs.
  void write_map(uint32_t tile, const ProfileMap& map) {
    write_map(tile, map.encode(seal_of_map(tile)), map.profiles().cardinality());
  }
  // `encoded_map`: with the tile's seal.
  void write_map(uint32_t tile, const Bytes& encoded_map, uint32_t profile_count);
  // Writes next ordinals.
  void flush();
  // Forgets what was read and not written, so that it is read anew.
  void forget();

 private:
  struct Tile {
    uint64_t next_ordinal = 0;
    int64_t from_refresh = 0;  // of the current row; 0: there is none yet
    bool is_written = true;    // next_ordinal stands in the table
  };
  void load();
  Tile& take(uint32_t tile, uint32_t count);

  ChangeContext& context_;
  bool is_loaded_ = false;
  std::vector<Tile> tiles_;
};

// Whether no record belongs to a profile now.
bool nothing_is_linked();
// How many tiles the state of a refresh has.
int64_t tiles_of_refresh(int64_t refresh_id);

struct PublishedMap {
  uint32_t tile;
  Bytes encoded_map;
  ProfileMap decode() const { return ProfileMap::decode(encoded_map, seal_of_map(tile)); }
};
// The maps of the published state for those of the tiles that exist, ascending.  Before the first refresh there are
// none.
std::vector<PublishedMap> published_maps(std::span<const int32_t> tiles);

}  // namespace segments::pg
