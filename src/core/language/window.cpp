#include "core/language/window.h"

#include <algorithm>

#include "core/calendar/time_span.h"
#include "core/error.h"

namespace segments {
namespace {

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
    case WindowKind::kWithinNext:
    case WindowKind::kNext:
      break;  // of fields only
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
