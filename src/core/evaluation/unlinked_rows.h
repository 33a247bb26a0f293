// Rows of records that belong to no profile, and records without rows.
#pragma once
#include <span>

#include "core/column/column.h"
#include "core/evaluation/profile_map.h"
#include "core/set/dense_set.h"

namespace segments {

// Adds to rows[offset] how many rows of a column each record of the tile has, if it belongs to no profile.  Dead ordinals are
// nobody's.  REQUIRES: rows.size() == kTileSize; the column was read whole.
void add_unlinked_rows(const RowsColumn& column, uint32_t tile, const ProfileMap& map, std::span<uint64_t> rows);

// Takes the records of the tile that have a row of the column out of a set.  REQUIRES: the column was read whole.
void remove_with_rows(const RowsColumn& column, uint32_t tile, DenseSet& records);

}  // namespace segments
