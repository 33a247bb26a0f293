#include "pg/refresh_lock.h"

namespace segments::pg {
namespace {

// Not a table's lock: autovacuum takes those.
LOCKTAG refresh_tag() {
  constexpr uint16 kRefreshSubid = 1;
  LOCKTAG tag;
  SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId, get_extension_oid("segments", false), kRefreshSubid);
  return tag;
}

}  // namespace

bool try_lock_refresh(LockDuration duration) {
  return call([&] {
    const LOCKTAG tag = refresh_tag();
    return LockAcquire(&tag, ExclusiveLock, duration == LockDuration::kSession, true) == LOCKACQUIRE_OK;
  });
}

void lock_refresh() {
  if (!try_lock_refresh(LockDuration::kTransaction)) refuse_refresh();
}

void unlock_refresh() {
  call([] {
    const LOCKTAG tag = refresh_tag();
    LockRelease(&tag, ExclusiveLock, true);
  });
}

void refuse_refresh() {
  call([] {
    ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE), errmsg("another refresh is running"),
                    errdetail("One refresh, or one erasure, runs at a time."),
                    errhint("Wait until it has ended; segments.refresh_status tells how far it is.")));
  });
}

}  // namespace segments::pg
