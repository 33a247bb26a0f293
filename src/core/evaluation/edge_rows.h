// The earliest or latest rows of each profile of a tile, among those that a counter counts.
#pragma once
#include <deque>
#include <memory>
#include <unordered_map>

#include "core/evaluation/counted_fragments.h"
#include "core/evaluation/profile_map.h"

namespace segments {

class EdgeRows {
 public:
  // Those of the tile; null: there are none in the fragment.
  const RowSet* of(const FragmentSource& fragment) const {
    const auto found = rows_.find(&fragment);
    return found == rows_.end() ? nullptr : &found->second;
  }
  void put(const FragmentSource& fragment, RowSet&& rows) { rows_.insert_or_assign(&fragment, std::move(rows)); }

 private:
  std::unordered_map<const FragmentSource*, RowSet> rows_;
};

// Finds them, and keeps the last ones that it found.
class EdgeFinder {
 public:
  // All must outlive this.
  EdgeFinder(const EvaluationPlan& plan, Restrictions& restrictions, Interrupt& interrupt, uint32_t tile, const ProfileMap& map,
             const FragmentsByType& fragments)
      : plan_(plan), restrictions_(restrictions), interrupt_(interrupt), tile_(tile), map_(map), fragments_(fragments) {}

  // Of a counter's edge; null: it has none.
  std::shared_ptr<const EdgeRows> of_counter(uint32_t counter);

 private:
  std::shared_ptr<const EdgeRows> find(const EdgePlan& edge);

  const EvaluationPlan& plan_;
  Restrictions& restrictions_;
  Interrupt& interrupt_;
  const uint32_t tile_;
  const ProfileMap& map_;
  const FragmentsByType& fragments_;
  std::vector<uint32_t> first_of_;  // ProfileMap::first_records(), once needed
  std::deque<std::pair<EdgePlan, std::shared_ptr<const EdgeRows>>> known_;
};

}  // namespace segments
