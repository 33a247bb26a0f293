// Members of two segments each: joins of the member table with itself by profile_id, answered by intersecting sets.
#include "pg/member/member_relation.h"
#include "pg/member/member_wrapper.h"
#include "pg/store/profile_id_reader.h"

namespace segments::pg {
namespace {

// In the planner's units.
constexpr double kPairCost = 0.02;  // of a pair of segments in a tile
constexpr double kMemberCost = 0.012;
constexpr double kUnnamedCost = 0.003;
constexpr double kChunkCost = 30;
constexpr double kStartCost = 2;

// A join on its way into a plan.  Server calls only.
class Pairs {
 public:
  Pairs(PlannerInfo* root, const RelOptInfo* first, const RelOptInfo* second) : root_(root), relations_{first, second} {
    for (int side = 0; side < 2; ++side) {
      const MemberRelation& members = of(side);
      add_output(reinterpret_cast<::Node*>(make_segment(side)));
      checked_ = list_concat(checked_, list_copy(members.conditions.local));
    }
  }

  // Whether profiles are what is joined by; all other conditions are left to the executor.
  bool add_conditions(List* conditions) {
    bool joins = false;
    List* clauses = extract_actual_clauses(conditions, false);
    if (list_length(clauses) != list_length(conditions) || !of(0).columns.id.is(of(1).columns.id)) return false;
    for (int i = 0; i < list_length(clauses); ++i) {
      auto* clause = static_cast<Expr*>(list_nth(clauses, i));
      bool is_array = false;
      Expr* other = profile_value(root_, relations_[0], of(0).columns, clause, &is_array);
      if (other != nullptr && !is_array && is_profile(reinterpret_cast<::Node*>(other), 1)) {
        joins = true;
      } else {
        checked_ = lappend(checked_, clause);
      }
    }
    return joins && !contain_volatile_functions(reinterpret_cast<::Node*>(checked_)) &&
           !has_subplan(reinterpret_cast<::Node*>(checked_));
  }

  // Whether an expression is made of values that the scan gives, which are noted.
  bool add(::Node* expression) {
    List* variables = pull_var_clause(expression, PVC_INCLUDE_PLACEHOLDERS);
    for (int i = 0; i < list_length(variables); ++i) {
      if (!add_output(static_cast<::Node*>(list_nth(variables, i)))) return false;
    }
    return true;
  }
  bool add_checked() { return add(reinterpret_cast<::Node*>(checked_)); }

  bool needs_ids() const { return needs_ids_; }

  List* serialize(Oid role) {
    UpperPlan plan;
    plan.scan.role = role;
    const List* conditions[] = {of(0).conditions.segment, of(1).conditions.segment};
    SegmentNames names[2];
    Expr* values[2];
    for (int side = 0; side < 2; ++side) {
      auto* of_side = const_cast<List*>(conditions[side]);
      values[side] = named_segments(root_, relations_[side], of(side).columns, of_side, &names[side]);
      plan.evaluated = list_concat(plan.evaluated, list_copy(of_side));
    }
    for (Expr* value : values) {
      if (value != nullptr) plan.evaluated = lappend(plan.evaluated, value);
    }
    plan.scan.mode = ScanMode::kPairs;
    plan.scan.segment_conditions = list_length(conditions[0]);
    plan.scan.other_conditions = list_length(conditions[1]);
    plan.scan.names = names[0];
    plan.scan.other_names = names[1];
    plan.scan.segments_are_fixed = !has_parameter(const_cast<List*>(conditions[0]), relations_[0]->relid) &&
                                   !has_parameter(const_cast<List*>(conditions[1]), relations_[1]->relid);
    plan.scan.needs_ids = needs_ids_;
    plan.scan.outputs = outputs_;
    plan.target = target_;
    plan.checked = checked_;
    return plan.serialize();
  }

 private:
  const MemberRelation& of(int side) const { return *static_cast<const MemberRelation*>(relations_[side]->fdw_private); }

  Var* make_segment(int side) const {
    return makeVar(static_cast<int>(relations_[side]->relid), of(side).columns.segment, TEXTOID, -1, DEFAULT_COLLATION_OID, 0);
  }

  bool is_profile(const ::Node* expression, int side) const {
    return is_column(expression, relations_[side]->relid, of(side).columns.profile_id);
  }

  bool add_output(::Node* variable) {
    if (!IsA(variable, Var)) return false;
    const auto* var = reinterpret_cast<Var*>(variable);
    for (int side = 0; side < 2; ++side) {
      if (static_cast<Index>(var->varno) != relations_[side]->relid) continue;
      const MemberColumns& columns = of(side).columns;
      PairColumn column = PairColumn::kSegment;
      if (var->varattno <= 0) return false;
      if (var->varattno == columns.profile_id) {
        column = PairColumn::kProfile;
        needs_ids_ = true;
      } else if (var->varattno == columns.as_of) {
        column = PairColumn::kAsOf;
      } else if (var->varattno != columns.segment) {
        return false;
      }
      const int before = list_length(target_);
      target_ = add_to_flat_tlist(target_, list_make1(variable));
      if (list_length(target_) > before) outputs_ = lappend_int(outputs_, static_cast<int>(column) * 2 + side);
      return true;
    }
    return false;
  }

  PlannerInfo* root_;
  const RelOptInfo* relations_[2];
  List* checked_ = nullptr;
  List* target_ = nullptr;
  List* outputs_ = nullptr;
  bool needs_ids_ = false;
};

bool is_plain(const RelOptInfo* relation) {
  if (relation->reloptkind != RELOPT_BASEREL || relation->fdw_private == nullptr) return false;
  const auto* members = static_cast<const MemberRelation*>(relation->fdw_private);
  return members->conditions.profile == nullptr && bms_is_empty(relation->lateral_relids);
}

// Rows that are locked, or changed, are looked at again one by one; whatever must be checked before other conditions stays there.
bool is_plain(const PlannerInfo* root) {
  return root->parse->commandType == CMD_SELECT && root->rowMarks == nullptr && root->qual_security_level == 0;
}

ScanCost cost_of(const RelOptInfo* join, const MemberRelation& first, const MemberRelation& second, bool needs_ids) {
  const double tiles = 1 + std::max(first.chunks, second.chunks) / kIdChunksPerTile;
  const double pairs = std::max(1.0, first.chosen) * std::max(1.0, second.chosen);
  double cost = kStartCost + tiles * pairs * kPairCost + join->rows * (needs_ids ? kMemberCost : kUnnamedCost);
  if (needs_ids) cost += std::min(std::max(first.chunks, second.chunks), join->rows) * kChunkCost;
  return {join->rows, 0, cost};
}

}  // namespace

void add_member_join_paths(PlannerInfo* root, RelOptInfo* join, RelOptInfo* outer, RelOptInfo* inner, JoinType type,
                           JoinPathExtraData* extra) {
  // Once, whichever comes first.
  if (join->fdw_private != nullptr || type != JOIN_INNER) return;
  call([&] {
    if (!is_plain(root) || !is_plain(outer) || !is_plain(inner) || !bms_is_empty(join->lateral_relids)) return;
    Pairs pairs(root, outer, inner);
    if (!pairs.add_conditions(extra->restrictlist) || !pairs.add_checked()) return;
    if (!pairs.add(reinterpret_cast<::Node*>(join->reltarget->exprs))) return;
    const auto& first = *static_cast<const MemberRelation*>(outer->fdw_private);
    const auto& second = *static_cast<const MemberRelation*>(inner->fdw_private);
    join->fdw_private = pairs.serialize(join->userid);
    const ScanCost cost = cost_of(join, first, second, pairs.needs_ids());
    add_path(join, make_foreign_join_path(root, join, cost, static_cast<List*>(join->fdw_private)));
  });
}

}  // namespace segments::pg
