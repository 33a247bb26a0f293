// Comparisons of values: what they count and add up, and what is made of it.
#include "pg/catalog/field_value.h"
#include "pg/evaluation/predicate_operator.h"
#include "pg/evaluation/resolve.h"
#include "pg/server/time_limit.h"

namespace segments::pg {
namespace {

PlanValueKind operation(ValueNodeKind kind) {
  switch (kind) {
    case ValueNodeKind::kAdd:
      return PlanValueKind::kAdd;
    case ValueNodeKind::kSubtract:
      return PlanValueKind::kSubtract;
    case ValueNodeKind::kMultiply:
      return PlanValueKind::kMultiply;
    case ValueNodeKind::kDivide:
      return PlanValueKind::kDivide;
    default:
      return PlanValueKind::kCoalesce;
  }
}

}  // namespace

PlanValue Resolver::resolve_rows(const InteractionCondition& condition, const EvaluationRequest& request, LiteralReader& reader) {
  LimitedInterrupt().poll();
  const ConditionRows rows = rows_of(condition, request, reader);
  CounterPlan counted = rows.counter;
  counted.largest_bound = kMaxHavingCount;
  const uint32_t counter = share_counter(plan_, std::move(counted));
  condition_.counters.push_back(counter);
  if (!condition.aggregate) return {.kind = PlanValueKind::kCount, .source = counter};
  const AggregatedCondition aggregated{condition, rows.types, rows.counted, rows.counter};
  check_aggregated(aggregated, request, reader);
  const MadeNumber made = make_number(aggregated, counter, request, reader);
  const PlanValueKind kind = made.kind == PlanNodeKind::kSum       ? PlanValueKind::kSum
                             : made.kind == PlanNodeKind::kAverage ? PlanValueKind::kAverage
                                                                   : PlanValueKind::kDistinct;
  return {.kind = kind, .source = made.index};
}

uint32_t Resolver::share_value(PlanValue value) {
  const auto [place, is_new] = values_.try_emplace(std::move(value), static_cast<uint32_t>(plan_.values.size()));
  if (is_new) plan_.values.push_back(place->first);
  return place->second;
}

uint32_t Resolver::resolve_value(const ValueNode& value, const EvaluationRequest& request, LiteralReader& reader) {
  if (value.kind == ValueNodeKind::kRows) {
    const uint32_t index = share_value(resolve_rows(*value.rows, request, reader));
    if (!share_nodes_) conditions_[value.rows.get()] = std::move(condition_);
    return index;
  }
  PlanValue result;
  if (value.kind == ValueNodeKind::kNumber) {
    const MissingValue image = missing_value_of(NUMERICOID, reader.read(value.number, NUMERICOID));
    result.number = {image.bytes.begin(), image.bytes.end()};
    return share_value(std::move(result));
  }
  result.kind = operation(value.kind);
  result.left = resolve_value(*value.operands[0], request, reader);
  result.right = resolve_value(*value.operands[1], request, reader);
  return share_value(std::move(result));
}

uint32_t Resolver::resolve_comparison(const Comparison& comparison, const EvaluationRequest& request, LiteralReader& reader) {
  PlanNode node;
  node.kind = PlanNodeKind::kComparison;
  node.op = value_operator(comparison.op);
  node.values.push_back(resolve_value(*comparison.value, request, reader));
  for (const auto& value : comparison.with) node.values.push_back(resolve_value(*value, request, reader));
  const auto key = std::make_pair(node.op, node.values);
  const auto known = comparison_nodes_.find(key);
  const bool is_known = share_nodes_ && known != comparison_nodes_.end();
  const uint32_t index = is_known ? known->second : comparison_nodes_[key] = add_node(std::move(node));
  if (!comparison.negated) return index;
  return add_connective({.kind = PlanNodeKind::kNot, .children = {index}});
}

}  // namespace segments::pg
