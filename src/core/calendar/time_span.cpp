#include "core/calendar/time_span.h"

#include "core/error.h"

namespace segments {
namespace {

constexpr int64_t kSecondUs = 1'000'000;
constexpr int64_t kHourUs = 3600 * kSecondUs;
// Longer spans reach past the first timestamp from anywhere.
constexpr int64_t kLongestMonths = int64_t{300'000} * 12;
constexpr int64_t kLongestDays = int64_t{300'000} * 366;

Timestamp subtract_microseconds(Timestamp t, int64_t count, int64_t unit_us) {
  // Unsigned, because the whole range of timestamps is wider than int64_t.
  const uint64_t available = static_cast<uint64_t>(t) - static_cast<uint64_t>(kFirstTimestamp);
  if (static_cast<uint64_t>(count) > available / static_cast<uint64_t>(unit_us)) return kMinusInfinity;
  return t - count * unit_us;
}

Timestamp subtract_calendar(Timestamp t, int64_t count, int64_t months, int64_t days, LocalTime& local_time) {
  if (count == 0) return t;
  if (months != 0 && count > kLongestMonths / months) return kMinusInfinity;
  if (days != 0 && count > kLongestDays / days) return kMinusInfinity;
  return local_time.subtract(t, count * months, count * days);
}

// As date_trunc() computes it.
Timestamp full_hour(Timestamp t, LocalTime& local_time) { return t - floor_remainder(local_time.reading(t), kHourUs); }

}  // namespace

Timestamp subtract(Timestamp t, int64_t count, TimeUnit unit, LocalTime& local_time) {
  switch (unit) {
    case TimeUnit::kSecond:
      return subtract_microseconds(t, count, kSecondUs);
    case TimeUnit::kMinute:
      return subtract_microseconds(t, count, 60 * kSecondUs);
    case TimeUnit::kHour:
      return subtract_microseconds(t, count, kHourUs);
    case TimeUnit::kDay:
      return subtract_calendar(t, count, 0, 1, local_time);
    case TimeUnit::kWeek:
      return subtract_calendar(t, count, 0, 7, local_time);
    case TimeUnit::kMonth:
      return subtract_calendar(t, count, 1, 0, local_time);
    case TimeUnit::kQuarter:
      return subtract_calendar(t, count, 3, 0, local_time);
    case TimeUnit::kYear:
      return subtract_calendar(t, count, 12, 0, local_time);
  }
  throw Error(ErrorCode::kInternal, "unknown time unit");
}

int64_t usual_length(TimeUnit unit) {
  constexpr int64_t kDayUs = 24 * kHourUs;
  switch (unit) {
    case TimeUnit::kSecond:
      return kSecondUs;
    case TimeUnit::kMinute:
      return 60 * kSecondUs;
    case TimeUnit::kHour:
      return kHourUs;
    case TimeUnit::kDay:
      return kDayUs;
    case TimeUnit::kWeek:
      return 7 * kDayUs;
    case TimeUnit::kMonth:
      return 30 * kDayUs;
    case TimeUnit::kQuarter:
      return 90 * kDayUs;
    case TimeUnit::kYear:
      return 365 * kDayUs;
  }
  throw Error(ErrorCode::kInternal, "unknown time unit");
}

Timestamp unit_began(Timestamp t, TimeUnit unit, Weekday week_start, LocalTime& local_time) {
  if (unit == TimeUnit::kHour) return full_hour(t, local_time);
  return local_time.first_instant(unit_start(local_time.reading(t), unit, week_start));
}

Timestamp earlier_unit_began(Timestamp t, int64_t count, TimeUnit unit, Weekday week_start, LocalTime& local_time) {
  if (unit == TimeUnit::kHour) return subtract(unit_began(t, unit, week_start, local_time), count, unit, local_time);
  return local_time.first_instant(units_before(unit_start(local_time.reading(t), unit, week_start), count, unit));
}

Timestamp hour_began(Timestamp t, LocalTime& local_time) {
  const Timestamp hour = full_hour(t, local_time);
  if (full_hour(hour, local_time) == hour) return hour;
  // Clocks have changed in between, and do so but once within an hour.
  Timestamp before = hour;
  Timestamp first = t;
  while (first - before > 1) {
    const Timestamp middle = before + (first - before) / 2;
    (full_hour(middle, local_time) == hour ? first : before) = middle;
  }
  return first;
}

}  // namespace segments
