#include "core/json/clause_reader.h"
#include "core/json/words.h"

namespace segments {
namespace {

// {"field": …} on the right of an operator.
bool is_field(const JsonPlace& place) { return place.value().kind == JsonKind::kObject && place.find("field").has_value(); }

FieldPath read_other_field(const JsonPlace& place) {
  if (!is_field(place)) place.fail("expected another field", "Write {\"field\": [\"…\"]}.");
  place.allow_only({"field"});
  return read_field(*place.find("field"));
}

void read_values(const JsonPlace& place, Predicate& predicate) {
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
      predicate.other = read_other_field(needed());
      return;
    default:
      if (is_field(needed())) {
        predicate.other = read_other_field(*value);
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

Predicate read_predicate(const JsonPlace& place) {
  Predicate predicate;
  predicate.field = read_field(*place.find("field"));
  if (const auto part = place.find("part")) predicate.part = static_cast<FieldPart>(part->expect_word(kPartWords, "part"));
  if (const auto times = place.find("times")) {
    place.allow_only({"field", "part", "times"});
    predicate.op = PredicateOperator::kTimes;
    predicate.times = read_window(*times, true);
    return predicate;
  }
  const std::optional<JsonPlace> op = place.find("op");
  if (!op.has_value()) {
    place.allow_only({"field", "part", "op", "value", "span", "ignoreCase", "times"});
    place.fail("one of the keys \"op\" or \"times\" is missing");
  }
  predicate.op = static_cast<PredicateOperator>(read_operator(*op));
  if (predicate.op >= PredicateOperator::kWithinBefore) {
    place.allow_only({"field", "op", "span", "value"});
  } else {
    place.allow_only({"field", "part", "op", "value", "ignoreCase"});
  }
  if (const auto ignore = place.find("ignoreCase")) predicate.ignore_case = ignore->expect_boolean();
  read_values(place, predicate);
  return predicate;
}

}  // namespace

FieldPath read_field(const JsonPlace& place) {
  if (place.value().kind != JsonKind::kArray) return {read_name(place), {}};
  const size_t count = place.expect_array().size();
  if (count == 0) place.fail("the list is empty", "Write the field's name, and those of the members on the way.");
  FieldPath path{read_name(place.element(0)), {}};
  for (size_t i = 1; i < count; ++i) path.members.push_back(read_name(place.element(i)));
  return path;
}

std::unique_ptr<Restriction> read_restriction(const JsonPlace& place) {
  check_depth(place);
  const std::string_view key = place.expect_one_of({"and", "or", "not", "field"});
  auto restriction = std::make_unique<Restriction>();
  if (key == "field") {
    restriction->predicate = read_predicate(place);
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
