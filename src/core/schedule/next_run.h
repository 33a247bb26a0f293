// When a schedule is due.  Everything is a function of its arguments: whoever knows the time passes it.
#pragma once
#include <cstdint>
#include <vector>

#include "core/calendar/local_time.h"
#include "core/schedule/schedule.h"
#include "core/time.h"

namespace segments {

// The first time that `schedule` names strictly after `after`; kPlusInfinity if there is none.
// `local_time` is that of the schedule's zone.  A time of day that the clock skips comes as much later, one that it
// repeats comes once, the second time; a day that a month does not have is its last day.
Timestamp next_after(const Schedule& schedule, Timestamp after, LocalTime& local_time);

// What is known of the runs of a job.
struct RunHistory {
  std::vector<Timestamp> runs;  // what the schedule counts from: when runs began, when it was set; in any order
  uint32_t failures = 0;        // since the last good run
  Timestamp failed_at = 0;      // when the last one failed; with failures > 0
};

inline constexpr int64_t kFirstRetryDelay = int64_t{60} * 1'000'000;
inline constexpr int64_t kLongestRetryDelay = int64_t{3600} * 1'000'000;
// What lies further ahead than this was written before the clock was set back, and is not believed.
inline constexpr int64_t kClockSlack = int64_t{60} * 1'000'000;

// How long to wait after this many failures in a row (at least 1): `first`, doubled with each further failure, at most `longest`.
int64_t retry_delay(uint32_t failures, int64_t first = kFirstRetryDelay, int64_t longest = kLongestRetryDelay);

// When the job is to run next: it is due when that is not after `now`.  Runs that were missed are made up for by one.
// After a failure the delay counts, not the schedule.  kMinusInfinity: at once, as no run (or failure) is known that the
// clock has come to; kPlusInfinity: never.
Timestamp next_run(const Schedule& schedule, const RunHistory& history, Timestamp now, LocalTime& local_time);

}  // namespace segments
