#include "pg/refresh_lock.h"

namespace segments::pg {

// Not a table's lock: autovacuum takes those.
void lock_refresh() {
  call([] {
    constexpr uint16 kRefreshSubid = 1;
    LOCKTAG tag;
    SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId, get_extension_oid("segments", false), kRefreshSubid);
    if (LockAcquire(&tag, ExclusiveLock, false, true) == LOCKACQUIRE_NOT_AVAIL) {
      ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE), errmsg("another refresh is running"),
                      errdetail("One refresh, or one erasure, runs at a time."),
                      errhint("Wait until it has ended; segments.refresh_status tells how far it is.")));
    }
  });
}

}  // namespace segments::pg
