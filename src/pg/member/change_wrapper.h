// The foreign-data wrapper behind segments.membership_change.
#pragma once
#include "pg/server/boundary.h"

namespace segments::pg {

// Whether a foreign table is of this wrapper.  Server calls only.
bool is_change_table(Oid table);

// Planning: see PostgreSQL's description of the callbacks of foreign-data wrappers.
void estimate_changes(PlannerInfo* root, RelOptInfo* relation, Oid table);
void add_change_paths(PlannerInfo* root, RelOptInfo* relation, Oid table);
ForeignScan* plan_change_scan(PlannerInfo* root, RelOptInfo* relation, Oid table, ForeignPath* path, List* target, List* clauses,
                              Plan* outer);

}  // namespace segments::pg
