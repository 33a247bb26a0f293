// Window arithmetic: what a definition's window means at an instant.
#pragma once
#include <optional>

#include "core/calendar/date.h"
#include "core/calendar/local_time.h"
#include "core/language/definition.h"
#include "core/time.h"

namespace segments {

// Reads the times of windows.
class TimeLiterals {
 public:
  virtual ~TimeLiterals() = default;
  // A literal such as '2026-03-29 02:30', '2026-03-29T00:00Z' or 'yesterday', in the zone and at the as_of of the evaluation.
  // Throws Error{kInvalidLiteral} at its position.
  virtual Timestamp parse(const Literal& literal) = 0;
  // What a clock in the zone shows then, even if it skips that: microseconds since its 2000-01-01 00:00; nothing for the
  // infinities. Throws as parse().
  virtual std::optional<int64_t> parse_reading(const Literal& literal) = 0;
};

// The range of times that `window` covers as of `as_of` (finite).  Never reaches past `as_of`.
// No window: all time, -infinity included.  With a window, -infinity is not included, but where that is said.
//   within last n unit       [as_of - n unit, as_of]
//   between n and m ago      [as_of - max, as_of - min], whichever was written first
//   from a to b, before b    end excluded;  from a, since a: start included
//   this unit                [start of the calendar's unit, as_of]
//   previous n units         [n units before that start, that start), whole units of the calendar
//   on d                     [start of the day, start of the next); empty for a day that the clock skips
//   more than n unit ago     what within last n unit does not cover of the past, -infinity included
// A calendar's unit has the instants whose readings lie in it: it starts with the first of them where the clock skips or
// repeats its midnight.  An hour starts by the offset in force at as_of.  Weeks start on `week_start`.
// Throws Error{kInvalidValue} if as_of is infinite, Error{kInvalidLiteral} if `on` is followed by what is no day.
TimeRange resolve_window(const Window* window, Timestamp as_of, Weekday week_start, LocalTime& local_time,
                         TimeLiterals& literals);

}  // namespace segments
