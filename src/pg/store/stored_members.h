// Members of a segment in a tile, as segments.membership holds them.
#pragma once
#include "core/column/column.h"
#include "core/set/profile_set.h"

namespace segments::pg {

struct StoredMembers {
  int32_t segment_id = 0;
  uint32_t tile = 0;
  int32_t count = 0;
  uint32_t checksum = 0;
  BytesView bytes;
};

// Throws Error{kDataCorrupted} unless they are what was written for this segment and tile; the detail says what is wrong.
ProfileSet open_members(const StoredMembers& stored);

}  // namespace segments::pg
