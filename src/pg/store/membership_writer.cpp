#include "pg/store/membership_writer.h"

#include <deque>

#include "core/evaluation/member_pieces.h"
#include "core/fragment/seal.h"
#include "pg/query/saved_statement.h"
#include "pg/store/tile_store.h"

namespace segments::pg {
namespace {

// Bytes of members written by one statement.
constexpr size_t kWriteBytes = size_t{8} << 20;

// Rows of segments.membership by their key.
struct RowKeys {
  std::vector<int16_t> shards;
  std::vector<int32_t> tiles;
  std::vector<int32_t> segments;

  void add(uint32_t tile, int32_t segment_id) {
    shards.push_back(static_cast<int16_t>(shard_of_tile(tile)));
    tiles.push_back(static_cast<int32_t>(tile));
    segments.push_back(segment_id);
  }
  void clear() {
    shards.clear();
    tiles.clear();
    segments.clear();
  }
};

// Rows that this very state has already are replaced; older ones end with it.
void end_rows(const RowKeys& outdated, int64_t refresh_id) {
  if (outdated.tiles.empty()) return;
  const Parameter parameters[] = {int2_array(outdated.shards), int4_array(outdated.tiles), int4_array(outdated.segments),
                                  int8(refresh_id)};
  run("DELETE FROM segments.membership m USING unnest($1, $2, $3) AS old(shard, tile, segment_id)"
      " WHERE m.shard = old.shard AND m.tile = old.tile AND m.segment_id = old.segment_id"
      " AND m.to_refresh = " SEGMENTS_FOREVER " AND m.from_refresh >= $4",
      parameters);
  run("UPDATE segments.membership m SET to_refresh = $4 FROM unnest($1, $2, $3) AS old(shard, tile, segment_id)"
      " WHERE m.shard = old.shard AND m.tile = old.tile AND m.segment_id = old.segment_id"
      " AND m.to_refresh = " SEGMENTS_FOREVER " AND m.from_refresh < $4",
      parameters);
}

class MembershipInserter {
 public:
  explicit MembershipInserter(int64_t refresh_id) : refresh_id_(refresh_id) {}

  void add(int32_t segment_id, uint32_t tile, const TileMembers& members) {
    keys_.add(tile, segment_id);
    counts_.push_back(static_cast<int32_t>(members.count));
    checksums_.push_back(static_cast<int32_t>(members_checksum(segment_id, tile, members.bytes)));
    bytes_.push_back(&members.bytes);
    made_pieces_.push_back(MemberPieces::encode(segment_id, tile, members.bytes));
    pieces_.push_back(&made_pieces_.back());
    since_.push_back(&members.since);
    size_ += members.bytes.size() + members.since.size();
    if (size_ >= kWriteBytes) flush();
  }

  void flush() {
    if (bytes_.empty()) return;
    static SavedStatement statement(
        "INSERT INTO segments.membership (shard, tile, segment_id, from_refresh, member_count, checksum, members, pieces, since)"
        " SELECT shard, tile, segment_id, $9, member_count, checksum, members, pieces, since"
        " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS new(shard, tile, segment_id, member_count, checksum, members, pieces, "
        "since)",
        {INT2ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, BYTEAARRAYOID, BYTEAARRAYOID, BYTEAARRAYOID,
         INT8OID});
    const Parameter bytes = bytea_array(bytes_);
    const Parameter pieces = bytea_array(pieces_);
    const Parameter since = bytea_array(since_);
    statement.run({int2_array(keys_.shards), int4_array(keys_.tiles), int4_array(keys_.segments), int4_array(counts_),
                   int4_array(checksums_), bytes, pieces, since, int8(refresh_id_)},
                  false);
    call([&] {
      pfree(DatumGetPointer(bytes.value));
      pfree(DatumGetPointer(pieces.value));
      pfree(DatumGetPointer(since.value));
    });
    keys_.clear();
    counts_.clear();
    checksums_.clear();
    bytes_.clear();
    made_pieces_.clear();
    pieces_.clear();
    since_.clear();
    size_ = 0;
  }

 private:
  int64_t refresh_id_;
  RowKeys keys_;
  std::vector<int32_t> counts_;
  std::vector<int32_t> checksums_;
  std::vector<const Bytes*> bytes_;
  std::deque<Bytes> made_pieces_;
  std::vector<const Bytes*> pieces_;
  std::vector<const Bytes*> since_;
  size_t size_ = 0;
};

// Whoever looks for a profile finds the rows of its tile side by side.
std::vector<const Members::value_type*> by_tile(const Members& members) {
  std::vector<const Members::value_type*> rows;
  for (const Members::value_type& row : members) rows.push_back(&row);
  std::ranges::stable_sort(rows, {}, [](const Members::value_type* row) { return row->first.second; });
  return rows;
}

}  // namespace

void read_membership(std::span<const int32_t> segment_ids, bool read_only, const RowConsumer& consume) {
  static SavedStatement statement(
      "SELECT segment_id, tile, member_count, checksum, members, since, pieces FROM segments.membership"
      " WHERE segment_id = ANY ($1) AND to_refresh = " SEGMENTS_FOREVER,
      {INT4ARRAYOID});
  const Parameter parameters[] = {int4_array(segment_ids)};
  statement.stream(parameters, read_only, consume);
}

void replace_members(std::span<const MembershipKey> ended, std::span<const int32_t> segment_ids, const Members& members,
                     int64_t refresh_id) {
  RowKeys keys;
  for (const MembershipKey& key : ended) keys.add(key.tile, key.segment_id);
  end_rows(keys, refresh_id);
  MembershipInserter inserter(refresh_id);
  for (const auto* row : by_tile(members)) inserter.add(segment_ids[row->first.first], row->first.second, row->second);
  inserter.flush();
}

}  // namespace segments::pg
