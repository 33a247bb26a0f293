// Window arithmetic: what a definition's window means at an instant.
#pragma once
#include <string_view>

#include "core/language/definition.h"
#include "core/time.h"

namespace segments {

// Calendar arithmetic in the zone of a segment: the binding answers with PostgreSQL's own functions.
class LocalTime {
 public:
  virtual ~LocalTime() = default;
  // `t` minus calendar months and days, in the zone, as `timestamptz - interval` computes it.
  // Results before the first timestamp are kMinusInfinity.
  virtual Timestamp subtract(Timestamp t, int64_t months, int64_t days) = 0;
  // When a clock in the zone shows `reading`: microseconds since its 2000-01-01 00:00, seconds being whole.  A reading that
  // the clock skips counts with the offset before the change, one that it repeats with the offset after it, as
  // `timestamp AT TIME ZONE` computes it.  Before or after all timestamps: kMinusInfinity, kPlusInfinity.
  virtual Timestamp instant(int64_t reading) = 0;
};

// Reads the times of windows.
class TimeLiterals {
 public:
  virtual ~TimeLiterals() = default;
  // A literal such as '2026-03-29 02:30', '2026-03-29T00:00Z' or 'yesterday', in the zone and at the as_of of the evaluation.
  // Throws Error{kInvalidLiteral} at its position.
  virtual Timestamp parse(const Literal& literal) = 0;
};

// The range of times that `window` covers as of `as_of` (finite).  Never reaches past `as_of`.
// No window: all time, -infinity included.  With a window, -infinity is never included.
//   within last n unit       [as_of - n unit, as_of]
//   between n and m ago      [as_of - max, as_of - min], whichever was written first
//   from a to b, before b    end excluded;  from a, since a: start included
// Throws Error{kInvalidValue} if as_of is infinite.
TimeRange resolve_window(const Window* window, Timestamp as_of, LocalTime& local_time, TimeLiterals& literals);

}  // namespace segments
