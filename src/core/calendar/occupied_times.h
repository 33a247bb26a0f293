// Roughly when something happened at all, whatever came in which order.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/time.h"

namespace segments {

class OccupiedTimes {
 public:
  // To so many microseconds.
  explicit OccupiedTimes(int64_t step) : step_(step) {}

  // Infinite times are left out.
  void add(std::span<const Timestamp> times);
  // All of it.  REQUIRES: finite, and not empty.
  void add(const TimeRange& range);

  // How many steps of a range there are.  REQUIRES: finite, and not empty.
  uint64_t steps(const TimeRange& range) const;
  // How many steps have been added.
  size_t size() const { return steps_.size(); }
  // Ascending and disjoint; every time that was added lies in one of them.
  std::vector<TimeRange> ranges() const;

 private:
  void merge(std::vector<int64_t>& steps);

  int64_t step_;
  std::vector<int64_t> steps_;  // ascending
};

}  // namespace segments
