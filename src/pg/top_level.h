// Statements from C++ as if a client had sent them: a procedure called so may commit.
#pragma once
#include "pg/boundary.h"

namespace segments::pg {

// Runs one statement that returns no rows in a transaction of its own, under statement_timeout.  Throws ServerError; what it
// carries lives until the caller aborts the transaction.  REQUIRES: no transaction is open.
void run_as_client(const char* sql);

}  // namespace segments::pg
