// Settings of the server that newer versions have (see version.h); apart from it because few need them.
#pragma once
#include "pg/server/server.h"

#if PG_VERSION_NUM >= 170000
extern "C" {
#include "utils/guc_tables.h"
}
#endif

namespace segments::pg {

// Transactions of this session last as long as they last.
inline void lift_transaction_timeout() {
#if PG_VERSION_NUM >= 170000
  SetConfigOption("transaction_timeout", "0", PGC_SUSET, PGC_S_OVERRIDE);
#endif
}

// Who runs amid statements of others could end their session with it: whether it may be set in a security-restricted operation.
// Returns what was so before.
inline bool allow_transaction_timeout([[maybe_unused]] bool allowed) {
#if PG_VERSION_NUM >= 170000
  int& flags = find_option("transaction_timeout", false, false, ERROR)->flags;
  const bool before = (flags & GUC_NOT_WHILE_SEC_REST) == 0;
  flags = allowed ? flags & ~GUC_NOT_WHILE_SEC_REST : flags | GUC_NOT_WHILE_SEC_REST;
  return before;
#else
  return true;
#endif
}

}  // namespace segments::pg
