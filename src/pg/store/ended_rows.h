// Rows of derived tables that no published state shows any more.
#pragma once
#include <cstdint>

namespace segments::pg {

// Deletes tiles, fragments and memberships that ended with this refresh or before.
// REQUIRES: within with_spi, as the extension's owner.
void drop_ended_rows(int64_t refresh_id);

}  // namespace segments::pg
