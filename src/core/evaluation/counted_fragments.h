// The fragments of one tile whose rows a counter may count.
#pragma once
#include <algorithm>
#include <map>
#include <vector>

#include "core/evaluation/counted_rows.h"

namespace segments {

using FragmentsByType = std::map<int32_t, std::vector<FragmentSource*>>;

class CountedFragments {
 public:
  // All must outlive this.  `edge`: that of the counter; null if it has none.
  CountedFragments(const EvaluationPlan& plan, uint32_t counter, Restrictions& restrictions, uint32_t tile,
                   const FragmentsByType& fragments, Interrupt& interrupt, const EdgeRows* edge)
      : plan_(plan.counters[counter]), counter_(counter), restrictions_(restrictions), tile_(tile), interrupt_(interrupt),
        edge_(edge) {
    for (size_t place = 0; place < plan_.types.size(); ++place) {
      const auto found = fragments.find(plan_.types[place].type_id);
      if (found == fragments.end()) continue;
      for (FragmentSource* source : found->second) sources_.emplace_back(source, place);
    }
  }

  // is_before(a, b): whether fragment a comes before b.
  template <class IsBefore>
  void order_by(IsBefore is_before) {
    std::stable_sort(sources_.begin(), sources_.end(),
                     [&](const auto& a, const auto& b) { return is_before(*a.first, *b.first); });
  }

  // Calls use(fragment, rows, place) for each, `place` being that of its type among the counter's.  What is read is added to
  // `work`, which may be null.
  template <class Use>
  void for_each(CounterWork* work, Use use) const;

 private:
  const CounterPlan& plan_;
  const uint32_t counter_;
  Restrictions& restrictions_;
  const uint32_t tile_;
  Interrupt& interrupt_;
  const EdgeRows* const edge_;
  std::vector<std::pair<FragmentSource*, size_t>> sources_;  // with the place of their type
};

template <class Use>
void CountedFragments::for_each(CounterWork* work, Use use) const {
  for (const auto& [source, place] : sources_) {
    interrupt_.poll();
    FragmentReader fragment(*source, tile_, restrictions_);
    CountedRows rows(fragment, restrictions_.of_counter(counter_, place), plan_.window, plan_.hole, edge_);
    const bool is_pruned = rows.fold() == Truth::kNone;
    if (work != nullptr) {
      ++(is_pruned ? work->fragments_pruned : work->fragments_read);
      if (!is_pruned) work->rows_scanned += fragment.tile_row_count();
    }
    if (!is_pruned) use(fragment, rows, place);
  }
}

}  // namespace segments
