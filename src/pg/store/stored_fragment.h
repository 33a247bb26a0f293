// The columns of one fragment in segments.fragment, read back.
#pragma once
#include "core/fragment/fragment.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// REQUIRES for both: within with_spi, as the extension's owner.
RowTable read_stored_fragment(int16_t shard, int64_t fragment_id, int16_t known_fields);
// One per row.
std::vector<Ordinal> read_stored_ordinals(int16_t shard, int64_t fragment_id);

}  // namespace segments::pg
