#include "pg/member/outer_conditions.h"

#include "pg/member/member_plan.h"

namespace segments::pg {
namespace {

struct WantedColumn {
  Index relation;
  AttrNumber number;
};

bool is_wanted(PlannerInfo*, RelOptInfo*, EquivalenceClass*, EquivalenceMember* member, void* argument) {
  const auto* wanted = static_cast<const WantedColumn*>(argument);
  return is_column(reinterpret_cast<const ::Node*>(member->em_expr), wanted->relation, wanted->number);
}

}  // namespace

List* join_conditions(PlannerInfo* root, RelOptInfo* relation, std::span<const AttrNumber> columns, OwnCondition is_own,
                      void* argument) {
  List* found = nullptr;
  const auto add = [&](List* conditions) {
    for (int i = 0; i < list_length(conditions); ++i) {
      auto* condition = static_cast<RestrictInfo*>(list_nth(conditions, i));
      if (!join_clause_is_movable_to(condition, relation)) continue;
      if (is_own(root, relation, condition->clause, argument)) found = lappend(found, condition);
    }
  };
  add(relation->joininfo);
  if (!relation->has_eclass_joins) return found;
  for (const AttrNumber number : columns) {
    WantedColumn wanted{relation->relid, number};
    add(generate_implied_equalities_for_column(root, relation, is_wanted, &wanted, relation->lateral_referencers));
  }
  return found;
}

List* outer_relations(const RelOptInfo* relation, const List* conditions) {
  List* all = nullptr;
  for (int i = 0; i < list_length(conditions); ++i) {
    const auto* condition = static_cast<const RestrictInfo*>(list_nth(conditions, i));
    Relids outer = bms_union(condition->clause_relids, relation->lateral_relids);
    outer = bms_del_member(outer, static_cast<int>(relation->relid));
    bool known = bms_is_empty(outer);
    for (int k = 0; k < list_length(all) && !known; ++k) known = bms_equal(static_cast<Relids>(list_nth(all, k)), outer);
    if (!known) all = lappend(all, outer);
  }
  return all;
}

}  // namespace segments::pg
