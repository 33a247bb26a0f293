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
};
// By (index of the segment in its batch, tile).  Tiles without members have none.
using Members = std::map<std::pair<uint32_t, uint32_t>, TileMembers>;

// Makes these the members of the segments from `refresh_id` on.  Only what differs from the stored rows is written.
// REQUIRES: within with_spi, as the extension's owner; nobody else writes members of these segments.
void write_members(std::span<const int32_t> segment_ids, Members members, int64_t refresh_id);

}  // namespace segments::pg
