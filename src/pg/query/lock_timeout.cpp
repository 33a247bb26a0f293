#include "pg/query/lock_timeout.h"

#include <algorithm>
#include <climits>

#include "pg/query/query.h"

namespace segments::pg {
namespace {

int lock_timeout_setting = 10'000;

}  // namespace

int lock_timeout() { return lock_timeout_setting; }

std::string LockBudget::left() const {
  if (lock_timeout() == 0) return "0";
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(waited_).count();
  return std::to_string(std::max<int64_t>(1, lock_timeout() - waited));
}

std::string shortest_lock_timeout() {
  const bool is_session_shorter = LockTimeout > 0 && (lock_timeout_setting == 0 || LockTimeout < lock_timeout_setting);
  return std::to_string(is_session_shorter ? LockTimeout : lock_timeout_setting);
}

void define_lock_settings() {
  call([] {
    DefineCustomIntVariable("segments.lock_timeout",
                            "How long a refresh, and who changes segments, waits for what others have locked.",
                            "In milliseconds. A type whose table a refresh cannot lock by then stays as it is. 0: without limit.",
                            &lock_timeout_setting, 10'000, 0, INT_MAX, PGC_USERSET, GUC_UNIT_MS, nullptr, nullptr, nullptr);
  });
}

}  // namespace segments::pg

SEGMENTS_FUNCTION(segments_shortest_lock_timeout) { return segments::pg::text(segments::pg::shortest_lock_timeout()).value; }
