#include "pg/store/tile_store.h"

#include "core/column/rebuild_hint.h"
#include "pg/catalog/mapping_access.h"
#include "pg/query/saved_statement.h"
#include "pg/server/scratch.h"

namespace segments::pg {
namespace {

constexpr uint32_t kMaxTiles = 1u << (32 - kTileBits);

int16_t shard_value(uint32_t tile) { return static_cast<int16_t>(shard_of_tile(tile)); }
int32_t tile_value(uint32_t tile) { return static_cast<int32_t>(tile); }

}  // namespace

void TileStore::load() {
  if (is_loaded_) return;
  static SavedStatement statement(
      "SELECT tile, next_ordinal, from_refresh FROM segments.tile WHERE to_refresh = " SEGMENTS_FOREVER " ORDER BY tile", {});
  Rows rows = statement.run({}, false);
  for (uint64_t i = 0; i < rows.size(); ++i) {
    if (rows.int4(i, 0) != static_cast<int32_t>(i)) {
      throw Error(ErrorCode::kDataCorrupted, "tiles are not numbered one by one",
                  "Tile " + std::to_string(i) + " of segments.tile is missing or there twice.", kRebuildHint);
    }
    tiles_.push_back({static_cast<uint64_t>(rows.int8(i, 1)), rows.int8(i, 2), true});
  }
  rows.release();
  is_loaded_ = true;
}

uint32_t TileStore::tile_count() {
  load();
  return static_cast<uint32_t>(tiles_.size());
}

uint64_t TileStore::ordinals_used() {
  load();
  uint64_t used = 0;
  for (size_t i = 0; i < tiles_.size(); ++i) used += tiles_[i].next_ordinal - first_ordinal(static_cast<uint32_t>(i));
  return used;
}

TileStore::Tile& TileStore::take(uint32_t tile, uint32_t count) {
  Tile& taken = tiles_[tile];
  taken.next_ordinal += count;
  taken.is_written = false;
  return taken;
}

void TileStore::check_record_count(uint64_t count, std::string_view profile_id) {
  if (count <= kMaxCount) return;
  const std::optional<UnificationSource> mapping = unification_source();
  const std::string shown = mapping && client_may_read(*mapping) ? " This one is \"" + std::string(profile_id) + "\"." : "";
  const char* named = shown.c_str();
  call([&] {
    ereport(ERROR,
            (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many records for one profile"),
             errdetail("A profile can have at most %u records.%s", kMaxCount, named),
             errdetail_log("A profile can have at most %u records.", kMaxCount),
             errhint("Check whether the mapping uses its ID for records whose profile is not known; leave them out instead.")));
  });
}

Ordinal TileStore::allocate(uint32_t count) {
  load();
  if (count > kMaxCount) throw Error(ErrorCode::kInternal, "more ordinals asked for than a tile has");
  const auto fits = [&](uint32_t tile) { return tiles_[tile].next_ordinal + count <= uint64_t{first_ordinal(tile)} + kMaxCount; };
  if (tiles_.empty() || !fits(tile_count() - 1)) {
    if (tiles_.size() == kMaxTiles) {
      throw Error(ErrorCode::kLimitExceeded, "ordinals have run out",
                  "Every record, and every record that moved to another tile, has used one of 4294967296 ordinals.",
                  "SELECT segments.rebuild() numbers them anew, with the refresh that follows.");
    }
    tiles_.push_back({first_ordinal(static_cast<uint32_t>(tiles_.size())), 0, false});
  }
  const uint32_t tile = tile_count() - 1;
  return static_cast<Ordinal>(take(tile, count).next_ordinal - count);
}

std::optional<Ordinal> TileStore::allocate_in_tile(uint32_t tile, uint32_t count) {
  load();
  // The last ordinal of all is nobody's: it stands for none.
  const uint64_t end = std::min<uint64_t>(uint64_t{first_ordinal(tile)} + kTileSize, UINT32_MAX);
  if (tile >= tiles_.size() || tiles_[tile].next_ordinal + count > end) return std::nullopt;
  return static_cast<Ordinal>(take(tile, count).next_ordinal - count);
}

ProfileMap TileStore::read_map(uint32_t tile) {
  load();
  ProfileMap map;
  if (tiles_.at(tile).from_refresh == 0) return map;
  with_scratch([&] {
    Rows rows = run("SELECT profile_map FROM segments.tile WHERE shard = $1 AND tile = $2 AND to_refresh = $3",
                    {int2(shard_value(tile)), int4(tile_value(tile)), int8(kForever)});
    if (rows.size() != 1) throw Error(ErrorCode::kInternal, "tile " + std::to_string(tile) + " has no current row");
    map = ProfileMap::decode(rows.bytes(0, 0), seal_of_map(tile));
    rows.release();
  });
  return map;
}

void TileStore::write_map(uint32_t tile, const Bytes& encoded_map, uint32_t profile_count) {
  load();
  Tile& written = tiles_.at(tile);
  with_scratch([&] {
    const Parameter shard = int2(shard_value(tile));
    const Parameter number = int4(tile_value(tile));
    const Parameter next_ordinal = int8(static_cast<int64_t>(written.next_ordinal));
    const Parameter count = int4(static_cast<int32_t>(profile_count));
    const Parameter map = bytea(encoded_map);
    if (written.from_refresh > context_.previous_refresh) {  // nobody has seen it
      run("UPDATE segments.tile SET next_ordinal = $1, profile_count = $2, profile_map = $3"
          " WHERE shard = $4 AND tile = $5 AND to_refresh = $6",
          {next_ordinal, count, map, shard, number, int8(kForever)});
      return;
    }
    if (written.from_refresh != 0) {
      run("UPDATE segments.tile SET to_refresh = $1 WHERE shard = $2 AND tile = $3 AND to_refresh = $4",
          {int8(context_.refresh_id), shard, number, int8(kForever)});
    }
    run("INSERT INTO segments.tile (shard, tile, from_refresh, next_ordinal, profile_count, profile_map)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        {shard, number, int8(context_.refresh_id), next_ordinal, count, map});
  });
  written.from_refresh = context_.refresh_id;
  written.is_written = true;
}

void TileStore::forget() {
  tiles_.clear();
  is_loaded_ = false;
}

// Nothing that is published reads next_ordinal, so it has no versions.
void TileStore::flush() {
  for (uint32_t tile = 0; tile < tiles_.size(); ++tile) {
    Tile& written = tiles_[tile];
    if (written.is_written) continue;
    if (written.from_refresh == 0) {
      write_map(tile, ProfileMap());
      continue;
    }
    with_scratch([&] {
      run("UPDATE segments.tile SET next_ordinal = $1 WHERE shard = $2 AND tile = $3 AND to_refresh = $4",
          {int8(static_cast<int64_t>(written.next_ordinal)), int2(shard_value(tile)), int4(tile_value(tile)), int8(kForever)});
    });
    written.is_written = true;
  }
}

bool nothing_is_linked() {
  Rows rows = run("SELECT FROM segments.tile WHERE to_refresh = " SEGMENTS_FOREVER " AND profile_count > 0 LIMIT 1");
  const bool nothing = rows.empty();
  rows.release();
  return nothing;
}

int64_t tiles_of_refresh(int64_t refresh_id) {
  Rows rows = run("SELECT count(*) FROM segments.tile WHERE from_refresh <= $1 AND to_refresh > $1", {int8(refresh_id)});
  const int64_t count = rows.int8(0, 0);
  rows.release();
  return count;
}

std::vector<PublishedMap> published_maps(std::span<const int32_t> tiles) {
  Rows rows =
      run("SELECT t.tile, t.profile_map FROM segments.tile t, segments.published p"
          " WHERE t.tile = ANY ($1) AND t.shard = t.tile % $2 AND t.from_refresh <= p.refresh_id AND p.refresh_id < t.to_refresh"
          " ORDER BY t.tile",
          {int4_array(tiles), int4(kShardCount)}, {.read_only = true});
  std::vector<PublishedMap> maps;
  for (uint64_t i = 0; i < rows.size(); ++i) maps.push_back({static_cast<uint32_t>(rows.int4(i, 0)), rows.bytes(i, 1)});
  rows.release();
  return maps;
}

}  // namespace segments::pg
