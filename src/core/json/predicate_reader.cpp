#include "core/json/clause_reader.h"
#include "core/json/words.h"
#include "core/text/keywords.h"

namespace segments {
namespace {

// {"field": …} on the right of an operator, or of an attribute's {"attribute": …}.
bool is_field(const JsonPlace& place, std::string_view key) {
  return place.value().kind == JsonKind::kObject && place.find(key).has_value();
}

FieldPath read_other_field(const JsonPlace& place, std::string_view key) {
  if (!is_field(place, key)) place.fail("expected another field", "Write {\"" + std::string(key) + "\": [\"…\"]}.");
  place.allow_only({key});
  return read_field(*place.find(key));
}

void read_values(const JsonPlace& place, std::string_view key, Predicate& predicate) {
  const std::optional<JsonPlace> value = place.find("value");
  const auto needed = [&]() -> const JsonPlace& {
    if (!value.has_value()) place.fail("the key \"value\" is missing");
    return *value;
  };
  switch (predicate.op) {
    case PredicateOperator::kIsNull:
    case PredicateOperator::kIsEmpty:
      if (value.has_value()) value->fail("this operator has no value", "Leave \"value\" out.");
      return;
    case PredicateOperator::kIn:
    case PredicateOperator::kContainsAny:
    case PredicateOperator::kContainsAll:
    case PredicateOperator::kBetween: {
      const bool between = predicate.op == PredicateOperator::kBetween;
      const size_t count = needed().expect_array().size();
      if (between && count != 2) value->fail("expected two values: the least and the greatest");
      if (count == 0) value->fail("the list is empty", "Write one value or more.");
      for (size_t i = 0; i < count; ++i) predicate.literals.push_back(read_literal(value->element(i)));
      return;
    }
    case PredicateOperator::kContains:
    case PredicateOperator::kBeginsWith:
    case PredicateOperator::kEndsWith:
    case PredicateOperator::kMatches:
      predicate.literals.push_back({LiteralKind::kText, needed().expect_text(), 0, LiteralType::kNone});
      return;
    case PredicateOperator::kWithinBefore:
    case PredicateOperator::kWithinAfter:
    case PredicateOperator::kWithinOf:
      predicate.times = Window{};
      read_span(place.expect_member("span"), 0, predicate.times->count, predicate.times->unit);
      predicate.other = read_other_field(needed(), key);
      return;
    default:
      if (is_field(needed(), key)) {
        predicate.other = read_other_field(*value, key);
      } else {
        predicate.literals.push_back(read_literal(*value));
      }
  }
}

size_t read_operator(const JsonPlace& place) {
  const std::string& text = place.expect_text();
  if (text == "<>" || text == "!=") {
    place.fail("\"" + text + "\" is no operator here", "Write {\"not\": {…, \"op\": \"=\", …}}: its exact complement.");
  }
  return place.expect_word(kOperatorWords, "operator");
}

// `key`: of the field, "field" or "attribute"; negated: of attributes, what a negative operator says.
Predicate read_predicate(const JsonPlace& place, std::string_view key) {
  Predicate predicate;
  const std::string_view negated = key == "attribute" ? "negated" : key;
  predicate.field = read_field(*place.find(key));
  if (key == "attribute") {
    if (const auto is_negated = place.find("negated")) predicate.negated = is_negated->expect_boolean();
  }
  if (const auto part = place.find("part")) predicate.part = static_cast<FieldPart>(part->expect_word(kPartWords, "part"));
  if (const auto times = place.find("times")) {
    place.allow_only({key, negated, "part", "times"});
    predicate.op = PredicateOperator::kTimes;
    predicate.times = read_window(*times, true);
    return predicate;
  }
  const std::optional<JsonPlace> op = place.find("op");
  if (!op.has_value()) {
    place.allow_only({key, negated, "part", "op", "value", "span", "ignoreCase", "times"});
    place.fail("one of the keys \"op\" or \"times\" is missing");
  }
  predicate.op = static_cast<PredicateOperator>(read_operator(*op));
  if (predicate.op >= PredicateOperator::kWithinBefore) {
    place.allow_only({key, negated, "op", "span", "value"});
  } else {
    place.allow_only({key, negated, "part", "op", "value", "ignoreCase"});
  }
  if (const auto ignore = place.find("ignoreCase")) predicate.ignore_case = ignore->expect_boolean();
  read_values(place, key, predicate);
  return predicate;
}

}  // namespace

Aggregate read_aggregate(const JsonPlace& place) {
  place.allow_only({"aggregate", "field", "op", "value", "negated"});
  Aggregate aggregate;
  aggregate.kind = static_cast<AggregateKind>(place.find("aggregate")->expect_word(kAggregateWords, "aggregate"));
  Predicate& comparison = aggregate.comparison;
  comparison.field = read_field(place.expect_member("field"));
  const bool distinct = aggregate.kind == AggregateKind::kDistinct;
  // As the text needs it: without quotes, it is a unit of the calendar.
  if (distinct && comparison.field.members.empty() && unit_of_word(comparison.field.column.text))
    comparison.field.column.quoted = true;
  const JsonPlace op = place.expect_member("op");
  comparison.op = static_cast<PredicateOperator>(read_operator(op));
  if (!compares_values(comparison.op)) {
    op.fail("an aggregate is compared with values", "Use =, <, <=, >, >=, in, between or \"is null\".");
  }
  if (distinct && comparison.op == PredicateOperator::kIsNull) op.fail("a number of values is never null", "Use = and 0.");
  read_values(place, "field", comparison);
  if (const auto value = place.find("value"); comparison.other.has_value()) {
    value->fail("an aggregate is compared with a value, not with another field", "Write a number or a text.");
  }
  if (const auto negated = place.find("negated")) {
    comparison.negated = negated->expect_boolean();
    if (comparison.negated && !has_negative_form(comparison.op)) {
      negated->fail("this operator has no negative form", "Write {\"not\": …} around the condition, or another operator.");
    }
  }
  return aggregate;
}

FieldPath read_field(const JsonPlace& place) {
  if (place.value().kind != JsonKind::kArray) return {read_name(place), {}};
  const size_t count = place.expect_array().size();
  if (count == 0) place.fail("the list is empty", "Write the field's name, and those of the members on the way.");
  if (count > kMaxPathNames) {
    place.fail("the list has more than " + std::to_string(kMaxPathNames) + " names", {}, ErrorCode::kLimitExceeded);
  }
  FieldPath path{read_name(place.element(0)), {}};
  for (size_t i = 1; i < count; ++i) path.add_member(read_name(place.element(i)));
  return path;
}

Predicate read_attribute(const JsonPlace& place) {
  if (const JsonPlace path = *place.find("attribute");
      path.value().kind != JsonKind::kArray || path.value().elements.size() < 2) {
    path.fail("expected the names of a source and of its field", "Write [\"Source\", \"Field\"].");
  }
  return read_predicate(place, "attribute");
}

std::unique_ptr<Restriction> read_restriction(const JsonPlace& place) {
  check_depth(place);
  const std::string_view key = place.expect_one_of({"and", "or", "not", "field"});
  auto restriction = std::make_unique<Restriction>();
  if (key == "field") {
    restriction->predicate = read_predicate(place, "field");
    return restriction;
  }
  place.allow_only({key});
  const JsonPlace inner = *place.find(key);
  if (key == "not") {
    restriction->kind = RestrictionKind::kNot;
    restriction->children.push_back(read_restriction(inner));
    return restriction;
  }
  restriction->kind = key == "and" ? RestrictionKind::kAnd : RestrictionKind::kOr;
  const size_t count = inner.expect_array().size();
  if (count == 0) inner.fail("the list is empty", "Write one predicate or more.");
  for (size_t i = 0; i < count; ++i) restriction->children.push_back(read_restriction(inner.element(i)));
  return count > 1 ? std::move(restriction) : std::move(restriction->children.front());
}

}  // namespace segments
