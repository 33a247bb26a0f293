// Interactions that belong to no profile, as of the published state.
#pragma once
#include "pg/server/boundary.h"

namespace segments::pg {

struct UnlinkedRecords {
  std::vector<int64_t> ordinals;
  std::vector<int64_t> rows;  // of each
};

// Of the records of a type that belong to no profile those with most rows, of equal ones those that were seen first, at most so
// many; in no particular order.  As the calling statement sees them.  REQUIRES: within with_spi, as the extension's owner.
UnlinkedRecords unlinked_records(int32_t type_id, size_t most);

// Rows of a table that lead to no record: without a time, a record's type or id, or with ids that are too long.
int64_t unplaced_rows(Oid source);

}  // namespace segments::pg
