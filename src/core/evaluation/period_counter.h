// Rows counted period by period, and what of it holds in how many periods.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/column/column.h"
#include "core/evaluation/bit_counter.h"
#include "core/plan/plan.h"
#include "core/time.h"

namespace segments {

class PeriodCounter {
 public:
  // `periods`: ascending and disjoint; they must outlive this.
  PeriodCounter(std::span<const TimeRange> periods, uint32_t planes);

  // Counts the rows (null: all) of a fragment's blocks in the periods in which their times lie.
  void add(std::span<const BlockView> blocks, const RowSet* rows, std::span<const Timestamp> times);
  BitCounter& of_period(size_t period) { return counters_[period]; }

 private:
  void add(Timestamp time, uint32_t offset);

  std::span<const TimeRange> periods_;
  std::vector<BitCounter> counters_;
  size_t latest_ = 0;  // neighbours of a row lie near it in time
};

// The profiles with so many periods, or so long a run of periods, that hold.
class PeriodTally {
 public:
  explicit PeriodTally(const PlanNode& node);  // kPeriods or kRun; it must outlive this

  // The next period, and who holds it.
  void add(const DenseSet& holding);
  // Restricts `profiles`, of whom some may hold no period at all.
  void restrict(DenseSet& profiles) const;

 private:
  const PlanNode& node_;
  BitCounter counter_;  // of periods, or of the present run
  DenseSet reached_;    // runs at least as long as the minimum
  DenseSet exceeded_;   // runs longer than the maximum
};

// The largest count that must be told apart from larger ones to know whether it lies between two bounds.
int64_t distinguished_count(int64_t minimum, int64_t maximum);

}  // namespace segments
