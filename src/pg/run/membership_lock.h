// Who is writing members of saved segments.
//
// A transaction that writes members shares this lock with its like until it ends.  It may be a user's, who idles: whoever else
// needs to know that no members are about to be committed tries the lock, or waits for a limited time.
#pragma once

namespace segments::pg {

// For a transaction that is about to write members of segments it has locked.  Waits for whoever is alone, no longer than
// segments.lock_timeout (then 55P03 tells the process).  Raises 25006 on a standby.
void share_memberships();

// Alone until the transaction ends; false if another transaction has written members.
bool try_lock_memberships();

// Whether nobody has written members without having ended; looks, and lets go.  REQUIRES: as try_lock_memberships.
bool nobody_writes_memberships();

// The same as try_lock_memberships, waiting for so long.  Raises 55P03, and tells the process that has written members. REQUIRES:
// within with_spi, as the extension's owner.
void lock_memberships_within(int milliseconds);

}  // namespace segments::pg
