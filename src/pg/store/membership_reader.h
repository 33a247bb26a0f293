// Reads members of segments, a tile at a time, as a snapshot shows them; without a statement.
#pragma once
#include <array>

#include "pg/server/stored_value.h"
#include "pg/server/table_scan.h"
#include "pg/store/member_cache.h"

namespace segments::pg {

struct TileRow {
  int32_t segment_id = 0;
  uint32_t tile = 0;
  SharedMembers members;  // null: damaged
  std::string damage;
};

// Whether an ordinal is a member of a segment.
struct MemberAnswer {
  int32_t segment_id = 0;
  bool is_member = false;
  std::optional<Timestamp> since;  // if that is wanted; nothing: since the segment's last run
  std::string damage;              // not empty: it is not known
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
    for_each_row(tile, is_wanted, [&](const Shard& shard, TupleTableSlot* slot) { visit(read(shard, slot)); });
  }
  // The same of one ordinal, of which no more is read than says it.
  std::optional<MemberAnswer> ask_segment(Ordinal ordinal, int32_t segment_id);
  template <class Wanted, class Visit>
  void ask_all(Ordinal ordinal, Wanted is_wanted, Visit visit) {
    for_each_row(tile_of(ordinal), is_wanted, [&](Shard& shard, TupleTableSlot* slot) { visit(ask(shard, slot, ordinal)); });
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
    std::optional<ToastTable> slices;  // of members
    AttrNumber tile, segment_id, from_refresh, to_refresh, member_count, checksum, members, pieces, since, last;
  };
  Shard& open(uint32_t number);
  static int32_t segment_of(const Shard& shard, const TupleTableSlot* slot);
  bool is_current(const Shard& shard, TupleTableSlot* slot) const;
  template <class Wanted, class Visit>
  void for_each_row(uint32_t tile, Wanted is_wanted, Visit visit) {
    Shard& shard = open(shard_of_tile(tile));
    if (!shard.by_tile.is_open()) shard.by_tile.open(shard.table, {"tile", "segment_id"}, 1, snapshot_, context_);
    const Datum keys[] = {Int32GetDatum(static_cast<int32>(tile))};
    shard.by_tile.begin(keys);
    while (TupleTableSlot* slot = shard.by_tile.next()) {
      if (is_current(shard, slot) && is_wanted(segment_of(shard, slot))) visit(shard, slot);
    }
  }
  // The current row of a segment; null: there is none.
  TupleTableSlot* find_row(Shard& shard, uint32_t tile, int32_t segment_id);
  static MemberKey key_of(const Shard& shard, TupleTableSlot* slot);
  TileRow read(const Shard& shard, TupleTableSlot* slot);
  MemberAnswer ask(Shard& shard, TupleTableSlot* slot, Ordinal ordinal);
  // Nothing: that has to be read whole.
  std::optional<bool> ask_piece(Shard& shard, const MemberKey& key, TupleTableSlot* slot, Ordinal ordinal);
  SharedMembers decode(const Shard& shard, const MemberKey& key, TupleTableSlot* slot);

  Snapshot snapshot_;
  int64_t published_;
  bool wants_since_;
  MemoryContext context_;
  std::array<Shard, kShardCount> shards_;
  Bytes slice_;  // with VARHDRSZ bytes before
  uint64_t rows_decoded_ = 0;
};

}  // namespace segments::pg
