// Rows that transactions which have not ended have put into a table: no snapshot shows them.
#pragma once
#include <set>

#include "pg/server/boundary.h"

namespace segments::pg {

// Which of these transactions have put rows into a table that is locked, or may have.  Reads the pages that are not visible to
// all. REQUIRES: a snapshot is active.
std::set<TransactionId> writers_among(Oid table, const std::set<TransactionId>& transactions);

}  // namespace segments::pg
