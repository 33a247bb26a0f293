// Members of saved segments on their way into segments.membership.
#pragma once
#include <cstdint>
#include <map>
#include <span>

#include "pg/query/query.h"

namespace segments::pg {

struct TileMembers {
  int64_t count = 0;
  Bytes bytes;  // portable
  Bytes since;  // sealed_since()
};
// By (index of the segment in its batch, tile).  Tiles without members have none.
using Members = std::map<std::pair<uint32_t, uint32_t>, TileMembers>;

// The current rows of these segments, in no order.  Values: segment_id, tile, member_count, checksum, members, since (null: see
// stored_members.h), pieces.  `read_only`: as the calling statement sees them.
void read_membership(std::span<const int32_t> segment_ids, bool read_only, const RowConsumer& consume);

struct MembershipKey {
  uint32_t tile;
  int32_t segment_id;
};
// Ends current rows, and writes members of the segments from `refresh_id` on.
// REQUIRES: within with_spi, as the extension's owner; nobody else writes members of these segments; what is written has ended.
void replace_members(std::span<const MembershipKey> ended, std::span<const int32_t> segment_ids, const Members& members,
                     int64_t refresh_id);

}  // namespace segments::pg
