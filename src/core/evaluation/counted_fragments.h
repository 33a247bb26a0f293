// The fragments of one tile whose rows a counter may count.
#pragma once
#include <map>
#include <vector>

#include "core/evaluation/counted_rows.h"

namespace segments {

using FragmentsByType = std::map<int32_t, std::vector<FragmentSource*>>;

class CountedFragments {
 public:
  // All must outlive this.
  CountedFragments(const EvaluationPlan& plan, uint32_t counter, Restrictions& restrictions, uint32_t tile,
                   const FragmentsByType& fragments, Interrupt& interrupt)
      : plan_(plan.counters[counter]), counter_(counter), restrictions_(restrictions), tile_(tile), fragments_(fragments),
        interrupt_(interrupt) {}

  // Calls use(fragment, rows, place) for each, `place` being that of its type among the counter's.  What is read is added to
  // `work`, which may be null.
  template <class Use>
  void for_each(CounterWork* work, Use use) const;

 private:
  const CounterPlan& plan_;
  const uint32_t counter_;
  Restrictions& restrictions_;
  const uint32_t tile_;
  const FragmentsByType& fragments_;
  Interrupt& interrupt_;
};

template <class Use>
void CountedFragments::for_each(CounterWork* work, Use use) const {
  for (size_t place = 0; place < plan_.types.size(); ++place) {
    const auto found = fragments_.find(plan_.types[place].type_id);
    if (found == fragments_.end()) continue;
    for (FragmentSource* source : found->second) {
      interrupt_.poll();
      FragmentReader fragment(*source, tile_, restrictions_);
      CountedRows rows(fragment, restrictions_.of_counter(counter_, place), plan_.window, plan_.hole);
      const bool is_pruned = rows.fold() == Truth::kNone;
      if (work != nullptr) {
        ++(is_pruned ? work->fragments_pruned : work->fragments_read);
        if (!is_pruned) work->rows_scanned += fragment.tile_row_count();
      }
      if (!is_pruned) use(fragment, rows, place);
    }
  }
}

}  // namespace segments
