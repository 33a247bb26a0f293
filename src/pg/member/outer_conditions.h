// Join conditions that a scan answers when the other relations' rows are given.
#pragma once
#include "pg/server/boundary.h"

namespace segments::pg {

// Whether a scan answers a condition itself.
using OwnCondition = bool (*)(PlannerInfo* root, const RelOptInfo* relation, Expr* clause, void* argument);

// All that can be moved to the scan: `columns` are those that equivalence classes may say something about.  Server calls only.
List* join_conditions(PlannerInfo* root, RelOptInfo* relation, std::span<const AttrNumber> columns, OwnCondition is_own,
                      void* argument);
// The different sets of relations (Relids) that these need.  Server calls only.
List* outer_relations(const RelOptInfo* relation, const List* conditions);

}  // namespace segments::pg
