// Transactions that have changed what is registered, and have not ended.
#pragma once
#include <string>

#include "pg/query/query.h"

namespace segments::pg {

// Whose lock a row of pg_locks is, by its pid, which is null for prepared ones: "process 4711", or "a prepared transaction".
std::string lock_holder(const Rows& locks, uint64_t row);

// In words, as "process 4711"; empty: there are none.
// REQUIRES: within with_spi, as the extension's owner.
std::string open_registrars();

}  // namespace segments::pg
