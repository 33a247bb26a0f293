// What the planner tells the executor about a scan of changes of memberships, and how conditions are shared out.
#pragma once
#include "pg/member/member_plan.h"

namespace segments::pg {

// Columns of the foreign table by their names.
struct ChangeColumns {
  AttrNumber segment;
  AttrNumber profile_id;
  AttrNumber change;
  AttrNumber other_profile_id;
  AttrNumber run_id;
  AttrNumber refresh_id;
  AttrNumber at;

  MemberColumns members() const { return {segment, profile_id, 0, 0, {TEXTOID, -1, IdKind::kText}}; }
};
// An error (HV...) if they are others.  Server calls only.  REQUIRES: the table is locked.
ChangeColumns change_columns(Oid table);

enum class ChangeOrder : int { kNone, kAscending, kDescending };

// ForeignScan.fdw_private.  Its fdw_exprs are conditions that read only `segment`, then those that read only what a run says,
// then those that read `change`, too; then texts or arrays of texts that profile_id is equal to or in, then instants that `at` is
// compared with.
struct ChangeScanPlan {
  ChangeOrder order = ChangeOrder::kNone;  // by `at`
  int segment_conditions = 0;
  int run_conditions = 0;
  int change_conditions = 0;
  bool is_fixed = true;  // no parameter decides which runs
  bool needs_ids = true;
  bool needs_others = true;
  List* is_array = nullptr;    // of ints: of each text that profile_id is equal to
  List* strategies = nullptr;  // of ints: B-tree strategies of the comparisons with `at`

  int conditions() const { return segment_conditions + run_conditions + change_conditions; }
  // Server calls only, both.
  List* serialize() const;
  static ChangeScanPlan read(const List* serialized);
};

// Server calls only.
struct ChangeConditions {
  List* segment = nullptr;  // all of these are lists of expressions
  List* run = nullptr;
  List* change = nullptr;
  List* profile = nullptr;
  List* local = nullptr;
  List* profiles = nullptr;  // of `profile`: the side without columns of this table
  List* is_array = nullptr;
  List* instants = nullptr;  // likewise of comparisons with `at`, which are among `run`
  List* strategies = nullptr;

  void add(PlannerInfo* root, const RelOptInfo* relation, const ChangeColumns& columns, Expr* clause);
};

// Whether the scan answers it.
bool is_answered_by_changes(PlannerInfo* root, const RelOptInfo* relation, const ChangeColumns& columns, Expr* clause);

}  // namespace segments::pg
