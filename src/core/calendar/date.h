// Days, months and years of the Gregorian calendar, extended to all times as PostgreSQL does; no zone.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/time.h"

namespace segments {

inline constexpr int64_t kMicrosecondsOfDay = int64_t{24} * 3600 * 1'000'000;

// Rounded down; `b` is positive.
constexpr int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
constexpr int64_t floor_remainder(int64_t a, int64_t b) { return a - floor_divide(a, b) * b; }

struct Date {
  int64_t year;
  uint32_t month;  // from 1
  uint32_t day;    // from 1
  bool operator==(const Date&) const = default;
};

// Days are counted from 2000-01-01 on.
Date date_of_day(int64_t day);
int64_t day_of_date(const Date& date);
uint32_t days_in_month(int64_t year, uint32_t month);
// PostgreSQL's finite dates: 4714-11-24 BC to 5874897-12-31.
inline constexpr int64_t kFirstDay = -2'451'545;
inline constexpr int64_t kEndDay = 2'145'031'949;
// The same day of the month that many months later (less than 0: earlier), or the last one of a shorter month.
int64_t day_after_months(int64_t day, int64_t months);
// Whether the anniversary of a day in a later year lies within [first, last]; a 29 February's is the 28th in other years.
bool has_anniversary(int64_t day, int64_t first, int64_t last);

enum class Weekday : uint8_t { kMonday, kTuesday, kWednesday, kThursday, kFriday, kSaturday, kSunday };
inline constexpr std::array<std::string_view, 7> kWeekdayNames = {"monday", "tuesday",  "wednesday", "thursday",
                                                                  "friday", "saturday", "sunday"};
Weekday weekday_of_day(int64_t day);
// In any case; nothing for what is no name of a day.
std::optional<Weekday> weekday_of_name(std::string_view name);

// The reading at which the unit that holds `reading` starts.  REQUIRES: a day or a longer unit.
int64_t unit_start(int64_t reading, TimeUnit unit, Weekday week_start);
// `count` units before (less than 0: after) a reading at which one starts; at most what is just outside of all timestamps.
// REQUIRES: likewise; |count| <= 10^10.
int64_t units_before(int64_t start, int64_t count, TimeUnit unit);

}  // namespace segments
