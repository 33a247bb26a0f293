// Counts of members, answered without producing members: by segment, or of all segments together.
#include "pg/member/member_relation.h"
#include "pg/member/member_wrapper.h"

namespace segments::pg {
namespace {

constexpr double kCountCost = 0.01;
constexpr double kUnionCost = 5;  // a segment whose members are united with others

// A query's counts on their way into a plan.  Server calls only.
class Counts {
 public:
  Counts(const RelOptInfo* input, const MemberRelation& members, bool is_grouped)
      : relation_(input->relid), columns_(members.columns), is_grouped_(is_grouped) {}

  // Whether an expression is made of values that the scan gives, which are noted.
  bool add(::Node* expression) {
    List* parts = pull_var_clause(expression, PVC_INCLUDE_AGGREGATES);
    for (int i = 0; i < list_length(parts); ++i) {
      auto* part = static_cast<::Node*>(list_nth(parts, i));
      CountKind kind;
      if (IsA(part, Aggref) ? !kind_of(reinterpret_cast<Aggref*>(part), &kind) : !is_group(part, &kind)) return false;
      note(part, kind);
    }
    return true;
  }

  // Conditions on segments read the column, wanted or not.
  void add_segment(::Node* conditions) {
    List* parts = pull_var_clause(conditions, 0);
    for (int i = 0; i < list_length(parts); ++i) note(static_cast<::Node*>(list_nth(parts, i)), CountKind::kSegment);
  }

  List* target() const { return target_; }
  List* kinds() const { return kinds_; }
  bool unites() const { return unites_; }

 private:
  void note(::Node* value, CountKind kind) {
    const int before = list_length(target_);
    target_ = add_to_flat_tlist(target_, list_make1(value));
    if (list_length(target_) > before) kinds_ = lappend_int(kinds_, static_cast<int>(kind));
    if (kind == CountKind::kDistinctProfiles && !is_grouped_) unites_ = true;
  }

  bool is_group(::Node* part, CountKind* kind) const {
    *kind = CountKind::kSegment;
    return is_grouped_ && is_column(part, relation_, columns_.segment);
  }

  bool kind_of(const Aggref* count, CountKind* kind) const {
    const bool is_plain = count->aggfilter == nullptr && count->aggorder == nullptr && count->aggsplit == AGGSPLIT_SIMPLE;
    if (!is_plain || count->agglevelsup != 0) return false;
    *kind = CountKind::kMembers;
    if (count->aggfnoid == F_COUNT_) return true;
    if (count->aggfnoid != F_COUNT_ANY || list_length(count->args) != 1) return false;
    const auto* argument = reinterpret_cast<const ::Node*>(static_cast<TargetEntry*>(linitial(count->args))->expr);
    const bool of_segment = is_column(argument, relation_, columns_.segment);
    const bool of_profile = is_column(argument, relation_, columns_.profile_id);
    if (count->aggdistinct != nullptr) {
      *kind = of_segment ? CountKind::kDistinctSegments : CountKind::kDistinctProfiles;
      const auto* equal = static_cast<const SortGroupClause*>(linitial(count->aggdistinct));
      const IdKind values = of_segment ? IdKind::kText : columns_.id.kind;
      return (of_segment || of_profile) && is_exact_equality(equal->eqop, count->inputcollid, values);
    }
    return of_segment || of_profile || (columns_.as_of != 0 && is_column(argument, relation_, columns_.as_of));
  }

  Index relation_;
  MemberColumns columns_;
  bool is_grouped_;
  bool unites_ = false;
  List* target_ = nullptr;
  List* kinds_ = nullptr;
};

// The one column that rows are grouped by is that of segments.
bool groups_by_segment(const PlannerInfo* root, const RelOptInfo* input, const MemberColumns& columns, List* group) {
  for (int i = 0; i < list_length(group); ++i) {
    const auto* clause = static_cast<SortGroupClause*>(list_nth(group, i));
    ::Node* expression = get_sortgroupclause_expr(const_cast<SortGroupClause*>(clause), root->processed_tlist);
    const bool is_exact = is_exact_equality(clause->eqop, exprCollation(expression), IdKind::kText);
    if (!is_exact || !is_column(expression, input->relid, columns.segment)) return false;
  }
  return group != nullptr;
}

// Everything that decides which rows there are is about segments.
bool is_answered(const RelOptInfo* input) {
  if (input->reloptkind != RELOPT_BASEREL || input->fdw_private == nullptr) return false;
  const auto* members = static_cast<const MemberRelation*>(input->fdw_private);
  return members->conditions.profile == nullptr && members->conditions.local == nullptr && bms_is_empty(input->lateral_relids);
}

bool has_pseudoconstant(const RelOptInfo* input) {
  for (int i = 0; i < list_length(input->baserestrictinfo); ++i) {
    if (static_cast<RestrictInfo*>(list_nth(input->baserestrictinfo, i))->pseudoconstant) return true;
  }
  return false;
}

void add_counts(PlannerInfo* root, RelOptInfo* input, RelOptInfo* output, PathTarget* wanted, List* having, bool is_grouped) {
  const auto& members = *static_cast<MemberRelation*>(input->fdw_private);
  Counts counts(input, members, is_grouped);
  counts.add_segment(reinterpret_cast<::Node*>(members.conditions.segment));
  if (!counts.add(reinterpret_cast<::Node*>(wanted->exprs)) || !counts.add(reinterpret_cast<::Node*>(having))) return;
  UpperPlan upper;
  upper.scan.mode = ScanMode::kCounts;
  upper.scan.role = input->userid;
  upper.scan.segment_conditions = list_length(members.conditions.segment);
  upper.scan.segments_are_fixed = !has_parameter(members.conditions.segment, input->relid);
  upper.scan.is_grouped = is_grouped;
  upper.scan.needs_ids = false;
  upper.scan.outputs = counts.kinds();
  upper.target = counts.target();
  upper.evaluated = members.conditions.segment;
  Expr* names = named_segments(root, input, members.columns, members.conditions.segment, &upper.scan.names);
  if (names != nullptr) upper.evaluated = lappend(list_copy(upper.evaluated), names);
  upper.checked = having;
  const double rows = is_grouped ? std::max(1.0, members.chosen) : 1;
  const double cost = members.segments * kCountCost + (counts.unites() ? members.chosen * kUnionCost : 0);
  add_path(output, make_foreign_upper_path(root, output, wanted, {rows, cost, cost + rows * kCountCost}, upper.serialize()));
}

void add_group_path(PlannerInfo* root, RelOptInfo* input, RelOptInfo* output, const GroupPathExtraData* extra) {
  const Query* query = root->parse;
  const auto& members = *static_cast<MemberRelation*>(input->fdw_private);
  if (query->groupingSets != nullptr || extra->patype == PARTITIONWISE_AGGREGATE_PARTIAL) return;
  const bool is_grouped = query->groupClause != nullptr;
  if (is_grouped && !groups_by_segment(root, input, members.columns, query->groupClause)) return;
  add_counts(root, input, output, root->upper_targets[UPPERREL_GROUP_AGG], reinterpret_cast<List*>(extra->havingQual),
             is_grouped);
}

void add_distinct_path(PlannerInfo* root, RelOptInfo* input, RelOptInfo* output) {
  const Query* query = root->parse;
  const auto& members = *static_cast<MemberRelation*>(input->fdw_private);
  if (query->hasDistinctOn || query->hasAggs || query->groupClause != nullptr || query->hasWindowFuncs || query->hasTargetSRFs)
    return;
  if (!groups_by_segment(root, input, members.columns, query->distinctClause)) return;
  add_counts(root, input, output, root->upper_targets[UPPERREL_DISTINCT], nullptr, true);
}

}  // namespace

List* UpperPlan::serialize() const { return list_make4(scan.serialize(), target, evaluated, checked); }

UpperPlan UpperPlan::read(const List* serialized) {
  return {ScanPlan::read(static_cast<const List*>(list_nth(serialized, 0))), static_cast<List*>(list_nth(serialized, 1)),
          static_cast<List*>(list_nth(serialized, 2)), static_cast<List*>(list_nth(serialized, 3))};
}

ForeignScan* plan_upper_scan(List* target, const UpperPlan& upper) {
  return make_foreignscan(target, upper.checked, 0, upper.evaluated, upper.scan.serialize(), upper.target, nullptr, nullptr);
}

void add_member_upper_paths(PlannerInfo* root, UpperRelationKind stage, RelOptInfo* input, RelOptInfo* output, void* extra) {
  call([&] {
    if (!is_answered(input) || has_pseudoconstant(input)) return;
    if (stage == UPPERREL_GROUP_AGG) {
      add_group_path(root, input, output, static_cast<const GroupPathExtraData*>(extra));
    } else if (stage == UPPERREL_DISTINCT) {
      add_distinct_path(root, input, output);
    }
  });
}

}  // namespace segments::pg
