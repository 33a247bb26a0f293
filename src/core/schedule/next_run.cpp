#include "core/schedule/next_run.h"

#include <algorithm>

namespace segments {
namespace {

constexpr int64_t kMinute = int64_t{60} * 1'000'000;
constexpr int64_t kDay = int64_t{24} * 60 * kMinute;
// A clock in any zone is less than a day ahead of or behind UTC: a time of day of the day d comes between d - 1 and d + 2.
constexpr int64_t kDaysBehind = 2;
constexpr int64_t kDaysAhead = 2;
// The days of a schedule are at most a month apart.
constexpr int64_t kLongestGapDays = 31;
constexpr int64_t kFirstDayIsSaturday = 5;  // 2000-01-01, from Monday on

int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
int64_t floor_remainder(int64_t a, int64_t b) { return a - floor_divide(a, b) * b; }

bool is_leap_year(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

struct MonthDay {
  uint32_t day;       // from 1
  uint32_t in_month;  // how many days the month has
};

// Of a day counted from 2000-01-01 on, in the Gregorian calendar, which repeats after 400 years.
MonthDay month_day(int64_t day_number) {
  constexpr int64_t kDaysOf400Years = 146'097;
  constexpr uint8_t kDaysInMonth[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int64_t rest = floor_remainder(day_number, kDaysOf400Years);
  int64_t year = 2000 + rest / 366;  // no later than the year of the day
  const auto days_before = [](int64_t of) {
    const int64_t years = of - 2000;
    return years * 365 + (years + 3) / 4 - (years + 99) / 100 + (years + 399) / 400;
  };
  while (days_before(year + 1) <= rest) ++year;
  rest -= days_before(year);
  for (int month = 0; month < 12; ++month) {
    const uint32_t in_month = kDaysInMonth[month] + (month == 1 && is_leap_year(year) ? 1u : 0u);
    if (rest < in_month) return {static_cast<uint32_t>(rest) + 1, in_month};
    rest -= in_month;
  }
  return {31, 31};
}

bool names_day(const Schedule& schedule, int64_t day_number) {
  if (schedule.kind == ScheduleKind::kWeekly) {
    return (schedule.days_of_week >> floor_remainder(day_number + kFirstDayIsSaturday, 7) & 1) != 0;
  }
  const auto [day, in_month] = month_day(day_number);
  const uint32_t from_day_on = schedule.days_of_month >> (day - 1);
  return day == in_month ? from_day_on != 0 : (from_day_on & 1) != 0;
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
