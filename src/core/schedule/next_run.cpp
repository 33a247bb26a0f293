#include "core/schedule/next_run.h"

#include <algorithm>

#include "core/calendar/date.h"

namespace segments {
namespace {

constexpr int64_t kMinute = int64_t{60} * 1'000'000;
constexpr int64_t kDay = kMicrosecondsOfDay;
// A clock in any zone is less than a day ahead of or behind UTC: a time of day of the day d comes between d - 1 and d + 2.
constexpr int64_t kDaysBehind = 2;
constexpr int64_t kDaysAhead = 2;
// The days of a schedule are at most a month apart.
constexpr int64_t kLongestGapDays = 31;

bool names_day(const Schedule& schedule, int64_t day_number) {
  if (schedule.kind == ScheduleKind::kWeekly) {
    return (schedule.days_of_week >> static_cast<uint32_t>(weekday_of_day(day_number)) & 1) != 0;
  }
  const Date date = date_of_day(day_number);
  const uint32_t from_day_on = schedule.days_of_month >> (date.day - 1);
  return date.day == days_in_month(date.year, date.month) ? from_day_on != 0 : (from_day_on & 1) != 0;
}

Timestamp next_multiple(int64_t interval, Timestamp after) {
  const int64_t number = floor_divide(after, interval) + 1;
  return number <= (kEndTimestamp - 1) / interval ? number * interval : kPlusInfinity;
}

// The order of instants is not that of readings where the clock changes, so days that may overlap are all looked at.
Timestamp next_on_calendar(const Schedule& schedule, Timestamp after, LocalTime& local_time) {
  const int64_t today = floor_divide(after, kDay);
  Timestamp next = kPlusInfinity;
  int64_t last_day = std::min(today + kDaysAhead + kLongestGapDays, kEndTimestamp / kDay);
  for (int64_t day = today - kDaysBehind; day <= last_day; ++day) {
    if (!names_day(schedule, day)) continue;
    for (const uint16_t minute : schedule.minutes_of_day) {
      const Timestamp instant = local_time.instant(day * kDay + minute * kMinute);
      if (instant <= after || instant >= std::min(next, kEndTimestamp)) continue;
      next = instant;
      last_day = std::min(last_day, day + kDaysAhead);
    }
  }
  return next;
}

bool is_believable(Timestamp time, Timestamp now) { return time <= now || time - now <= kClockSlack; }

}  // namespace

Timestamp next_after(const Schedule& schedule, Timestamp after, LocalTime& local_time) {
  if (after >= kEndTimestamp) return kPlusInfinity;
  after = std::max(after, kFirstTimestamp - 1);
  switch (schedule.kind) {
    case ScheduleKind::kInterval:
      return next_multiple(schedule.interval_minutes * kMinute, after);
    case ScheduleKind::kWeekly:
    case ScheduleKind::kMonthly:
      return next_on_calendar(schedule, after, local_time);
    case ScheduleKind::kWithEveryRefresh:
    case ScheduleKind::kManual:
      return kPlusInfinity;
  }
  return kPlusInfinity;
}

int64_t retry_delay(uint32_t failures, int64_t first, int64_t longest) {
  int64_t delay = std::min(first, longest);
  for (uint32_t i = 1; i < failures && delay < longest; ++i) delay = delay > longest / 2 ? longest : delay * 2;
  return delay;
}

Timestamp next_run(const Schedule& schedule, const RunHistory& history, Timestamp now, LocalTime& local_time) {
  if (schedule.kind == ScheduleKind::kManual || schedule.kind == ScheduleKind::kWithEveryRefresh) return kPlusInfinity;
  if (history.failures > 0) {
    return is_believable(history.failed_at, now) ? history.failed_at + retry_delay(history.failures) : kMinusInfinity;
  }
  Timestamp last_run = kMinusInfinity;
  for (const Timestamp run : history.runs) {
    if (is_believable(run, now)) last_run = std::max(last_run, run);
  }
  return last_run == kMinusInfinity ? kMinusInfinity : next_after(schedule, last_run, local_time);
}

}  // namespace segments
