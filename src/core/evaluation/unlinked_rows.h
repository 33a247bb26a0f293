// Rows of records that belong to no profile.
#pragma once
#include <span>

#include "core/column/column.h"
#include "core/evaluation/profile_map.h"

namespace segments {

// Adds to rows[offset] how many rows of a column each record of the tile has, if it belongs to no profile.  Dead ordinals are
// nobody's.  REQUIRES: rows.size() == kTileSize; the column was read whole.
void add_unlinked_rows(const RowsColumn& column, uint32_t tile, const ProfileMap& map, std::span<uint64_t> rows);

}  // namespace segments
