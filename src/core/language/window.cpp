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

TimeRange unclamped_range(const Window& window, Timestamp as_of, LocalTime& local_time, TimeLiterals& literals) {
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
  }
  throw Error(ErrorCode::kInternal, "unknown window");
}

}  // namespace

TimeRange resolve_window(const Window* window, Timestamp as_of, LocalTime& local_time, TimeLiterals& literals) {
  if (as_of == kMinusInfinity || as_of == kPlusInfinity) {
    throw Error(ErrorCode::kInvalidValue, "as of must be finite", "Windows end at this time.",
                "Give a time other than infinity.");
  }
  if (window == nullptr) return {kMinusInfinity, as_of};
  const TimeRange range = unclamped_range(*window, as_of, local_time, literals);
  return {std::max(range.first, kFirstTimestamp), std::min(range.last, as_of)};
}

}  // namespace segments
