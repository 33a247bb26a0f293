// How many profiles of two groups have which values of a field.
#pragma once
#include <vector>

#include "core/evaluation/profile_map.h"
#include "core/evaluation/restriction.h"
#include "core/evaluation/tile_evaluator.h"

namespace segments {

// What a tile adds, for each field of the plan.  The first of the plan's sets is one group, the second, or all other profiles if
// there is none, the other.  sizes[0] and sizes[1]: how many they are.
struct TileShares {
  std::vector<uint64_t> sizes;
  std::vector<ValueShares> fields;
};
TileShares value_shares(const EvaluationPlan& plan, Restrictions& restrictions, uint32_t tile, const ProfileMap& map,
                        const std::vector<FragmentSource*>& fragments, Interrupt& interrupt);

}  // namespace segments
