// A schedule: when something is to run.  Grammar and canonical text: src/core/schedule/README.md.
//
// Produced by parse_schedule(), printed by print_schedule().  The parser makes canonical values only, and equal values have
// equal text.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/interrupt.h"

namespace segments {

enum class ScheduleKind : uint8_t {
  kInterval,          // at the multiples of a span since 2000-01-01 00:00 UTC
  kWeekly,            // on days of the week, at times of day
  kMonthly,           // on days of the month, at times of day
  kWithEveryRefresh,  // a segment's: whenever the system refreshes
  kManual,            // never by itself
};

inline constexpr int64_t kMaxIntervalMinutes = 31 * 24 * 60;
inline constexpr uint8_t kEveryDay = 0x7F;
inline constexpr uint8_t kWorkingDays = 0x1F;
inline constexpr uint8_t kWeekendDays = 0x60;
inline constexpr uint8_t kDayOfWeekly = 0x01;    // "weekly" alone: Monday at 00:00
inline constexpr uint32_t kDayOfMonthly = 0x01;  // "monthly" alone: the first at 00:00
inline constexpr uint32_t kLastDayOfMonth = 31;

struct Schedule {
  ScheduleKind kind = ScheduleKind::kManual;
  int64_t interval_minutes = 0;          // kInterval: from 1 on
  uint8_t days_of_week = 0;              // kWeekly: bit 0 is Monday
  uint32_t days_of_month = 0;            // kMonthly: bit 0 is the first; a day that a month does not have is its last
  std::vector<uint16_t> minutes_of_day;  // kWeekly, kMonthly: ascending
  std::string time_zone;                 // kWeekly, kMonthly: where; empty if the text does not say it
  uint32_t time_zone_position = 0;       // for errors; not part of the value

  bool has_times_of_day() const { return kind == ScheduleKind::kWeekly || kind == ScheduleKind::kMonthly; }
};

bool operator==(const Schedule& a, const Schedule& b);

// Throws Error{kSyntax} with position, what was expected and examples; Error{kOutOfRange} for numbers that do not fit;
// Error{kLimitExceeded} if the text is too long.  Whether the time zone exists is not known here.
Schedule parse_schedule(std::string_view text, Interrupt& interrupt);

// The canonical text: parses to an equal value.
std::string print_schedule(const Schedule& schedule);

}  // namespace segments
