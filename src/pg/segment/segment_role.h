// Roles that a segment belongs to, and that may read its members.
#pragma once
#include <cstdint>

#include "pg/server/server.h"

namespace segments::pg {

// Makes `role` the owner of a segment.  REQUIRES: within with_spi, as the extension's owner.
void store_owner(int32_t segment_id, Oid role);

}  // namespace segments::pg
