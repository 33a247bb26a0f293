// The foreign-data wrapper behind segments.member.
#pragma once
#include "pg/server/boundary.h"

namespace segments::pg {

// Whether a foreign table is of this wrapper.  Server calls only.
bool is_member_table(Oid table);

// Planning: see PostgreSQL's description of the callbacks of foreign-data wrappers.
void estimate_members(PlannerInfo* root, RelOptInfo* relation, Oid table);
void add_member_paths(PlannerInfo* root, RelOptInfo* relation, Oid table);
void add_member_join_paths(PlannerInfo* root, RelOptInfo* join, RelOptInfo* outer, RelOptInfo* inner, JoinType type,
                           JoinPathExtraData* extra);
void add_member_upper_paths(PlannerInfo* root, UpperRelationKind stage, RelOptInfo* input, RelOptInfo* output, void* extra);
ForeignScan* plan_member_scan(PlannerInfo* root, RelOptInfo* relation, Oid table, ForeignPath* path, List* target, List* clauses,
                              Plan* outer);

}  // namespace segments::pg
