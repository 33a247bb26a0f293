#include "core/calendar/date.h"

#include <algorithm>

#include "core/error.h"
#include "core/text/keywords.h"

namespace segments {
namespace {

constexpr int64_t kFirstDayIsSaturday = 5;  // 2000-01-01, from Monday on
constexpr int64_t kDayBeforeTime = kFirstTimestamp / kMicrosecondsOfDay - 2;
constexpr int64_t kDayAfterTime = kEndTimestamp / kMicrosecondsOfDay;
// The calendar repeats after 400 years.
constexpr int64_t kYearsOfCycle = 400;
constexpr int64_t kDaysOfCycle = 146'097;

bool is_leap_year(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

// Of a year of the cycle that begins with 2000: the days from its beginning.
int64_t days_before_year(int64_t years) { return years * 365 + (years + 3) / 4 - (years + 99) / 100 + (years + 399) / 400; }

int64_t months_of(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kMonth:
      return 1;
    case TimeUnit::kQuarter:
      return 3;
    case TimeUnit::kYear:
      return 12;
    default:
      return 0;
  }
}

}  // namespace

uint32_t days_in_month(int64_t year, uint32_t month) {
  constexpr std::array<uint8_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays.at(month - 1) + (month == 2 && is_leap_year(year) ? 1u : 0u);
}

Date date_of_day(int64_t day) {
  int64_t rest = floor_remainder(day, kDaysOfCycle);
  int64_t years = rest / 366;  // no later than the year of the day
  while (days_before_year(years + 1) <= rest) ++years;
  rest -= days_before_year(years);
  const int64_t year = 2000 + floor_divide(day, kDaysOfCycle) * kYearsOfCycle + years;
  uint32_t month = 1;
  while (rest >= days_in_month(year, month)) rest -= days_in_month(year, month++);
  return {year, month, static_cast<uint32_t>(rest) + 1};
}

int64_t day_of_date(const Date& date) {
  const int64_t years = date.year - 2000;
  int64_t day = floor_divide(years, kYearsOfCycle) * kDaysOfCycle + days_before_year(floor_remainder(years, kYearsOfCycle));
  for (uint32_t month = 1; month < date.month; ++month) day += days_in_month(date.year, month);
  return day + date.day - 1;
}

int64_t day_after_months(int64_t day, int64_t months) {
  if (months == 0) return day;
  const Date date = date_of_day(day);
  const int64_t month = date.year * 12 + date.month - 1 + months;
  const int64_t year = floor_divide(month, 12);
  const auto of_year = static_cast<uint32_t>(floor_remainder(month, 12)) + 1;
  return day_of_date({year, of_year, std::min(date.day, days_in_month(year, of_year))});
}

bool has_anniversary(int64_t day, int64_t first, int64_t last) {
  if (first > last || last <= day) return false;
  const int64_t born = date_of_day(day).year;
  const int64_t year = std::max(born + 1, date_of_day(first).year);
  for (int64_t candidate = year; candidate <= year + 1; ++candidate) {
    const int64_t anniversary = day_after_months(day, (candidate - born) * 12);
    if (anniversary >= first) return anniversary <= last;
  }
  return false;
}

Weekday weekday_of_day(int64_t day) { return static_cast<Weekday>(floor_remainder(day + kFirstDayIsSaturday, 7)); }

std::optional<Weekday> weekday_of_name(std::string_view name) {
  for (size_t day = 0; day < kWeekdayNames.size(); ++day) {
    if (equals_ignoring_case(name, kWeekdayNames[day])) return static_cast<Weekday>(day);
  }
  return std::nullopt;
}

int64_t unit_start(int64_t reading, TimeUnit unit, Weekday week_start) {
  const int64_t day = floor_divide(reading, kMicrosecondsOfDay);
  if (unit == TimeUnit::kDay) return day * kMicrosecondsOfDay;
  if (unit == TimeUnit::kWeek) {
    const auto since = static_cast<int64_t>(weekday_of_day(day)) - static_cast<int64_t>(week_start);
    return (day - floor_remainder(since, 7)) * kMicrosecondsOfDay;
  }
  const int64_t months = months_of(unit);
  if (months == 0) throw Error(ErrorCode::kInternal, "the calendar has no such unit");
  const Date date = date_of_day(day);
  const auto month = static_cast<uint32_t>((date.month - 1) / months * months + 1);
  return day_of_date({date.year, month, 1}) * kMicrosecondsOfDay;
}

int64_t units_before(int64_t start, int64_t count, TimeUnit unit) {
  int64_t day = floor_divide(start, kMicrosecondsOfDay);
  if (unit == TimeUnit::kDay || unit == TimeUnit::kWeek) {
    day -= count * (unit == TimeUnit::kWeek ? 7 : 1);
  } else {
    const int64_t months = months_of(unit);
    if (months == 0) throw Error(ErrorCode::kInternal, "the calendar has no such unit");
    const Date date = date_of_day(day);
    const int64_t month = date.year * 12 + date.month - 1 - count * months;
    day = day_of_date({floor_divide(month, 12), static_cast<uint32_t>(floor_remainder(month, 12)) + 1, 1});
  }
  return std::clamp(day, kDayBeforeTime, kDayAfterTime) * kMicrosecondsOfDay;
}

}  // namespace segments
