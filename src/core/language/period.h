// The periods of a condition at an instant.
#pragma once
#include <span>
#include <vector>

#include "core/calendar/date.h"
#include "core/calendar/local_time.h"
#include "core/language/definition.h"
#include "core/time.h"

namespace segments {

// A sliding window of as many units as are counted may have a few more: it cuts those at its ends, and where clocks change by
// half an hour, hours end early.
constexpr size_t most_units(PeriodsKind kind) { return kind == PeriodsKind::kInARow ? 1'000 : 20'000; }

// Ascending and disjoint, one or more; such as hold no instant are empty.
//   of the last m periods    (t - (i+1) periods, t - i periods], i < m, t being as_of; `window` is not looked at
//   in a row, distinct       the parts of the calendar's units within `window`; -infinity, if it is in the window, is one of its
//   own.
//                            An hour has the instants of which date_trunc('hour', timestamptz) makes the same.
// Throws Error{kLimitExceeded} if there are too many units in the window.
std::vector<TimeRange> periods_of(const Periods& periods, const TimeRange& window, Timestamp as_of, Weekday week_start,
                                  LocalTime& local_time);

// Whether a window without either end open has so many units that periods_of() could refuse it.
bool may_have_too_many(const Periods& periods, const TimeRange& window);

// Of the units within `window`, those in which instants of `occupied` lie, which are ascending and disjoint: each at least as
// far as such instants reach.  Throws likewise if these are too many.  REQUIRES: kDistinct.
std::vector<TimeRange> occupied_units(const Periods& periods, const TimeRange& window, std::span<const TimeRange> occupied,
                                      Weekday week_start, LocalTime& local_time);

}  // namespace segments
