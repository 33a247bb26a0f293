#include "pg/run/membership_lock.h"

#include "pg/query/query.h"
#include "pg/server/extension_lock.h"
#include "pg/server/subtransaction.h"

namespace segments::pg {
namespace {

// Server calls only.
bool acquire(LOCKMODE mode, bool is_conditional) {
  PreventCommandDuringRecovery("a change of segments");
  const LOCKTAG tag = tag_of(ExtensionLock::kMembership);
  return LockAcquire(&tag, mode, false, is_conditional) != LOCKACQUIRE_NOT_AVAIL;
}

void acquire_within(LOCKMODE mode, int milliseconds) {
  call([&] {
    char limit[16];
    snprintf(limit, sizeof limit, "%d", std::max(milliseconds, 0));
    const int level = NewGUCNestLevel();
    set_config_option("lock_timeout", limit, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    acquire(mode, false);
    AtEOXact_GUC(true, level);
  });
}

// Nothing: it has ended meanwhile.  0: a prepared transaction.
std::optional<int32_t> writer_of_members() {
  Rows rows = run(
      "SELECT coalesce(held.pid, 0) FROM pg_catalog.pg_locks held"
      " WHERE held.locktype = 'object' AND held.classid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND held.objsubid = $1"
      "  AND held.objid = (SELECT oid FROM pg_catalog.pg_extension WHERE extname = 'segments') AND held.granted"
      "  AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"
      "  AND held.pid IS DISTINCT FROM pg_catalog.pg_backend_pid() ORDER BY held.pid LIMIT 1",
      {int2(static_cast<int16_t>(ExtensionLock::kMembership))});
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

void share_memberships() {
  if (call([] { return acquire(ShareLock, true); })) return;
  const int limit = call([] {
    const char* setting = GetConfigOption("segments.lock_timeout", false, false);
    int milliseconds = 0;
    if (!parse_int(setting, &milliseconds, GUC_UNIT_MS, nullptr)) elog(ERROR, "segments.lock_timeout is no time");
    return LockTimeout > 0 && (milliseconds == 0 || LockTimeout < milliseconds) ? LockTimeout : milliseconds;
  });
  const std::optional<Failure> failure = in_subtransaction([&] { acquire_within(ShareLock, limit); });
  if (!failure) return;
  if (failure->sqlstate == "55P03") {
    throw_locked("another transaction has erased somebody, or follows the mapping, and has not ended", writer_of_members());
  }
  throw Error(ErrorCode::kInternal, failure->message);
}

bool try_lock_memberships() {
  return call([] { return acquire(ExclusiveLock, true); });
}

bool nobody_writes_memberships() {
  return call([] {
    if (!acquire(ExclusiveLock, true)) return false;
    const LOCKTAG tag = tag_of(ExtensionLock::kMembership);
    LockRelease(&tag, ExclusiveLock, false);
    return true;
  });
}

void lock_memberships_within(int milliseconds) {
  if (try_lock_memberships()) return;
  const std::optional<Failure> failure = in_subtransaction([&] { acquire_within(ExclusiveLock, std::max(milliseconds, 1)); });
  if (!failure) return;
  if (failure->sqlstate == "55P03")
    throw_locked("another transaction has changed saved segments, and has not ended", writer_of_members());
  throw Error(ErrorCode::kInternal, failure->message);
}

}  // namespace segments::pg
