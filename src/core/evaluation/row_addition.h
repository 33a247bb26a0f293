// Counts rows of fragments by whose they are.
#pragma once
#include <span>

#include "core/column/column.h"
#include "core/evaluation/bit_counter.h"

namespace segments {

// Adds every ordinal's number of rows, or `most` if it has more.
void add_all_rows(std::span<const BlockView> blocks, uint32_t most, BitCounter& counter);
// Likewise, of these rows alone.
void add_rows(std::span<const BlockView> blocks, const RowSet& rows, BitCounter& counter);

}  // namespace segments
