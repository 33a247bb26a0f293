#include "pg/run/membership_lock.h"

#include "pg/query/lock_timeout.h"
#include "pg/query/own_lock.h"

namespace segments::pg {

void share_memberships() {
  own_lock_within(ExtensionLock::kMembership, ShareLock, shortest_lock_timeout(),
                  "another transaction has erased somebody, or follows the mapping, and has not ended");
}

bool try_lock_memberships() { return try_own_lock(ExtensionLock::kMembership, ExclusiveLock); }

bool nobody_writes_memberships() {
  if (!try_lock_memberships()) return false;
  call([] {
    const LOCKTAG tag = tag_of(ExtensionLock::kMembership);
    LockRelease(&tag, ExclusiveLock, false);
  });
  return true;
}

void lock_memberships_within(int milliseconds) {
  own_lock_within(ExtensionLock::kMembership, ExclusiveLock, std::to_string(std::max(milliseconds, 1)),
                  "another transaction has changed saved segments, and has not ended");
}

}  // namespace segments::pg
