// What values are made of: counts, sums and numbers of different values, of some profiles of a tile.
#pragma once
#include <memory>
#include <vector>

#include "core/evaluation/counted_fragments.h"
#include "core/evaluation/distinct_counter.h"
#include "core/evaluation/edge_rows.h"
#include "core/evaluation/quantity.h"
#include "core/evaluation/wide_sum.h"

namespace segments {

// What a column is about: a counter, a fold or a distinct of the plan.
struct ValueSource {
  PlanValueKind kind = PlanValueKind::kCount;  // kCount, kSum or kDistinct
  uint32_t index = 0;
  bool averages = false;  // of a fold: numbers are counted, too
};
// What a profile takes in its column, in bytes.
size_t bytes_of(const ValueSource& source);

class ValueColumn {
 public:
  // By place: of each profile.  REQUIRES: a fold's numbers are added up, if they are wide.
  template <class Numbers>
  Quantity<typename Numbers::Int> at(Numbers& numbers, size_t place, bool average) const;
  // Counts and numbers of different values; null: others.
  const std::vector<uint32_t>* counts() const { return kind_ == PlanValueKind::kSum ? nullptr : &counts_; }

  // Whether sums are too large to be kept.  Then those of some profiles are known at a time.
  bool is_wide() const { return wide_ != nullptr; }
  // REQUIRES: is_wide(), as for all that follows.
  bool has_number(uint32_t first) const { return wide_->present().contains(first); }
  size_t at_a_time(size_t bytes) const { return wide_->at_a_time(bytes); }
  // `places`: of these profiles.
  void add_up(const std::vector<uint32_t>& profiles, const std::vector<uint32_t>& places);

 private:
  friend class ValueColumns;

  PlanValueKind kind_ = PlanValueKind::kCount;
  std::vector<uint32_t> counts_;
  int32_t unit_ = 0;
  std::vector<Int128> sums_;
  std::vector<int64_t> numbers_;                            // how many; averages only
  DenseSet present_;                                        // by place, as the classes
  std::vector<std::pair<uint32_t, NumberClass>> specials_;  // of those that are not finite; ascending
  std::unique_ptr<WideSum> wide_;
  WideSum::Visit visit_;
  std::vector<Number> wide_sums_;  // of those that are added up
  std::vector<int64_t> wide_counts_;
  std::vector<uint32_t> wide_places_;  // ascending
};

// Fills columns over one tile.
class ValueColumns {
 public:
  // All must outlive this and its columns.
  ValueColumns(const EvaluationPlan& plan, Restrictions& restrictions, ValueMatcherFactory& matchers, Interrupt& interrupt,
               uint32_t tile, const ProfileMap& map, const FragmentsByType& fragments, EdgeFinder& edges)
      : plan_(plan), restrictions_(restrictions), matchers_(matchers), interrupt_(interrupt), tile_(tile), map_(map),
        fragments_(fragments), edges_(edges) {}

  // Of these profiles.  What is read is added to `work`, which may be null.
  ValueColumn make(const ValueSource& source, std::span<const uint32_t> profiles, CounterWork* work);
  uint32_t counter_of(const ValueSource& source) const;

 private:
  void count(ValueColumn& column, uint32_t counter, std::span<const uint32_t> profiles, CounterWork* work);
  void add_up(ValueColumn& column, const ValueSource& source, std::span<const uint32_t> profiles, CounterWork* work);
  void count_distinct(ValueColumn& column, uint32_t index, std::span<const uint32_t> profiles, CounterWork* work);

  const EvaluationPlan& plan_;
  Restrictions& restrictions_;
  ValueMatcherFactory& matchers_;
  Interrupt& interrupt_;
  const uint32_t tile_;
  const ProfileMap& map_;
  const FragmentsByType& fragments_;
  EdgeFinder& edges_;
};

template <class Numbers>
Quantity<typename Numbers::Int> ValueColumn::at(Numbers& numbers, size_t place, bool average) const {
  if (kind_ != PlanValueKind::kSum) return finite(numbers, typename Numbers::Int(Int128{counts_[place]}), 0, 1);
  if (wide_ != nullptr) {
    const auto found = std::lower_bound(wide_places_.begin(), wide_places_.end(), static_cast<uint32_t>(place));
    if (found == wide_places_.end() || *found != place) return {};
    const auto i = static_cast<size_t>(found - wide_places_.begin());
    return quantity_of(numbers, wide_sums_[i], average ? wide_counts_[i] : 1);
  }
  if (!present_.contains(static_cast<uint32_t>(place))) return {};
  if (!specials_.empty()) {
    const auto found = std::lower_bound(specials_.begin(), specials_.end(), place,
                                        [](const auto& one, size_t wanted) { return one.first < wanted; });
    if (found != specials_.end() && found->first == place) return special<Numbers>(found->second);
  }
  return finite(numbers, typename Numbers::Int(sums_[place]), unit_, average ? numbers_[place] : 1);
}

}  // namespace segments
