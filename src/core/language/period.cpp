#include "core/language/period.h"

#include <algorithm>
#include <iterator>
#include <optional>

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
              "At most " + std::to_string(most_units(periods.kind)) +
                  (periods.kind == PeriodsKind::kDistinct ? " with interactions" : "") + " are counted.",
              "Give a shorter window, or count longer units.", periods.position);
}

constexpr TimeRange kAlways[] = {{kMinusInfinity, kPlusInfinity}};

// The last instant of `ranges`, ascending and disjoint, up to and including `t`.
std::optional<Timestamp> latest_of(std::span<const TimeRange> ranges, Timestamp t) {
  const auto after = std::ranges::upper_bound(ranges, t, {}, &TimeRange::first);
  if (after == ranges.begin()) return std::nullopt;
  return std::min(t, std::prev(after)->last);
}

// Where the calendar's units of a window began, from the last one back.
class UnitsBack {
 public:
  UnitsBack(TimeUnit unit, Timestamp last, Weekday week_start, LocalTime& local_time)
      : unit_(unit), last_(last), week_start_(week_start), local_time_(local_time) {}

  // That of the unit of `t`, which lies before the units that were asked for.
  Timestamp of(Timestamp t) {
    if (unit_ == TimeUnit::kHour) return hour_began(t, local_time_);
    int64_t too_few = back_;
    for (int64_t step = 1; began(back_) > t; step *= 2) {
      too_few = back_ + 1;
      back_ += step;
    }
    while (too_few < back_) {
      const int64_t middle = too_few + (back_ - too_few) / 2;
      if (began(middle) > t)
        too_few = middle + 1;
      else
        back_ = middle;
    }
    return began(back_);
  }

 private:
  Timestamp began(int64_t back) const { return earlier_unit_began(last_, back, unit_, week_start_, local_time_); }

  TimeUnit unit_;
  Timestamp last_;
  Weekday week_start_;
  LocalTime& local_time_;
  int64_t back_ = 0;
};

// From the first one on.  Units without an instant of `occupied` are left out, and so may be parts of others without one.
std::vector<TimeRange> units_within(const Periods& periods, const TimeRange& window, std::span<const TimeRange> occupied,
                                    Weekday week_start, LocalTime& local_time) {
  std::vector<TimeRange> ranges;
  if (window.empty()) return ranges;
  TimeRange rest = window;
  if (rest.first == kMinusInfinity) {
    ranges.push_back({kMinusInfinity, kMinusInfinity});
    rest.first = kFirstTimestamp;
  }
  // From the end, so that a window without a beginning is found too long at once.
  UnitsBack units(periods.unit, window.last, week_start, local_time);
  for (auto latest = latest_of(occupied, rest.last); latest && rest.first <= *latest; latest = latest_of(occupied, rest.last)) {
    if (ranges.size() >= most_units(periods.kind) + kCutUnits) fail_many_units(periods);
    const Timestamp start = std::max(rest.first, units.of(*latest));
    ranges.push_back({start, *latest});
    rest.last = start - 1;
  }
  std::ranges::sort(ranges, {}, &TimeRange::first);
  return ranges;
}

std::vector<TimeRange> one_or_more(std::vector<TimeRange> ranges) {
  if (ranges.empty()) ranges.push_back(kNone);
  return ranges;
}

}  // namespace

std::vector<TimeRange> periods_of(const Periods& periods, const TimeRange& window, Timestamp as_of, Weekday week_start,
                                  LocalTime& local_time) {
  return one_or_more(periods.kind == PeriodsKind::kOfTheLast ? last_periods(periods, as_of, local_time)
                                                             : units_within(periods, window, kAlways, week_start, local_time));
}

bool may_have_too_many(const Periods& periods, const TimeRange& window) {
  if (window.empty()) return false;
  if (window.first == kMinusInfinity) return true;
  const uint64_t length = static_cast<uint64_t>(window.last) - static_cast<uint64_t>(window.first);
  return length / static_cast<uint64_t>(usual_length(periods.unit)) >= most_units(periods.kind);
}

std::vector<TimeRange> occupied_units(const Periods& periods, const TimeRange& window, std::span<const TimeRange> occupied,
                                      Weekday week_start, LocalTime& local_time) {
  return one_or_more(units_within(periods, window, occupied, week_start, local_time));
}

}  // namespace segments
