// Roles that a segment belongs to, and that may read its members.
#pragma once
#include <cstdint>

#include "pg/server/server.h"

namespace segments::pg {

// What stands for all segments of an owner where members are granted, and is no segment's name.
inline constexpr const char* kAllSegments = "*";

// Makes `role` the owner of a segment, whose readers of all its segments may read this one, too.  REQUIRES: within with_spi, as
// the extension's owner.
void store_owner(int32_t segment_id, Oid role);

}  // namespace segments::pg
