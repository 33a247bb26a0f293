#include "pg/run/refresh_lock.h"

#include "pg/server/extension_lock.h"

namespace segments::pg {

bool try_lock_refresh(LockDuration duration) {
  return call([&] {
    PreventCommandDuringRecovery("a refresh or an erasure");
    const LOCKTAG tag = tag_of(ExtensionLock::kRefresh);
    return LockAcquire(&tag, ExclusiveLock, duration == LockDuration::kSession, true) == LOCKACQUIRE_OK;
  });
}

void lock_refresh() {
  if (!try_lock_refresh(LockDuration::kTransaction)) refuse_refresh();
}

void lock_refresh_for_erasure() {
  call([] {
    PreventCommandDuringRecovery("an erasure");
    const LOCKTAG erasure = tag_of(ExtensionLock::kErasure);
    const bool has_erased = LockAcquire(&erasure, AccessShareLock, false, false) == LOCKACQUIRE_ALREADY_HELD;
    const LOCKTAG tag = tag_of(ExtensionLock::kRefresh);
    if (LockAcquire(&tag, ExclusiveLock, false, false) != LOCKACQUIRE_ALREADY_HELD || has_erased) return;
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("an erasure cannot run in the transaction of a refresh"), errhint("Commit the refresh before.")));
  });
}

void unlock_refresh() {
  call([] {
    const LOCKTAG tag = tag_of(ExtensionLock::kRefresh);
    LockRelease(&tag, ExclusiveLock, true);
  });
}

void refuse_refresh() {
  call([] {
    ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE), errmsg("%s", kRefreshIsRunning),
                    errdetail("One refresh, or one erasure, runs at a time."),
                    errhint("Wait until it has ended; segments.refresh_status tells how far it is.")));
  });
}

}  // namespace segments::pg
