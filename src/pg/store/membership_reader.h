// Reads members of segments, a tile at a time, as a snapshot shows them; without a statement.
#pragma once
#include <array>

#include "pg/server/table_scan.h"
#include "pg/store/member_cache.h"

namespace segments::pg {

struct TileRow {
  int32_t segment_id = 0;
  uint32_t tile = 0;
  SharedMembers members;  // null: damaged
  std::string damage;
};

// Tables are open from the first read until close(), or until the transaction is aborted.
class MembershipReader {
 public:
  // `published`: the refresh whose state is read; `wants_since`: with since when they are members.  What scans allocate lives in
  // `context`.
  MembershipReader(Snapshot snapshot, int64_t published, bool wants_since, MemoryContext context)
      : snapshot_(snapshot), published_(published), wants_since_(wants_since), context_(context) {}
  MembershipReader(const MembershipReader&) = delete;
  MembershipReader& operator=(const MembershipReader&) = delete;

  // A segment's members in a tile; nothing if it has none there.
  std::optional<TileRow> of_segment(uint32_t tile, int32_t segment_id);
  // Those of all segments with members in a tile that `is_wanted` names.
  template <class Wanted, class Visit>
  void for_each_in_tile(uint32_t tile, Wanted is_wanted, Visit visit) {
    Shard& shard = open(shard_of_tile(tile));
    const Datum keys[] = {Int32GetDatum(static_cast<int32>(tile))};
    shard.by_tile.begin(keys);
    while (TupleTableSlot* slot = shard.by_tile.next()) {
      if (!is_current(shard, slot) || !is_wanted(segment_of(shard, slot))) continue;
      visit(read(shard, slot));
    }
  }
  // The last tile that has members of any segment; nothing if there are none.
  std::optional<uint32_t> last_tile();
  // Rows that had to be decoded.
  uint64_t rows_decoded() const { return rows_decoded_; }
  void close();

 private:
  struct Shard {
    Relation table = nullptr;
    IndexLookUp by_tile;
    IndexLookUp by_segment;
    AttrNumber tile, segment_id, from_refresh, to_refresh, member_count, checksum, members, since, last;
  };
  Shard& open(uint32_t number);
  static int32_t segment_of(const Shard& shard, const TupleTableSlot* slot);
  bool is_current(const Shard& shard, TupleTableSlot* slot) const;
  TileRow read(const Shard& shard, TupleTableSlot* slot);
  SharedMembers decode(const Shard& shard, const MemberKey& key, TupleTableSlot* slot);

  Snapshot snapshot_;
  int64_t published_;
  bool wants_since_;
  MemoryContext context_;
  std::array<Shard, kShardCount> shards_;
  uint64_t rows_decoded_ = 0;
};

}  // namespace segments::pg
