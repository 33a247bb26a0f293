// Which blocks of a source leaf a refresh has to read.
#pragma once
#include <string>
#include <vector>

#include "pg/server/boundary.h"

namespace segments::pg {

struct BlockRange {
  uint32_t first;
  uint32_t end;
  uint32_t size() const { return end - first; }
};

// All blocks the table has now.
std::vector<BlockRange> all_blocks(Oid leaf);

// The blocks that may hold rows stamped by transactions that the pg_snapshot `previous` does not show, as the BRIN index over
// the stamp says (all blocks if there is none).  New blocks are summarized first, unless something like VACUUM is at the table.
// Ascending; ranges with little between them are joined.
std::vector<BlockRange> changed_blocks(Oid leaf, const std::string& previous, Snapshot snapshot);

// How many rows a block of the table holds and how many bytes go with it, TOAST included: a guess.
struct BlockDensity {
  double rows;
  double bytes;
};
BlockDensity block_density(Oid leaf);

}  // namespace segments::pg
