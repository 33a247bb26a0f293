// When the interactions of one profile happened that satisfy the restrictions of a plan, whatever its windows.
#pragma once
#include <vector>

#include "core/evaluation/profile_map.h"
#include "core/evaluation/restriction.h"
#include "core/evaluation/tile_evaluator.h"

namespace segments {

// By counter of the plan, ascending: of the profile that goes by `subject`, over all its records in the tile; none if there is
// none.
std::vector<std::vector<Timestamp>> evidence_of(Ordinal subject, const EvaluationPlan& plan, Restrictions& restrictions,
                                                uint32_t tile, const ProfileMap& map,
                                                const std::vector<FragmentSource*>& fragments, Interrupt& interrupt);

}  // namespace segments
