// What is known of a member table within a query while it is planned.
#pragma once
#include "pg/member/member_plan.h"

namespace segments::pg {

// RelOptInfo.fdw_private of a base relation, in the planner's memory.
struct MemberRelation {
  MemberColumns columns;
  ScanConditions conditions;  // of its restrictions
  bool needs_ids;
  double segments;      // readable ones with members
  double chosen;        // about how many of them its restrictions leave
  double chunks;        // of ids
  double open_at_once;  // how many chunks an ordered scan holds at most
};

// Path.fdw_private of an upper relation or a join: what makes its plan.  A list of the scan's plan, its target list, what it
// evaluates (conditions on segments, and what names them) and what the executor checks.
struct UpperPlan {
  ScanPlan scan;
  List* target = nullptr;
  List* evaluated = nullptr;
  List* checked = nullptr;

  List* serialize() const;
  static UpperPlan read(const List* serialized);
};

// Server calls only.
ForeignScan* plan_upper_scan(List* target, const UpperPlan& upper);

}  // namespace segments::pg
