// Values and their comparisons.
#include <algorithm>

#include "core/json/clause_reader.h"
#include "core/json/words.h"

namespace segments {
namespace {

// The interactions that a value is made of.
std::unique_ptr<InteractionCondition> read_rows(const JsonPlace& place) {
  place.expect_object();
  place.allow_only({"interaction", "via", "where", "window", "latest"});
  auto rows = std::make_unique<InteractionCondition>();
  read_types(place.expect_member("interaction"), *rows);
  read_clauses(place, *rows);
  return rows;
}

std::unique_ptr<ValueNode> read_value(const JsonPlace& place);

// sum, avg and count distinct
std::unique_ptr<ValueNode> read_made(const JsonPlace& place) {
  place.allow_only({"aggregate", "field", "of"});
  auto value = std::make_unique<ValueNode>();
  value->kind = ValueNodeKind::kRows;
  value->rows = read_rows(place.expect_member("of"));
  Aggregate& aggregate = value->rows->aggregate.emplace();
  const JsonPlace kind = *place.find("aggregate");
  aggregate.kind = static_cast<AggregateKind>(kind.expect_word(kAggregateWords, "aggregate"));
  if (!makes_number(aggregate.kind)) kind.fail("expected \"sum\", \"avg\" or \"count distinct\"");
  aggregate.comparison.field = read_field(place.expect_member("field"));
  return value;
}

std::unique_ptr<ValueNode> read_value(const JsonPlace& place) {
  check_depth(place);
  auto value = std::make_unique<ValueNode>();
  const bool is_number = place.value().kind == JsonKind::kObject && place.find("number").has_value();
  if (is_number || place.value().kind == JsonKind::kNumber) {
    value->number = read_literal(place);
    return value;
  }
  const std::string_view key = place.expect_one_of({"count", "aggregate", "+", "-", "*", "/", "coalesce", "number"});
  if (key == "aggregate") return read_made(place);
  place.allow_only({key});
  const JsonPlace inner = *place.find(key);
  if (key == "count") {
    value->kind = ValueNodeKind::kRows;
    value->rows = read_rows(inner);
    return value;
  }
  value->kind = static_cast<ValueNodeKind>(std::ranges::find(kOperationWords, key) - kOperationWords.begin());
  if (inner.expect_array().size() != 2) inner.fail("expected two values");
  for (size_t i = 0; i < 2; ++i) value->operands.push_back(read_value(inner.element(i)));
  return value;
}

}  // namespace

std::unique_ptr<Comparison> read_comparison(const JsonPlace& place) {
  place.allow_only({"compare", "op", "value", "negated"});
  auto comparison = std::make_unique<Comparison>();
  comparison->value = read_value(place.expect_member("compare"));
  const JsonPlace op = place.expect_member("op");
  comparison->op = static_cast<PredicateOperator>(op.expect_word(kOperatorWords, "operator"));
  if (!compares_values(comparison->op))
    op.fail("values are compared by their order", "Use =, <, <=, >, >=, in, between or \"is null\".");
  if (const auto negated = place.find("negated")) comparison->negated = negated->expect_boolean();
  if (comparison->negated && !has_negative_form(comparison->op)) {
    place.find("negated")->fail("stands beside an operator without a negative form",
                                "Write the other operator, or \"not\" around all.");
  }
  if (comparison->op == PredicateOperator::kIsNull) {
    if (const auto value = place.find("value")) value->fail("stands beside \"is null\"", "Leave it out.");
    return comparison;
  }
  const JsonPlace value = place.expect_member("value");
  const bool is_list = comparison->op == PredicateOperator::kIn;
  if (!is_list && comparison->op != PredicateOperator::kBetween) {
    comparison->with.push_back(read_value(value));
    return comparison;
  }
  const size_t count = value.expect_array().size();
  if (is_list && count == 0) value.fail("the list is empty", "Write one value or more.");
  if (!is_list && count != 2) value.fail("expected two values: the least and the greatest");
  for (size_t i = 0; i < count; ++i) comparison->with.push_back(read_value(value.element(i)));
  return comparison;
}

}  // namespace segments
