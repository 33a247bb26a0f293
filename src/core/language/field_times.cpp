#include "core/language/field_times.h"

#include <algorithm>
#include <string>

#include "core/error.h"
#include "core/text/keywords.h"

namespace segments {
namespace {

constexpr int64_t kSecondUs = 1'000'000;
constexpr int64_t kHourUs = 3600 * kSecondUs;
// Longer spans reach past all timestamps from anywhere.
constexpr int64_t kLongestMonths = int64_t{300'000} * 12;
constexpr int64_t kLongestDays = int64_t{300'000} * 366;

int64_t microseconds_of(TimeUnit unit) {
  return unit == TimeUnit::kSecond ? kSecondUs : unit == TimeUnit::kMinute ? 60 * kSecondUs : kHourUs;
}

// |count| <= kMaxWindowCount + 1: the product fits.
Timestamp moved_by(Timestamp t, int64_t count, int64_t unit) {
  if (count < 0 && t < kFirstTimestamp - count * unit) return kMinusInfinity;
  if (count > 0 && t >= kEndTimestamp - count * unit) return kPlusInfinity;
  return t + count * unit;
}

TimeRange finite(TimeRange range) { return {std::max(range.first, kFirstTimestamp), std::min(range.last, kEndTimestamp - 1)}; }
TimeRange finite_days(TimeRange range) { return {std::max(range.first, kFirstDay), std::min(range.last, kEndDay - 1)}; }

// What `value` moved by counts of units is, for all that slides.
template <class F>
TimeRange sliding_range(const Window& times, int64_t value, F move) {
  switch (times.kind) {
    case WindowKind::kWithinLast:
      return {move(-times.count, times.unit), value};
    case WindowKind::kWithinNext:
      return {value, move(times.count, times.unit)};
    case WindowKind::kBetweenAgo: {
      const int64_t a = move(-times.count, times.unit);
      const int64_t b = move(-times.other_count, times.other_unit);
      return {std::min(a, b), std::max(a, b)};
    }
    default: {
      const int64_t end = move(-times.count, times.unit);
      return {kMinusInfinity, end == kMinusInfinity ? end : end - 1};
    }
  }
}

// Of calendar units, in readings: the first one and the one after the last.
struct Units {
  int64_t first;
  int64_t end;
};

Units units_of(const Window& times, int64_t start, auto after) {
  switch (times.kind) {
    case WindowKind::kPrevious:
      return {after(start, -times.count), start};
    case WindowKind::kNext:
      return {after(start, 1), after(start, times.count + 1)};
    default:
      return {start, after(start, 1)};
  }
}

Units calendar_units(const Window& times, int64_t reading, Weekday week_start) {
  if (times.unit == TimeUnit::kHour) {
    const int64_t start = floor_divide(reading, kHourUs) * kHourUs;
    return units_of(times, start, [](int64_t at, int64_t count) { return moved_by(at, count, kHourUs); });
  }
  const int64_t start = unit_start(reading, times.unit, week_start);
  return units_of(times, start, [&](int64_t at, int64_t count) { return units_before(at, -count, times.unit); });
}

Units day_named(const Window& times, TimeLiterals& literals) {
  const std::optional<int64_t> reading = literals.parse_reading(times.start);
  if (!reading || floor_remainder(*reading, kMicrosecondsOfDay) != 0) {
    throw Error(ErrorCode::kInvalidLiteral, "\"on\" is followed by a day", "A time of day, or infinity, is none.",
                "Write on '2026-03-01', or \"between … and …\" for a part of a day.", times.start.position);
  }
  return {*reading, units_before(*reading, -1, TimeUnit::kDay)};
}

TimeRange instants(const Window& times, Timestamp as_of, Weekday week_start, LocalTime& local_time, TimeLiterals& literals) {
  if (slides(times)) {
    const TimeRange range =
        sliding_range(times, as_of, [&](int64_t count, TimeUnit unit) { return moved(as_of, count, unit, local_time); });
    return times.kind == WindowKind::kMoreThanAgo ? range : finite(range);
  }
  if (times.kind != WindowKind::kOn && times.unit == TimeUnit::kHour) {
    const Timestamp began = as_of - floor_remainder(local_time.reading(as_of), kHourUs);
    const Units hours = units_of(times, began, [](int64_t at, int64_t count) { return moved_by(at, count, kHourUs); });
    return finite({hours.first, hours.end - 1});
  }
  const Units units =
      times.kind == WindowKind::kOn ? day_named(times, literals) : calendar_units(times, local_time.reading(as_of), week_start);
  const Timestamp end = local_time.first_instant(units.end);
  return finite({local_time.first_instant(units.first), end == kMinusInfinity ? end : end - 1});
}

void check_days(const Window& times, TimeUnit unit) {
  if (unit >= TimeUnit::kDay) return;
  throw Error(ErrorCode::kTypeMismatch, "a date has no " + std::string(unit_word(unit)) + "s",
              "A field of type date is compared with days.", "Write days, or a longer unit.", times.position);
}

TimeRange days(const Window& times, int64_t reading, Weekday week_start, TimeLiterals& literals) {
  if (times.kind != WindowKind::kOn) check_days(times, times.unit);
  if (times.kind == WindowKind::kBetweenAgo) check_days(times, times.other_unit);
  if (slides(times)) {
    const int64_t today = floor_divide(reading, kMicrosecondsOfDay);
    const TimeRange range = sliding_range(times, today, [&](int64_t count, TimeUnit unit) {
      const CalendarSpan span = calendar_span(count, unit);
      return day_after_months(today, span.months) + span.days;
    });
    return times.kind == WindowKind::kMoreThanAgo ? range : finite_days(range);
  }
  const Units units = times.kind == WindowKind::kOn ? day_named(times, literals) : calendar_units(times, reading, week_start);
  return finite_days({floor_divide(units.first, kMicrosecondsOfDay), floor_divide(units.end, kMicrosecondsOfDay) - 1});
}

}  // namespace

bool slides(const Window& window) {
  switch (window.kind) {
    case WindowKind::kWithinLast:
    case WindowKind::kWithinNext:
    case WindowKind::kBetweenAgo:
    case WindowKind::kMoreThanAgo:
      return true;
    default:
      return false;
  }
}

CalendarSpan calendar_span(int64_t count, TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kDay:
      return {0, count};
    case TimeUnit::kWeek:
      return {0, count * 7};
    case TimeUnit::kMonth:
      return {count, 0};
    case TimeUnit::kQuarter:
      return {count * 3, 0};
    case TimeUnit::kYear:
      return {count * 12, 0};
    default:
      throw Error(ErrorCode::kInternal, "the calendar has no such unit");
  }
}

Timestamp moved(Timestamp t, int64_t count, TimeUnit unit, LocalTime& local_time) {
  if (count == 0) return t;
  if (unit < TimeUnit::kDay) return moved_by(t, count, microseconds_of(unit));
  const Timestamp outside = count < 0 ? kMinusInfinity : kPlusInfinity;
  const CalendarSpan span = calendar_span(count, unit);
  if (std::abs(span.months) > kLongestMonths || std::abs(span.days) > kLongestDays) return outside;
  const Timestamp result = local_time.subtract(t, -span.months, -span.days);
  return result == kMinusInfinity ? outside : result;
}

TimeRange resolve_field_times(const Window& times, FieldClock clock, Timestamp as_of, Weekday week_start, LocalTime& local_time,
                              TimeLiterals& literals) {
  if (as_of == kMinusInfinity || as_of == kPlusInfinity) {
    throw Error(ErrorCode::kInvalidValue, "as of must be finite", "Times are compared with it.",
                "Give a time other than infinity.");
  }
  if (clock == FieldClock::kInstants) return instants(times, as_of, week_start, local_time, literals);
  const int64_t reading = local_time.reading(as_of);
  if (clock == FieldClock::kDays) return days(times, reading, week_start, literals);
  if (slides(times)) throw Error(ErrorCode::kInternal, "readings do not slide");
  const Units units = times.kind == WindowKind::kOn ? day_named(times, literals) : calendar_units(times, reading, week_start);
  return finite({units.first, units.end - 1});
}

}  // namespace segments
