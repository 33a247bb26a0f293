#include "pg/server/time_limit.h"

#include <chrono>

namespace segments::pg {
namespace {

int64_t time_limit_end = 0;  // nanoseconds of a clock that only goes forward; 0: no limit
int allowed_milliseconds = 0;
const char* limiting_setting = "";

int64_t nanoseconds_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

TimeLimit::TimeLimit(int milliseconds, const char* setting) : outer_end_(time_limit_end) {
  constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;
  if (milliseconds == 0) return;
  time_limit_end = nanoseconds_now() + milliseconds * kNanosecondsPerMillisecond;
  allowed_milliseconds = milliseconds;
  limiting_setting = setting;
}

TimeLimit::~TimeLimit() { time_limit_end = outer_end_; }

void check_time_limit() {
  if (time_limit_end == 0 || nanoseconds_now() < time_limit_end) return;
  throw Error(ErrorCode::kLimitExceeded, "evaluation takes too long",
              "The setting " + std::string(limiting_setting) + " allows " + std::to_string(allowed_milliseconds) + " ms.",
              "Ask for less, or let an administrator raise the setting.");
}

}  // namespace segments::pg
