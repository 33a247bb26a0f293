#include "core/language/period.h"

#include <algorithm>

#include "core/calendar/time_span.h"
#include "core/error.h"
#include "core/text/keywords.h"

namespace segments {
namespace {

constexpr TimeRange kNone = {kMinusInfinity + 1, kMinusInfinity};

std::vector<TimeRange> last_periods(const Periods& periods, Timestamp as_of, LocalTime& local_time) {
  std::vector<TimeRange> ranges;
  Timestamp end = as_of;
  for (int64_t i = 1; i <= periods.count; ++i) {
    const Timestamp start = subtract(as_of, i * periods.length, periods.unit, local_time);
    ranges.push_back(end == kMinusInfinity ? kNone : TimeRange{start + 1, end});
    end = start;
  }
  std::ranges::reverse(ranges);
  return ranges;
}

constexpr size_t kCutUnits = 8;

[[noreturn]] void fail_many_units(const Periods& periods) {
  throw Error(ErrorCode::kLimitExceeded, "the window has too many " + std::string(unit_word(periods.unit)) + "s",
              "At most " + std::to_string(most_units(periods.kind)) + " are counted.",
              "Give a shorter window, or count longer units.", periods.position);
}

// Unit by unit, from the one of the window's first instant on.
std::vector<TimeRange> units_within(const Periods& periods, const TimeRange& window, Weekday week_start, LocalTime& local_time) {
  std::vector<TimeRange> ranges;
  if (window.empty()) return ranges;
  TimeRange rest = window;
  if (rest.first == kMinusInfinity) {
    ranges.push_back({kMinusInfinity, kMinusInfinity});
    rest.first = kFirstTimestamp;
  }
  if (rest.empty()) return ranges;
  // From the end, so that a window without a beginning is found too long at once.
  for (int64_t back = 0; rest.first <= rest.last; ++back) {
    if (ranges.size() >= most_units(periods.kind) + kCutUnits) fail_many_units(periods);
    const Timestamp began = periods.unit == TimeUnit::kHour
                                ? hour_began(rest.last, local_time)
                                : earlier_unit_began(window.last, back, periods.unit, week_start, local_time);
    const Timestamp start = std::max(rest.first, began);
    if (start > rest.last) continue;
    ranges.push_back({start, rest.last});
    rest.last = start - 1;
  }
  std::ranges::sort(ranges, {}, &TimeRange::first);
  return ranges;
}

}  // namespace

std::vector<TimeRange> periods_of(const Periods& periods, const TimeRange& window, Timestamp as_of, Weekday week_start,
                                  LocalTime& local_time) {
  std::vector<TimeRange> ranges = periods.kind == PeriodsKind::kOfTheLast ? last_periods(periods, as_of, local_time)
                                                                          : units_within(periods, window, week_start, local_time);
  if (ranges.empty()) ranges.push_back(kNone);
  return ranges;
}

}  // namespace segments
