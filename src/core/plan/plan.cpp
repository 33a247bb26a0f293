#include "core/plan/plan.h"

#include <algorithm>

namespace segments {
namespace {

bool same(const std::optional<MissingValue>& a, const std::optional<MissingValue>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->kind == b->kind && a->integer == b->integer && a->bytes == b->bytes;
}

bool same(const FieldPredicate& a, const FieldPredicate& b) {
  return a.field == b.field && a.kind == b.kind && a.method == b.method && a.op == b.op && a.ignore_case == b.ignore_case &&
         a.type_oid == b.type_oid && a.collation_oid == b.collation_oid && a.part == b.part && a.zone == b.zone &&
         a.ranges == b.ranges && a.literals == b.literals && same(a.missing, b.missing);
}

bool same(const PairOperand& a, const PairOperand& b) {
  return a.field == b.field && a.kind == b.kind && a.type_oid == b.type_oid && a.collation_oid == b.collation_oid &&
         same(a.missing, b.missing);
}

bool same(const PairPredicate& a, const PairPredicate& b) {
  return same(a.left, b.left) && same(a.right, b.right) && a.op == b.op && a.months == b.months && a.days == b.days &&
         a.microseconds == b.microseconds && a.zone == b.zone;
}

bool same(const RowTest& a, const RowTest& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case RowTestKind::kField:
    case RowTestKind::kTimePart:
      return same(a.predicate, b.predicate);
    case RowTestKind::kTimes:
      return a.times == b.times;
    case RowTestKind::kOrdinals:
      return a.ordinals == b.ordinals;
    case RowTestKind::kPair:
      return same(a.pair, b.pair);
    case RowTestKind::kAnd:
    case RowTestKind::kOr:
    case RowTestKind::kNot:
      break;
  }
  return std::ranges::equal(a.children, b.children, [](const RowTest& x, const RowTest& y) { return same(x, y); });
}

bool same(const CountedType& a, const CountedType& b) {
  if (a.type_id != b.type_id || a.restriction.has_value() != b.restriction.has_value()) return false;
  return !a.restriction || same(*a.restriction, *b.restriction);
}

bool same(const CounterPlan& a, const CounterPlan& b) {
  return a.window == b.window && a.hole == b.hole && a.periods == b.periods && a.edge == b.edge &&
         std::ranges::equal(a.types, b.types, [](const CountedType& x, const CountedType& y) { return same(x, y); });
}

bool same(const FoldedField& a, const FoldedField& b) {
  return a.field == b.field && a.form == b.form && same(a.missing, b.missing);
}

bool same(const FoldPlan& a, const FoldPlan& b) {
  return a.counter == b.counter &&
         std::ranges::equal(a.fields, b.fields, [](const FoldedField& x, const FoldedField& y) { return same(x, y); });
}

bool same(const DistinctField& a, const DistinctField& b) {
  return a.field == b.field && a.kind == b.kind && a.equality == b.equality && same(a.missing, b.missing);
}

bool same(const DistinctPlan& a, const DistinctPlan& b) {
  return a.counter == b.counter && a.type_oid == b.type_oid && a.collation_oid == b.collation_oid &&
         std::ranges::equal(a.fields, b.fields, [](const DistinctField& x, const DistinctField& y) { return same(x, y); });
}

template <class T>
uint32_t share(std::vector<T>& all, T&& one) {
  const auto found = std::ranges::find_if(all, [&](const T& other) { return same(one, other); });
  const auto index = static_cast<uint32_t>(found - all.begin());
  if (found == all.end()) all.push_back(std::move(one));
  return index;
}

}  // namespace

std::vector<bool> parts_of_values(const EvaluationPlan& plan, const std::vector<uint32_t>& values) {
  std::vector<bool> parts(plan.values.size());
  for (const uint32_t value : values) parts[value] = true;
  for (size_t i = parts.size(); i-- > 0;) {
    const PlanValue& value = plan.values[i];
    if (parts[i] && has_operands(value.kind)) parts[value.left] = parts[value.right] = true;
  }
  return parts;
}

void add_counters(const EvaluationPlan& plan, const PlanNode& node, std::set<uint32_t>& counters) {
  if (is_condition(node.kind) || is_fold(node.kind) || node.kind == PlanNodeKind::kDistinct) counters.insert(node.counter);
  if (node.kind != PlanNodeKind::kComparison) return;
  const std::vector<bool> parts = parts_of_values(plan, node.values);
  for (size_t i = 0; i < parts.size(); ++i) {
    const PlanValue& value = plan.values[i];
    if (parts[i] && value.kind != PlanValueKind::kNumber && !has_operands(value.kind)) counters.insert(counter_of(plan, value));
  }
}

uint32_t counter_of(const EvaluationPlan& plan, const PlanValue& value) {
  if (value.kind == PlanValueKind::kCount) return value.source;
  return value.kind == PlanValueKind::kDistinct ? plan.distincts[value.source].counter : plan.folds[value.source].counter;
}

uint32_t share_fold(EvaluationPlan& plan, FoldPlan&& fold) { return share(plan.folds, std::move(fold)); }

uint32_t share_distinct(EvaluationPlan& plan, DistinctPlan&& distinct) { return share(plan.distincts, std::move(distinct)); }

uint32_t share_counter(EvaluationPlan& plan, CounterPlan&& counter) {
  const auto bound = counter.largest_bound;
  const uint32_t index = share(plan.counters, std::move(counter));
  CounterPlan& shared = plan.counters[index];
  shared.largest_bound = std::max(shared.largest_bound, bound);
  return index;
}

}  // namespace segments
