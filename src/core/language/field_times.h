// What the times that a field is compared with mean at an instant: `F within last 7 days`, `F this month`, `F on '2026-03-01'`.
#pragma once
#include "core/language/window.h"

namespace segments {

// How a field holds time: as instants, as what a clock shows (microseconds since its 2000-01-01 00:00), or as days since then.
enum class FieldClock : uint8_t { kInstants, kReadings, kDays };

// Whether both ends are spans from as_of, rather than the calendar's.
bool slides(const Window& window);

// The values that `times` covers as of `as_of` (finite): both ends included, infinities left out but where that is said.
//   within last n unit, between n and m ago     as for windows (window.h)
//   within next n unit                          [as_of, as_of + n unit]
//   more than n unit ago                        what is before within last n unit, -infinity included
//   this, previous, next unit                   whole units of the calendar, to come or not
//   on d                                        the day
// Days are counted from the day of as_of.
// REQUIRES: not slides(times) for kReadings.  Throws Error{kTypeMismatch} for hours and shorter units of days, at the position of
// `times`, and what resolve_window() throws.
TimeRange resolve_field_times(const Window& times, FieldClock clock, Timestamp as_of, Weekday week_start, LocalTime& local_time,
                              TimeLiterals& literals);

// `t` plus `count` units (less than 0: minus), as timestamptz + interval; an infinity for what lies outside of all timestamps.
Timestamp moved(Timestamp t, int64_t count, TimeUnit unit, LocalTime& local_time);

// Months and days of a calendar's unit.  REQUIRES: a day or a longer unit.
struct CalendarSpan {
  int64_t months = 0;
  int64_t days = 0;
};
CalendarSpan calendar_span(int64_t count, TimeUnit unit);

}  // namespace segments
