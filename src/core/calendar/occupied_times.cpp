#include "core/calendar/occupied_times.h"

#include <algorithm>
#include <iterator>

#include "core/calendar/date.h"

namespace segments {

void OccupiedTimes::add(std::span<const Timestamp> times) {
  std::vector<int64_t> steps;
  for (const Timestamp time : times) {
    if (time == kMinusInfinity || time == kPlusInfinity) continue;
    const int64_t step = floor_divide(time, step_);
    if (steps.empty() || steps.back() != step) steps.push_back(step);
  }
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  merge(steps);
}

void OccupiedTimes::add(const TimeRange& range) {
  std::vector<int64_t> steps;
  for (int64_t step = floor_divide(range.first, step_); step <= floor_divide(range.last, step_); ++step) steps.push_back(step);
  merge(steps);
}

uint64_t OccupiedTimes::steps(const TimeRange& range) const {
  return static_cast<uint64_t>(floor_divide(range.last, step_) - floor_divide(range.first, step_)) + 1;
}

void OccupiedTimes::merge(std::vector<int64_t>& steps) {
  std::vector<int64_t> all;
  all.reserve(std::max(steps_.size(), steps.size()));
  std::set_union(steps_.begin(), steps_.end(), steps.begin(), steps.end(), std::back_inserter(all));
  steps_ = std::move(all);
}

std::vector<TimeRange> OccupiedTimes::ranges() const {
  std::vector<TimeRange> ranges;
  for (const int64_t step : steps_) {
    const Timestamp first = step * step_;
    if (!ranges.empty() && ranges.back().last + 1 == first)
      ranges.back().last += step_;
    else
      ranges.push_back({first, first + (step_ - 1)});
  }
  return ranges;
}

}  // namespace segments
