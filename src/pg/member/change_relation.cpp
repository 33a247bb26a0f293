// Estimates, paths and plans of scans of changes of memberships.
#include "pg/member/change_plan.h"
#include "pg/member/change_wrapper.h"
#include "pg/member/member_statistics.h"
#include "pg/member/outer_conditions.h"

namespace segments::pg {
namespace {

// In the planner's units.
constexpr double kChangeCost = 0.02;    // a row with its id
constexpr double kUnnamedCost = 0.004;  // a row without
constexpr double kLookUpCost = 2;       // where a profile stands
constexpr double kProbeCost = 0.1;      // a row of the history that it may stand in
constexpr double kStartCost = 1;
// How many changes there are is not published: about so many a member.
constexpr double kChangesPerMember = 2;

// RelOptInfo.fdw_private, in the planner's memory.
struct ChangeRelation {
  ChangeColumns columns;
  ChangeConditions conditions;  // of its restrictions
  bool needs_ids;
  double segments;
};

ChangeRelation* relation_of(const RelOptInfo* relation) { return static_cast<ChangeRelation*>(relation->fdw_private); }

bool reads_ids(const RelOptInfo* relation, const ChangeColumns& columns, const List* local) {
  return reads_column(relation, columns.profile_id, local) || reads_column(relation, columns.other_profile_id, local);
}

ScanCost cost_of(const ChangeRelation& changes, bool looks_up, double rows) {
  const double row = changes.needs_ids ? kChangeCost : kUnnamedCost;
  const double startup = kStartCost + (looks_up ? kLookUpCost + changes.segments * kProbeCost : 0);
  return {rows, startup, startup + rows * row};
}

// What the query wants rows ordered by first, if that is `at`; else null.  Nulls may come first or last: there are none.
PathKey* key_on_at(PlannerInfo* root, const RelOptInfo* relation, const ChangeRelation& changes) {
  if (root->query_pathkeys == nullptr) return nullptr;
  auto* key = static_cast<PathKey*>(linitial(root->query_pathkeys));
  const EquivalenceClass* equal = key->pk_eclass;
  if (equal->ec_has_volatile) return nullptr;
  const Oid less = get_opfamily_member(key->pk_opfamily, TIMESTAMPTZOID, TIMESTAMPTZOID, BTLessStrategyNumber);
  if (!OidIsValid(less) || get_opcode(less) != F_TIMESTAMPTZ_LT) return nullptr;
  for (int i = 0; i < list_length(equal->ec_members); ++i) {
    const auto* member = static_cast<const EquivalenceMember*>(list_nth(equal->ec_members, i));
    const auto* expression = reinterpret_cast<const ::Node*>(member->em_expr);
    if (!member->em_is_child && is_column(expression, relation->relid, changes.columns.at)) return key;
  }
  return nullptr;
}

bool answers(PlannerInfo* root, const RelOptInfo* relation, Expr* clause, void* argument) {
  return is_answered_by_changes(root, relation, *static_cast<const ChangeColumns*>(argument), clause);
}

void add_parameterized_path(PlannerInfo* root, RelOptInfo* relation, const ChangeRelation& changes, Relids outer) {
  ParamPathInfo* parameters = get_baserel_parampathinfo(root, relation, outer);
  bool looks_up = changes.conditions.profile != nullptr;
  for (int i = 0; i < list_length(parameters->ppi_clauses); ++i) {
    const auto* condition = static_cast<const RestrictInfo*>(list_nth(parameters->ppi_clauses, i));
    bool is_array = false;
    looks_up = looks_up || profile_value(root, relation, changes.columns.members(), condition->clause, &is_array) != nullptr;
  }
  add_path(relation,
           make_foreign_path(root, relation, cost_of(changes, looks_up, parameters->ppi_rows), nullptr, outer, nullptr));
}

}  // namespace

void estimate_changes(PlannerInfo* root, RelOptInfo* relation, Oid table) {
  const MemberStatistics& statistics = member_statistics(InvalidOid);
  const double segments = statistics.segments;
  const double all = statistics.members * kChangesPerMember;
  call([&] {
    auto* changes = static_cast<ChangeRelation*>(palloc0(sizeof(ChangeRelation)));
    changes->columns = change_columns(table);
    for (int i = 0; i < list_length(relation->baserestrictinfo); ++i) {
      const auto* condition = static_cast<const RestrictInfo*>(list_nth(relation->baserestrictinfo, i));
      changes->conditions.add(root, relation, changes->columns, condition->clause);
    }
    changes->needs_ids = reads_ids(relation, changes->columns, changes->conditions.local);
    changes->segments = segments;
    relation->fdw_private = changes;
    relation->tuples = all;
    set_baserel_size_estimates(root, relation);
  });
}

void add_change_paths(PlannerInfo* root, RelOptInfo* relation, Oid) {
  ChangeRelation& changes = *relation_of(relation);
  call([&] {
    const bool looks_up = changes.conditions.profile != nullptr;
    ScanCost cost = cost_of(changes, looks_up, relation->rows);
    add_path(relation, make_foreign_path(root, relation, cost, nullptr, relation->lateral_relids, nullptr));
    // Changes of profiles that are named come profile by profile.
    PathKey* key = looks_up ? nullptr : key_on_at(root, relation, changes);
    if (key != nullptr) {
      cost.total += 1;
      const ChangeOrder order = is_ascending(key) ? ChangeOrder::kAscending : ChangeOrder::kDescending;
      add_path(relation, make_foreign_path(root, relation, cost, list_make1(key), relation->lateral_relids,
                                           list_make1_int(static_cast<int>(order))));
    }
    const AttrNumber columns[] = {changes.columns.profile_id, changes.columns.segment, changes.columns.run_id,
                                  changes.columns.refresh_id};
    List* outer = outer_relations(relation, join_conditions(root, relation, columns, answers, &changes.columns));
    for (int i = 0; i < list_length(outer); ++i) {
      add_parameterized_path(root, relation, changes, static_cast<Relids>(list_nth(outer, i)));
    }
  });
}

ForeignScan* plan_change_scan(PlannerInfo* root, RelOptInfo* relation, Oid, ForeignPath* path, List* target, List* clauses,
                              Plan*) {
  return call([&] {
    const ChangeRelation& changes = *relation_of(relation);
    ChangeConditions conditions;
    List* expressions = extract_actual_clauses(clauses, false);
    for (int i = 0; i < list_length(expressions); ++i) {
      conditions.add(root, relation, changes.columns, static_cast<Expr*>(list_nth(expressions, i)));
    }
    List* checked = list_concat_copy(list_concat_copy(conditions.segment, conditions.run), conditions.change);
    ChangeScanPlan plan;
    if (path->fdw_private != nullptr) plan.order = static_cast<ChangeOrder>(linitial_int(path->fdw_private));
    plan.segment_conditions = list_length(conditions.segment);
    plan.run_conditions = list_length(conditions.run);
    plan.change_conditions = list_length(conditions.change);
    plan.is_fixed = !has_parameter(checked, relation->relid);
    plan.needs_ids = reads_column(relation, changes.columns.profile_id, conditions.local);
    plan.needs_others = reads_column(relation, changes.columns.other_profile_id, conditions.local);
    plan.is_array = conditions.is_array;
    plan.strategies = conditions.strategies;
    List* values = list_concat_copy(conditions.profiles, conditions.instants);
    return make_foreignscan(target, conditions.local, relation->relid, list_concat_copy(checked, values), plan.serialize(),
                            nullptr, list_concat_copy(checked, conditions.profile), nullptr);
  });
}

}  // namespace segments::pg
