// Spans of time, and the calendar's units, in a zone.
#pragma once
#include "core/calendar/date.h"
#include "core/calendar/local_time.h"
#include "core/time.h"

namespace segments {

// `t` minus `count` units; kMinusInfinity if that is before the first timestamp.
Timestamp subtract(Timestamp t, int64_t count, TimeUnit unit, LocalTime& local_time);

// In microseconds; many units in a row take at least so long each.
int64_t usual_length(TimeUnit unit);

inline Timestamp just_before(Timestamp end) { return end == kMinusInfinity ? kMinusInfinity : end - 1; }

// When the calendar's unit began that is running at `t`.  REQUIRES: an hour or a longer unit.
Timestamp unit_began(Timestamp t, TimeUnit unit, Weekday week_start, LocalTime& local_time);

// The start of the calendar's unit that came `count` units before the one running at `t` (less than 0: after it).  REQUIRES:
// likewise.
Timestamp earlier_unit_began(Timestamp t, int64_t count, TimeUnit unit, Weekday week_start, LocalTime& local_time);

// The first of the instants that have their hour, as `date_trunc('hour', timestamptz)` computes it, in common with `t`.  Where
// clocks change by other than whole hours that is later than unit_began(), which has the offset in force at `t`.
Timestamp hour_began(Timestamp t, LocalTime& local_time);

}  // namespace segments
