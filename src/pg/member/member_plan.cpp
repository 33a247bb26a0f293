#include "pg/member/member_plan.h"

#include "pg/member/table_columns.h"

namespace segments::pg {
namespace {

const ::Node* stripped(const ::Node* expression) {
  while (expression != nullptr && IsA(expression, RelabelType)) {
    expression = reinterpret_cast<const ::Node*>(reinterpret_cast<const RelabelType*>(expression)->arg);
  }
  return expression;
}

// Whether texts that are equal in it have equal bytes.
bool is_deterministic(Oid collation) { return OidIsValid(collation) && get_collation_isdeterministic(collation); }

bool is_equality(Oid function, Oid collation, IdKind kind) {
  const std::optional<IdComparison> comparison = id_comparison(function);
  if (!comparison || comparison->kind != kind || comparison->strategy != BTEqualStrategyNumber) return false;
  const bool is_text = kind == IdKind::kText || kind == IdKind::kPadded;
  return !is_text || is_deterministic(collation);
}

bool is_subplan(::Node* node, void*) {
  if (node == nullptr) return false;
  if (IsA(node, SubPlan) || IsA(node, AlternativeSubPlan) || IsA(node, SubLink)) return true;
  return walk_expression(node, is_subplan, nullptr);
}

}  // namespace

bool is_evaluated_alone(::Node* expression) { return !contain_volatile_functions(expression) && !has_subplan(expression); }

namespace {

bool is_free_of(PlannerInfo* root, const RelOptInfo* relation, ::Node* expression) {
  return !bms_is_member(static_cast<int>(relation->relid), pull_varnos(root, expression)) && is_evaluated_alone(expression);
}

}  // namespace

Expr* compared_value(PlannerInfo* root, const RelOptInfo* relation, AttrNumber column, Expr* clause, Oid* comparison,
                     Oid* collation) {
  if (!IsA(clause, OpExpr)) return nullptr;
  auto* operation = reinterpret_cast<OpExpr*>(clause);
  if (list_length(operation->args) != 2) return nullptr;
  auto* left = static_cast<::Node*>(linitial(operation->args));
  auto* right = static_cast<::Node*>(lsecond(operation->args));
  Oid operator_id = operation->opno;
  if (!is_column(left, relation->relid, column)) {
    std::swap(left, right);
    operator_id = get_commutator(operator_id);
  }
  if (!OidIsValid(operator_id) || !is_column(left, relation->relid, column) || !is_free_of(root, relation, right)) {
    return nullptr;
  }
  *comparison = get_opcode(operator_id);
  *collation = operation->inputcollid;
  return reinterpret_cast<Expr*>(right);
}

namespace {

bool finds_parameter(::Node* node, void* own) {
  if (node == nullptr) return false;
  if (IsA(node, Var)) return static_cast<Index>(reinterpret_cast<Var*>(node)->varno) != *static_cast<Index*>(own);
  if (IsA(node, Param)) return reinterpret_cast<Param*>(node)->paramkind == PARAM_EXEC;
  return walk_expression(node, finds_parameter, own);
}

}  // namespace

MemberColumns member_columns(Oid table) {
  constexpr const char* kHint =
      "Its columns are segment text, profile_id (text, or the type of the unification's column), since timestamptz and as_of "
      "timestamptz, "
      "the last two if they are wanted.";
  MemberColumns found{};
  const KnownColumn columns[] = {{"segment", TEXTOID, &found.segment},
                                 {"profile_id", InvalidOid, &found.profile_id},
                                 {"since", TIMESTAMPTZOID, &found.since, true},
                                 {"as_of", TIMESTAMPTZOID, &found.as_of, true}};
  find_columns(table, columns, "members", kHint);
  Oid type = InvalidOid;
  int32 modifier = -1;
  Oid collation = InvalidOid;
  get_atttypetypmodcoll(table, found.profile_id, &type, &modifier, &collation);
  const std::optional<IdType> id = id_type(type, modifier);
  if (!id) {
    ereport(ERROR,
            (errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
             errmsg("column \"profile_id\" of foreign table \"%s\" must be of a type that ids may have", get_rel_name(table)),
             errdetail("It is of type %s.", format_type_be(type)), errhint("%s", kHint)));
  }
  found.id = *id;
  return found;
}

bool has_subplan(::Node* expression) { return is_subplan(expression, nullptr); }

bool has_parameter(List* conditions, Index relation) { return finds_parameter(reinterpret_cast<::Node*>(conditions), &relation); }

bool is_column(const ::Node* expression, Index relation, AttrNumber column) {
  expression = stripped(expression);
  if (expression == nullptr || !IsA(expression, Var)) return false;
  const auto* var = reinterpret_cast<const Var*>(expression);
  return static_cast<Index>(var->varno) == relation && var->varattno == column && var->varlevelsup == 0;
}

bool reads_column(const RelOptInfo* relation, AttrNumber column, const List* local) {
  Bitmapset* read = nullptr;
  pull_varattnos(reinterpret_cast<::Node*>(relation->reltarget->exprs), relation->relid, &read);
  pull_varattnos(reinterpret_cast<::Node*>(const_cast<List*>(local)), relation->relid, &read);
  return column != 0 && (bms_is_member(column - FirstLowInvalidHeapAttributeNumber, read) ||
                         bms_is_member(-FirstLowInvalidHeapAttributeNumber, read));
}

bool is_exact_equality(Oid operator_id, Oid collation, IdKind kind) {
  return is_equality(get_opcode(operator_id), collation, kind);
}

bool reads_only_segment(PlannerInfo*, const RelOptInfo* relation, const MemberColumns& columns, Expr* clause) {
  auto* node = reinterpret_cast<::Node*>(clause);
  Bitmapset* read = nullptr;
  pull_varattnos(node, relation->relid, &read);
  return bms_num_members(read) == 1 && bms_is_member(columns.segment - FirstLowInvalidHeapAttributeNumber, read) &&
         is_evaluated_alone(node);
}

Expr* profile_value(PlannerInfo* root, const RelOptInfo* relation, const MemberColumns& columns, Expr* clause, bool* is_array) {
  Oid comparison = InvalidOid;
  Oid collation = InvalidOid;
  *is_array = false;
  if (Expr* value = compared_value(root, relation, columns.profile_id, clause, &comparison, &collation)) {
    return is_equality(comparison, collation, columns.id.kind) ? value : nullptr;
  }
  if (!IsA(clause, ScalarArrayOpExpr)) return nullptr;
  auto* any = reinterpret_cast<ScalarArrayOpExpr*>(clause);
  auto* array = static_cast<::Node*>(lsecond(any->args));
  const bool fits = any->useOr && is_exact_equality(any->opno, any->inputcollid, columns.id.kind) &&
                    is_column(static_cast<::Node*>(linitial(any->args)), relation->relid, columns.profile_id) &&
                    is_free_of(root, relation, array);
  *is_array = true;
  return fits ? reinterpret_cast<Expr*>(array) : nullptr;
}

Expr* named_segments(PlannerInfo* root, const RelOptInfo* relation, const MemberColumns& columns, List* conditions,
                     SegmentNames* names) {
  for (int i = 0; i < list_length(conditions); ++i) {
    auto* condition = static_cast<::Node*>(list_nth(conditions, i));
    if (!IsA(condition, OpExpr) && !IsA(condition, ScalarArrayOpExpr)) continue;
    const bool is_array = IsA(condition, ScalarArrayOpExpr);
    const auto* any = reinterpret_cast<ScalarArrayOpExpr*>(condition);
    const auto* equal = reinterpret_cast<OpExpr*>(condition);
    if (is_array && !any->useOr) continue;
    List* sides = is_array ? any->args : equal->args;
    if (list_length(sides) != 2 || get_opcode(is_array ? any->opno : equal->opno) != F_TEXTEQ) continue;
    if (!is_deterministic(is_array ? any->inputcollid : equal->inputcollid)) continue;
    auto* left = static_cast<::Node*>(linitial(sides));
    auto* right = static_cast<::Node*>(lsecond(sides));
    if (!is_array && is_column(right, relation->relid, columns.segment)) std::swap(left, right);
    if (!is_column(left, relation->relid, columns.segment) || !is_free_of(root, relation, right)) continue;
    *names = is_array ? SegmentNames::kArray : SegmentNames::kOne;
    return reinterpret_cast<Expr*>(right);
  }
  *names = SegmentNames::kNone;
  return nullptr;
}

void ScanConditions::add(PlannerInfo* root, const RelOptInfo* relation, const MemberColumns& columns, Expr* clause) {
  bool array = false;
  if (reads_only_segment(root, relation, columns, clause)) {
    segment = lappend(segment, clause);
    return;
  }
  if (Expr* value = profile_value(root, relation, columns, clause, &array)) {
    profile = lappend(profile, clause);
    // Before the values of ranges.
    values = list_insert_nth(values, list_length(is_array), value);
    is_array = lappend_int(is_array, array ? 1 : 0);
    return;
  }
  local = lappend(local, clause);
  Oid comparison = InvalidOid;
  Oid collation = InvalidOid;
  Expr* bound = compared_value(root, relation, columns.profile_id, clause, &comparison, &collation);
  const std::optional<IdComparison> kind = id_comparison(comparison);
  const bool is_ordered = columns.id.kind == IdKind::kUuid || collation == C_COLLATION_OID;
  if (bound == nullptr || !kind || kind->kind != columns.id.kind || kind->strategy == BTEqualStrategyNumber || !is_ordered)
    return;
  range = lappend(range, clause);
  values = lappend(values, bound);
  strategies = lappend_int(strategies, kind->strategy);
}

List* ScanPlan::serialize() const {
  List* flags = nullptr;
  for (const int flag :
       {static_cast<int>(mode), segment_conditions, static_cast<int>(segments_are_fixed), static_cast<int>(is_grouped),
        static_cast<int>(needs_ids), static_cast<int>(needs_since), static_cast<int>(names), wanted, chunks, other_conditions,
        static_cast<int>(other_names), static_cast<int>(role)}) {
    flags = lappend_int(flags, flag);
  }
  return list_make4(flags, is_array, strategies, outputs);
}

ScanPlan ScanPlan::read(const List* serialized) {
  const auto* flags = static_cast<const List*>(list_nth(serialized, 0));
  ScanPlan plan;
  plan.mode = static_cast<ScanMode>(list_nth_int(flags, 0));
  plan.segment_conditions = list_nth_int(flags, 1);
  plan.segments_are_fixed = list_nth_int(flags, 2) != 0;
  plan.is_grouped = list_nth_int(flags, 3) != 0;
  plan.needs_ids = list_nth_int(flags, 4) != 0;
  plan.needs_since = list_nth_int(flags, 5) != 0;
  plan.names = static_cast<SegmentNames>(list_nth_int(flags, 6));
  plan.wanted = list_nth_int(flags, 7);
  plan.chunks = list_nth_int(flags, 8);
  plan.other_conditions = list_nth_int(flags, 9);
  plan.other_names = static_cast<SegmentNames>(list_nth_int(flags, 10));
  plan.role = static_cast<Oid>(list_nth_int(flags, 11));
  plan.is_array = static_cast<List*>(list_nth(serialized, 1));
  plan.strategies = static_cast<List*>(list_nth(serialized, 2));
  plan.outputs = static_cast<List*>(list_nth(serialized, 3));
  return plan;
}

}  // namespace segments::pg
