#include "pg/query/own_lock.h"

#include "pg/server/local_setting.h"
#include "pg/server/sqlstate.h"
#include "pg/server/subtransaction.h"

namespace segments::pg {
namespace {

bool acquire(ExtensionLock lock, LOCKMODE mode, bool is_conditional) {
  return call([&] {
    PreventCommandDuringRecovery("a change of segments");
    const LOCKTAG tag = tag_of(lock);
    return LockAcquire(&tag, mode, false, is_conditional) != LOCKACQUIRE_NOT_AVAIL;
  });
}

// Nothing: it has ended meanwhile.  0: a prepared transaction.
std::optional<int32_t> holder_of(ExtensionLock lock) {
  Rows rows = run(
      "SELECT coalesce(held.pid, 0) FROM pg_catalog.pg_locks held"
      " WHERE held.locktype = 'object' AND held.classid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND held.objsubid = $1"
      "  AND held.objid = (SELECT oid FROM pg_catalog.pg_extension WHERE extname = 'segments') AND held.granted"
      "  AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"
      "  AND held.pid IS DISTINCT FROM pg_catalog.pg_backend_pid() ORDER BY held.pid LIMIT 1",
      {int2(static_cast<int16_t>(lock))});
  std::optional<int32_t> pid;
  if (!rows.empty()) pid = rows.int4(0, 0);
  rows.release();
  return pid;
}

[[noreturn]] void throw_locked(const char* message, std::optional<int32_t> pid) {
  call([&] {
    ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE), errmsg("%s", message),
                    pid && *pid != 0 ? errdetail("It is that of process %d.", static_cast<int>(*pid))
                    : pid            ? errdetail("It is a prepared one: see pg_prepared_xacts.")
                                     : 0,
                    errhint("Try again when it has ended; pg_terminate_backend() ends it.")));
  });
  pg_unreachable();
}

}  // namespace

bool try_own_lock(ExtensionLock lock, LOCKMODE mode) { return acquire(lock, mode, true); }

void own_lock_within(ExtensionLock lock, LOCKMODE mode, const std::string& lock_timeout, const char* message) {
  if (try_own_lock(lock, mode)) return;
  const std::optional<Failure> failure =
      in_subtransaction([&] { with_setting("lock_timeout", lock_timeout.c_str(), [&] { acquire(lock, mode, false); }); });
  if (!failure) return;
  if (failure->sqlstate == sqlstate::kLockNotAvailable) throw_locked(message, holder_of(lock));
  throw Error(ErrorCode::kInternal, failure->message);
}

}  // namespace segments::pg
