#include "core/language/window.h"

#include <algorithm>

#include "core/error.h"

namespace segments {
namespace {

constexpr int64_t kSecondUs = 1'000'000;
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

// `t` minus `count` units; kMinusInfinity if that is before the first timestamp.
Timestamp subtract(Timestamp t, int64_t count, TimeUnit unit, LocalTime& local_time) {
  switch (unit) {
    case TimeUnit::kSecond:
      return subtract_microseconds(t, count, kSecondUs);
    case TimeUnit::kMinute:
      return subtract_microseconds(t, count, 60 * kSecondUs);
    case TimeUnit::kHour:
      return subtract_microseconds(t, count, 3600 * kSecondUs);
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

Timestamp just_before(Timestamp end) { return end == kMinusInfinity ? kMinusInfinity : end - 1; }

// When the calendar's unit began that is running at `t`.
Timestamp unit_began(Timestamp t, TimeUnit unit, Weekday week_start, LocalTime& local_time) {
  const int64_t reading = local_time.reading(t);
  if (unit == TimeUnit::kHour) return t - floor_remainder(reading, 3600 * kSecondUs);
  return local_time.first_instant(unit_start(reading, unit, week_start));
}

// The start of the calendar's unit that came `count` units before the one running at `t`.
Timestamp earlier_unit_began(Timestamp t, int64_t count, TimeUnit unit, Weekday week_start, LocalTime& local_time) {
  if (unit == TimeUnit::kHour) return subtract(unit_began(t, unit, week_start, local_time), count, unit, local_time);
  return local_time.first_instant(units_before(unit_start(local_time.reading(t), unit, week_start), count, unit));
}

// A day, given by its date alone.  One that the zone's clocks skipped is empty.
TimeRange day_of(const Literal& literal, LocalTime& local_time, TimeLiterals& literals) {
  const std::optional<int64_t> reading = literals.parse_reading(literal);
  if (!reading || floor_remainder(*reading, kMicrosecondsOfDay) != 0) {
    throw Error(ErrorCode::kInvalidLiteral, "\"on\" is followed by a day", "A time of day, or infinity, is none.",
                "Write on '2026-03-01', or \"from … to …\" for a part of a day.", literal.position);
  }
  const int64_t next = units_before(*reading, -1, TimeUnit::kDay);
  return {local_time.first_instant(*reading), just_before(local_time.first_instant(next))};
}

TimeRange unclamped_range(const Window& window, Timestamp as_of, Weekday week_start, LocalTime& local_time,
                          TimeLiterals& literals) {
  switch (window.kind) {
    case WindowKind::kWithinLast:
      return {subtract(as_of, window.count, window.unit, local_time), as_of};
    case WindowKind::kBetweenAgo: {
      const Timestamp a = subtract(as_of, window.count, window.unit, local_time);
      const Timestamp b = subtract(as_of, window.other_count, window.other_unit, local_time);
      return {std::min(a, b), std::max(a, b)};
    }
    case WindowKind::kFromTo:
      return {literals.parse(window.start), just_before(literals.parse(window.end))};
    case WindowKind::kSince:
      return {literals.parse(window.start), as_of};
    case WindowKind::kBefore:
      return {kFirstTimestamp, just_before(literals.parse(window.end))};
    case WindowKind::kThis:
      return {unit_began(as_of, window.unit, week_start, local_time), as_of};
    case WindowKind::kPrevious:
      return {earlier_unit_began(as_of, window.count, window.unit, week_start, local_time),
              just_before(unit_began(as_of, window.unit, week_start, local_time))};
    case WindowKind::kOn:
      return day_of(window.start, local_time, literals);
    case WindowKind::kMoreThanAgo:
      return {kMinusInfinity, just_before(subtract(as_of, window.count, window.unit, local_time))};
  }
  throw Error(ErrorCode::kInternal, "unknown window");
}

}  // namespace

TimeRange resolve_window(const Window* window, Timestamp as_of, Weekday week_start, LocalTime& local_time,
                         TimeLiterals& literals) {
  if (as_of == kMinusInfinity || as_of == kPlusInfinity) {
    throw Error(ErrorCode::kInvalidValue, "as of must be finite", "Windows end at this time.",
                "Give a time other than infinity.");
  }
  if (window == nullptr) return {kMinusInfinity, as_of};
  const TimeRange range = unclamped_range(*window, as_of, week_start, local_time, literals);
  const Timestamp earliest = window->kind == WindowKind::kMoreThanAgo ? kMinusInfinity : kFirstTimestamp;
  return {std::max(range.first, earliest), std::min(range.last, as_of)};
}

}  // namespace segments
