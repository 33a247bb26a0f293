// Members of a segment in a tile, as segments.membership holds them, and since when they are members.
#pragma once
#include <functional>
#include <optional>

#include "core/column/column.h"
#include "core/evaluation/member_since.h"
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

// Since when they are members: `sealed` is the column `since`; if that is null, all of them since `otherwise`, which is the as_of
// of the segment's last run.  `members`: what open_members() gave, in its tile.  Throws likewise.
MemberSince open_since(const StoredMembers& stored, const std::optional<BytesView>& sealed, const DenseSet& members,
                       Timestamp otherwise);
// What to store of it beside `bytes`, the members of this segment and tile.
Bytes sealed_since(int32_t segment_id, uint32_t tile, BytesView bytes, const MemberSince& since, const DenseSet& members);

// The members of segments that are published, as the calling statement sees them, by tile.  REQUIRES: within with_spi, as the
// extension's owner.
void for_each_stored_members(std::span<const int32_t> segment_ids, const std::function<void(const StoredMembers&)>& consume);

}  // namespace segments::pg
