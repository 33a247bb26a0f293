#include "pg/member/change_plan.h"

#include "pg/member/table_columns.h"

namespace segments::pg {
namespace {

// Whether a condition reads some of these columns, and no others.
bool reads_only(const RelOptInfo* relation, std::initializer_list<AttrNumber> columns, Expr* clause) {
  auto* node = reinterpret_cast<::Node*>(clause);
  Bitmapset* read = nullptr;
  pull_varattnos(node, relation->relid, &read);
  if (bms_is_empty(read)) return false;
  for (const AttrNumber column : columns) read = bms_del_member(read, column - FirstLowInvalidHeapAttributeNumber);
  return bms_is_empty(read) && is_evaluated_alone(node);
}

bool reads_only_run(const RelOptInfo* relation, const ChangeColumns& columns, Expr* clause) {
  return reads_only(relation, {columns.segment, columns.run_id, columns.refresh_id, columns.at}, clause);
}

bool reads_only_change(const RelOptInfo* relation, const ChangeColumns& columns, Expr* clause) {
  return reads_only(relation, {columns.segment, columns.run_id, columns.refresh_id, columns.at, columns.change}, clause);
}

int strategy_of(Oid comparison) {
  switch (comparison) {
    case F_TIMESTAMPTZ_LT:
      return BTLessStrategyNumber;
    case F_TIMESTAMPTZ_LE:
      return BTLessEqualStrategyNumber;
    case F_TIMESTAMPTZ_EQ:
      return BTEqualStrategyNumber;
    case F_TIMESTAMPTZ_GE:
      return BTGreaterEqualStrategyNumber;
    case F_TIMESTAMPTZ_GT:
      return BTGreaterStrategyNumber;
    default:
      return InvalidStrategy;
  }
}

}  // namespace

ChangeColumns change_columns(Oid table) {
  ChangeColumns found{};
  const KnownColumn columns[] = {{"segment", TEXTOID, &found.segment}, {"profile_id", TEXTOID, &found.profile_id},
                                 {"change", TEXTOID, &found.change},   {"other_profile_id", TEXTOID, &found.other_profile_id},
                                 {"run_id", INT8OID, &found.run_id},   {"refresh_id", INT8OID, &found.refresh_id},
                                 {"at", TIMESTAMPTZOID, &found.at}};
  find_columns(table, columns, "changes of members",
               "Its columns are segment text, profile_id text, change text, other_profile_id text, run_id bigint, "
               "refresh_id bigint and at timestamptz.");
  return found;
}

void ChangeConditions::add(PlannerInfo* root, const RelOptInfo* relation, const ChangeColumns& columns, Expr* clause) {
  const MemberColumns members = columns.members();
  bool array = false;
  if (reads_only_segment(root, relation, members, clause)) {
    segment = lappend(segment, clause);
  } else if (reads_only_run(relation, columns, clause)) {
    run = lappend(run, clause);
    Oid comparison = InvalidOid;
    Oid collation = InvalidOid;
    Expr* bound = compared_value(root, relation, columns.at, clause, &comparison, &collation);
    if (bound == nullptr || strategy_of(comparison) == InvalidStrategy) return;
    instants = lappend(instants, bound);
    strategies = lappend_int(strategies, strategy_of(comparison));
  } else if (reads_only_change(relation, columns, clause)) {
    change = lappend(change, clause);
  } else if (Expr* value = profile_value(root, relation, members, clause, &array)) {
    profile = lappend(profile, clause);
    profiles = lappend(profiles, value);
    is_array = lappend_int(is_array, array ? 1 : 0);
  } else {
    local = lappend(local, clause);
  }
}

bool is_answered_by_changes(PlannerInfo* root, const RelOptInfo* relation, const ChangeColumns& columns, Expr* clause) {
  ChangeConditions conditions;
  conditions.add(root, relation, columns, clause);
  return conditions.local == nullptr;
}

List* ChangeScanPlan::serialize() const {
  List* flags = nullptr;
  for (const int flag : {static_cast<int>(order), segment_conditions, run_conditions, change_conditions,
                         static_cast<int>(is_fixed), static_cast<int>(needs_ids), static_cast<int>(needs_others)}) {
    flags = lappend_int(flags, flag);
  }
  return list_make3(flags, is_array, strategies);
}

ChangeScanPlan ChangeScanPlan::read(const List* serialized) {
  const auto* flags = static_cast<const List*>(list_nth(serialized, 0));
  ChangeScanPlan plan;
  plan.order = static_cast<ChangeOrder>(list_nth_int(flags, 0));
  plan.segment_conditions = list_nth_int(flags, 1);
  plan.run_conditions = list_nth_int(flags, 2);
  plan.change_conditions = list_nth_int(flags, 3);
  plan.is_fixed = list_nth_int(flags, 4) != 0;
  plan.needs_ids = list_nth_int(flags, 5) != 0;
  plan.needs_others = list_nth_int(flags, 6) != 0;
  plan.is_array = static_cast<List*>(list_nth(serialized, 1));
  plan.strategies = static_cast<List*>(list_nth(serialized, 2));
  return plan;
}

}  // namespace segments::pg
