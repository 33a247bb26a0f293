#include "core/language/definition.h"

#include <algorithm>
#include <tuple>

namespace segments {
namespace {

template <class T>
bool equal_pointees(const std::unique_ptr<T>& a, const std::unique_ptr<T>& b) {
  return a == nullptr || b == nullptr ? a == b : *a == *b;
}

template <class T>
bool equal_children(const std::vector<std::unique_ptr<T>>& a, const std::vector<std::unique_ptr<T>>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), equal_pointees<T>);
}

}  // namespace

bool operator==(const Restriction& a, const Restriction& b) {
  return a.kind == b.kind && a.predicate == b.predicate && equal_children(a.children, b.children);
}

bool operator==(const Having& a, const Having& b) {
  return std::tie(a.kind, a.minimum, a.maximum) == std::tie(b.kind, b.minimum, b.maximum);
}

bool operator==(const Periods& a, const Periods& b) {
  return std::tie(a.kind, a.bound, a.minimum, a.maximum, a.count, a.length, a.unit) ==
         std::tie(b.kind, b.bound, b.minimum, b.maximum, b.count, b.length, b.unit);
}

bool operator==(const InteractionCondition& a, const InteractionCondition& b) {
  return std::tie(a.types, a.via, a.window, a.but_not, a.latest, a.occurrence, a.periods, a.having, a.aggregate,
                  a.is_attribute) == std::tie(b.types, b.via, b.window, b.but_not, b.latest, b.occurrence, b.periods, b.having,
                                              b.aggregate, b.is_attribute) &&
         equal_pointees(a.restriction, b.restriction);
}

bool operator==(const SegmentReference& a, const SegmentReference& b) {
  return std::tie(a.name, a.kind, a.window, a.at) == std::tie(b.name, b.kind, b.window, b.at);
}

bool operator==(const BucketCondition& a, const BucketCondition& b) {
  return std::tie(a.first, a.last, a.count, a.salt) == std::tie(b.first, b.last, b.count, b.salt);
}

bool operator==(const Node& a, const Node& b) {
  return a.kind == b.kind && equal_pointees(a.interaction, b.interaction) && equal_pointees(a.segment, b.segment) &&
         equal_pointees(a.bucket, b.bucket) && equal_pointees(a.comparison, b.comparison) &&
         equal_children(a.children, b.children);
}

bool operator==(const Definition& a, const Definition& b) { return equal_pointees(a.root, b.root); }

bool asks_for_none(const Predicate& attribute) {
  const bool is_of_values = attribute.op == PredicateOperator::kIsNull || attribute.op == PredicateOperator::kIsEmpty;
  return attribute.negated != is_of_values;
}

Having effective_having(const InteractionCondition& condition) {
  if (condition.is_attribute && asks_for_none(condition.restriction->predicate)) return {HavingKind::kNever, 0, 0, 0};
  return condition.having.value_or(Having{});
}

}  // namespace segments
