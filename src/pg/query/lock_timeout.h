// How long others are waited for: the setting segments.lock_timeout.
#pragma once
#include <chrono>
#include <string>

#include "pg/server/local_setting.h"

namespace segments::pg {

// In milliseconds; 0: without limit.
int lock_timeout();

// What is left of it to a refresh, which waits for so long in all.
class LockBudget {
 public:
  // Calls `lock` with a value of the setting lock_timeout; whether it had what it locks.
  template <class F>
  bool wait(F lock) {
    const auto begin = std::chrono::steady_clock::now();
    const bool had = lock(left());
    waited_ += std::chrono::steady_clock::now() - begin;
    return had;
  }

 private:
  std::string left() const;

  std::chrono::steady_clock::duration waited_{};
};

// Of who does not wait: the server has no shorter one.
inline constexpr const char* kNoWait = "1";

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
