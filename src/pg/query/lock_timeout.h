// How long others are waited for: the setting segments.lock_timeout.
#pragma once
#include <string>

#include "pg/server/local_setting.h"

namespace segments::pg {

// In milliseconds; 0: without limit.
int lock_timeout();

// What lock_timeout is to be so that others are waited for no longer than segments.lock_timeout, nor longer than the session
// would.
std::string shortest_lock_timeout();
// Runs `body`, whose waits for locks of others end then (55P03).
template <class F>
void within_lock_timeout(F body) {
  with_setting("lock_timeout", shortest_lock_timeout().c_str(), body);
}

void define_lock_settings();

}  // namespace segments::pg
