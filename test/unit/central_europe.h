// A time zone for tests.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "core/error.h"
#include "core/language/window.h"

namespace segments {

inline constexpr int64_t kSecond = 1'000'000;
inline constexpr int64_t kHour = 3600 * kSecond;
inline constexpr int64_t kDay = 24 * kHour;

// A date and time of day, in microseconds since 2000-01-01 00:00 of the same clock.
inline Timestamp at(int year, unsigned month, unsigned day, int hour = 0, int minute = 0, int second = 0) {
  using namespace std::chrono;
  const sys_days date = year_month_day(std::chrono::year(year), std::chrono::month(month), std::chrono::day(day));
  const int64_t days = (date - sys_days(year_month_day(2000y, January, 1d))).count();
  return days * kDay + hour * kHour + minute * 60 * kSecond + second * kSecond;
}

// Central Europe in 2026: UTC+1, and UTC+2 from 29 March to 25 October, 01:00 UTC both.  As PostgreSQL does, a time
// that the clock skips is read with the offset before the change, and one that it repeats with the offset after it.
class CentralEurope final : public LocalTime, public TimeLiterals {
 public:
  Timestamp subtract(Timestamp t, int64_t months, int64_t days) override {
    using namespace std::chrono;
    const Timestamp local = t + offset(t);
    const int64_t day_number = floor_divide(local, kDay);
    const year_month_day date(sys_days(year_month_day(2000y, January, 1d)) + std::chrono::days(day_number));
    const int64_t month_number = static_cast<int>(date.year()) * 12 + static_cast<unsigned>(date.month()) - 1 - months;
    const year_month target = std::chrono::year(static_cast<int>(floor_divide(month_number, 12))) /
                              static_cast<int>(month_number - floor_divide(month_number, 12) * 12 + 1);
    const year_month_day_last last = target / std::chrono::last;
    const sys_days moved = sys_days(target / std::min(date.day(), last.day())) - std::chrono::days(days);
    const int64_t moved_days = (moved - sys_days(year_month_day(2000y, January, 1d))).count();
    if (moved_days * kDay < kFirstTimestamp) return kMinusInfinity;
    return to_utc(moved_days * kDay + (local - day_number * kDay));
  }

  // Local time, or UTC with a Z at its end.
  Timestamp parse(const Literal& literal) override {
    if (literal.text == "infinity") return kPlusInfinity;
    if (literal.text == "-infinity") return kMinusInfinity;
    int year = 0, hour = 0, minute = 0;
    unsigned month = 0, day = 0;
    if (std::sscanf(literal.text.c_str(), "%d-%u-%u %d:%d", &year, &month, &day, &hour, &minute) < 3) {
      throw Error(ErrorCode::kInvalidLiteral, "invalid time", "", "", literal.position);
    }
    const Timestamp time = at(year, month, day, hour, minute);
    return literal.text.ends_with("Z") ? time : to_utc(time);
  }

  std::optional<int64_t> parse_reading(const Literal& literal) override {
    const Timestamp time = parse(literal);
    if (time == kMinusInfinity || time == kPlusInfinity) return std::nullopt;
    return reading(time);
  }

  Timestamp instant(int64_t reading) override { return to_utc(reading); }
  int64_t reading(Timestamp t) override { return t + offset(t); }
  Timestamp first_instant(int64_t reading) override {
    const Timestamp in_summer = reading - 2 * kHour;
    return offset(in_summer) == 2 * kHour ? in_summer : to_utc(reading);
  }

 private:
  static int64_t offset(Timestamp utc) { return utc >= at(2026, 3, 29, 1) && utc < at(2026, 10, 25, 1) ? 2 * kHour : kHour; }
  static Timestamp to_utc(Timestamp local) {
    const bool summer = local >= at(2026, 3, 29, 3) && local < at(2026, 10, 25, 2);
    return local - (summer ? 2 * kHour : kHour);
  }
};

}  // namespace segments
