#include "pg/store/unlinked_rows.h"

#include <queue>

#include "core/evaluation/unlinked_rows.h"
#include "pg/query/query.h"
#include "pg/server/scratch.h"
#include "pg/store/fragment_identity.h"

namespace segments::pg {
namespace {

// Fragments of a type with the tiles that they have rows in, tile by tile.
constexpr const char* kFragmentsByTile =
    "SELECT " SEGMENTS_FRAGMENT_IDENTITY
    ", t.tile, t.profile_map, f.data"
    " FROM segments.published p JOIN segments.tile t ON t.from_refresh <= p.refresh_id AND t.to_refresh > p.refresh_id"
    " JOIN segments.fragment f ON f.shard = t.shard AND t.tile BETWEEN f.first_tile AND f.last_tile"
    "  AND f.from_refresh <= p.refresh_id AND f.to_refresh > p.refresh_id"
    " WHERE f.type_id = $1 AND f.field = 0 ORDER BY t.tile";

// Keeps the records with most rows.  They come in the order of their ordinals.
class MostRows {
 public:
  explicit MostRows(size_t most) : most_(most) {}

  void add(Ordinal ordinal, uint64_t rows) {
    if (kept_.size() == most_) {
      if (most_ == 0 || rows <= kept_.top().rows) return;
      kept_.pop();
    }
    kept_.push({rows, ordinal});
  }

  UnlinkedRecords take() {
    UnlinkedRecords records;
    for (; !kept_.empty(); kept_.pop()) {
      records.ordinals.push_back(kept_.top().ordinal);
      records.rows.push_back(static_cast<int64_t>(kept_.top().rows));
    }
    return records;
  }

 private:
  struct Record {
    uint64_t rows;
    Ordinal ordinal;
    // The one with fewest rows, of these the last one, is on top, and the first to go.
    bool operator<(const Record& other) const { return rows != other.rows ? rows > other.rows : ordinal < other.ordinal; }
  };
  size_t most_;
  std::priority_queue<Record> kept_;
};

// Adds up the rows of one tile's records over its fragments.
class TileRows {
 public:
  explicit TileRows(MostRows& most) : most_(most), rows_(kTileSize) {}

  bool is_at(uint32_t tile) const { return map_ != nullptr && tile == tile_; }
  void begin(uint32_t tile, BytesView profile_map) {
    finish();
    map_ = std::make_unique<ProfileMap>(ProfileMap::decode(profile_map, seal_of_map(tile)));
    tile_ = tile;
  }
  void add(const RowsColumn& column) { add_unlinked_rows(column, tile_, *map_, rows_); }
  void finish() {
    if (map_ == nullptr) return;
    for (uint32_t offset = 0; offset < kTileSize; ++offset) {
      if (rows_[offset] != 0) most_.add(first_ordinal(tile_) + offset, rows_[offset]);
    }
    std::ranges::fill(rows_, 0);
  }

 private:
  MostRows& most_;
  uint32_t tile_ = 0;
  std::unique_ptr<ProfileMap> map_;
  std::vector<uint64_t> rows_;
};

}  // namespace

UnlinkedRecords unlinked_records(int32_t type_id, size_t most) {
  MostRows kept(most);
  TileRows tile(kept);
  const Parameter parameters[] = {int4(type_id)};
  run_streaming(kFragmentsByTile, parameters, {.read_only = true}, [&](const Datum* values, const bool*) {
    with_scratch([&] {
      ServerInterrupt().poll();
      const auto number = static_cast<uint32_t>(DatumGetInt32(values[6]));
      if (!tile.is_at(number)) tile.begin(number, bytes_view(values[7]));
      BytesSource source(bytes_view(values[8]), seal_of_column(fragment_identity(values), kRowsColumn));
      tile.add(RowsColumn(source));
    });
  });
  tile.finish();
  return kept.take();
}

int64_t unplaced_rows(Oid source) {
  Rows rows = run("SELECT coalesce(sum(unplaced_rows), 0)::int8 FROM segments.source_leaf WHERE source = $1", {oid(source)},
                  {.read_only = true});
  const int64_t count = rows.int8(0, 0);
  rows.release();
  return count;
}

}  // namespace segments::pg
