// One refresh or erasure at a time.
#pragma once
#include "pg/server/boundary.h"

namespace segments::pg {

// A session's lock is held over commits.  Every abort releases both kinds.
enum class LockDuration : uint8_t { kTransaction, kSession };

// False if somebody holds it, be it this session: a refresh that called us.  Raises 25006 on a standby.
bool try_lock_refresh(LockDuration duration);
// Until the transaction ends.  Raises 55P03 if it is held.
void lock_refresh();
// Waits until it is free.  Raises 55000 if a refresh of this transaction holds it.
void lock_refresh_for_erasure();
// That of the session.
void unlock_refresh();
// Raises 55P03.
void refuse_refresh();
inline constexpr const char* kRefreshIsRunning = "another refresh or an erasure is running";

}  // namespace segments::pg
