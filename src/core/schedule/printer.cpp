#include <string>
#include <vector>

#include "core/text/lexer.h"
#include "core/calendar/date.h"
#include "core/schedule/day_names.h"
#include "core/schedule/schedule.h"

namespace segments {
namespace {

constexpr int64_t kMinutesPerHour = 60;

// a; a and b; a, b and c
std::string list(const std::vector<std::string>& items) {
  std::string result;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) result += i + 1 == items.size() ? " and " : ", ";
    result += items[i];
  }
  return result;
}

std::string two_digits(uint32_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string times_text(const Schedule& schedule) {
  std::vector<std::string> times;
  for (const uint16_t minute : schedule.minutes_of_day) {
    times.push_back(two_digits(minute / 60u) + ":" + two_digits(minute % 60u));
  }
  return " at " + list(times);
}

std::string interval_text(int64_t minutes) {
  const bool whole_hours = minutes % kMinutesPerHour == 0;
  const int64_t count = whole_hours ? minutes / kMinutesPerHour : minutes;
  const std::string unit = whole_hours ? "hour" : "minute";
  return count == 1 ? "every " + unit : "every " + std::to_string(count) + " " + unit + "s";
}

std::string days_text(uint8_t days) {
  if (days == kEveryDay) return "daily";
  if (days == kWorkingDays) return "weekdays";
  if (days == kWeekendDays) return "weekends";
  std::vector<std::string> names;
  for (size_t day = 0; day < kWeekdayNames.size(); ++day) {
    if ((days >> day & 1) != 0) names.emplace_back(kWeekdayNames[day]);
  }
  return list(names);
}

std::string days_of_month_text(uint32_t days) {
  std::vector<std::string> numbers;
  for (uint32_t day = 1; day < kLastDayOfMonth; ++day) {
    if ((days >> (day - 1) & 1) != 0) numbers.push_back(std::to_string(day));
  }
  const bool last = (days >> (kLastDayOfMonth - 1) & 1) != 0;
  if (numbers.empty()) return "monthly on the last day";
  if (last) numbers.emplace_back("the last day");
  return "monthly on day " + list(numbers);
}

bool at_midnight(const Schedule& schedule) { return schedule.minutes_of_day.size() == 1 && schedule.minutes_of_day.front() == 0; }

std::string calendar_text(const Schedule& schedule) {
  const bool weekly = schedule.kind == ScheduleKind::kWeekly;
  std::string text;
  if (weekly && schedule.days_of_week == kDayOfWeekly && at_midnight(schedule)) {
    text = "weekly";
  } else if (!weekly && schedule.days_of_month == kDayOfMonthly && at_midnight(schedule)) {
    text = "monthly";
  } else {
    text = (weekly ? days_text(schedule.days_of_week) : days_of_month_text(schedule.days_of_month)) + times_text(schedule);
  }
  return schedule.time_zone.empty() ? text : text + " in " + in_quotes(schedule.time_zone, '\'');
}

}  // namespace

std::string print_schedule(const Schedule& schedule) {
  switch (schedule.kind) {
    case ScheduleKind::kInterval:
      return interval_text(schedule.interval_minutes);
    case ScheduleKind::kWeekly:
    case ScheduleKind::kMonthly:
      return calendar_text(schedule);
    case ScheduleKind::kWithEveryRefresh:
      return "with every refresh";
    case ScheduleKind::kManual:
      return "manual";
  }
  return {};
}

}  // namespace segments
