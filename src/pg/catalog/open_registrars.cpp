#include "pg/catalog/open_registrars.h"

namespace segments::pg {

std::string lock_holder(const Rows& locks, uint64_t row) {
  return locks.is_null(row, 0) ? "a prepared transaction" : "process " + std::to_string(locks.int4(row, 0));
}

// Who has written a row of a table has locked it so until the end, and has a number; who has only prepared to has none.
std::string open_registrars() {
  Rows rows =
      run("SELECT DISTINCT held.pid FROM pg_locks held JOIN pg_locks writer"
          " ON writer.virtualtransaction = held.virtualtransaction AND writer.pid IS NOT DISTINCT FROM held.pid"
          " AND writer.locktype = 'transactionid' AND writer.mode = 'ExclusiveLock' AND writer.granted"
          " WHERE held.locktype = 'relation' AND held.mode = 'RowExclusiveLock' AND held.granted"
          "  AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
          "  AND held.relation IN (SELECT oid FROM pg_class WHERE relnamespace = 'segments'::regnamespace AND relname IN"
          "   ('interaction_type', 'interaction_relation', 'event_source', 'event_type', 'source_column', 'source_leaf', "
          "'unification'))"
          "  AND held.pid IS DISTINCT FROM pg_backend_pid() ORDER BY held.pid");
  std::string text;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    text += (i == 0 ? "" : ", or ") + lock_holder(rows, i);
  }
  rows.release();
  return text;
}

}  // namespace segments::pg
