#include <algorithm>
#include <charconv>

#include "core/json/definition_json.h"
#include "core/json/words.h"

namespace segments {
namespace {

// Whether the text is that of a whole number that every reader of JSON keeps: no sign of plus, no zeros ahead, up to 2^53.
bool is_safe_integer(const std::string& text) {
  int64_t number = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (status != std::errc() || end != text.data() + text.size() || std::to_string(number) != text) return false;
  return number >= -(int64_t{1} << 53) && number <= (int64_t{1} << 53);
}

void add(JsonValue& object, std::string_view key, JsonValue value) {
  object.kind = JsonKind::kObject;
  object.members.push_back({std::string(key), std::move(value)});
}

JsonValue name_json(const Name& name) { return name.quoted ? json_object("quoted", json_text(name.text)) : json_text(name.text); }

// `source`: stands before an attribute; null: none.
JsonValue field_json(const FieldPath& field, const Name* source) {
  std::vector<JsonValue> names;
  if (source != nullptr) names.push_back(name_json(*source));
  names.push_back(name_json(field.column));
  for (const Name& member : field.members) names.push_back(name_json(member));
  return json_array(std::move(names));
}

JsonValue literal_json(const Literal& literal) {
  switch (literal.kind) {
    case LiteralKind::kBoolean:
      return json_boolean(literal.text == "true");
    case LiteralKind::kNumber: {
      if (!is_safe_integer(literal.text)) return json_object("number", json_text(literal.text));
      JsonValue number = json_text(literal.text);
      number.kind = JsonKind::kNumber;
      return number;
    }
    case LiteralKind::kText:
      break;
  }
  if (literal.type == LiteralType::kNone) return json_text(literal.text);
  return json_object(kLiteralTypeWords[static_cast<size_t>(literal.type)], json_text(literal.text));
}

JsonValue unit_json(TimeUnit unit) { return json_text(kUnitWords[static_cast<size_t>(unit)]); }

JsonValue span_json(int64_t count, TimeUnit unit) { return json_array({json_number(count), unit_json(unit)}); }

JsonValue window_json(const Window& window) {
  const JsonValue span = span_json(window.count, window.unit);
  switch (window.kind) {
    case WindowKind::kWithinLast:
      return json_object("withinLast", span);
    case WindowKind::kBetweenAgo:
      return json_object("betweenAgo", json_array({span, span_json(window.other_count, window.other_unit)}));
    case WindowKind::kFromTo: {
      JsonValue range = json_object("from", literal_json(window.start));
      add(range, "to", literal_json(window.end));
      return range;
    }
    case WindowKind::kSince:
      return json_object("since", literal_json(window.start));
    case WindowKind::kBefore:
      return json_object("before", literal_json(window.end));
    case WindowKind::kThis:
      return json_object("this", unit_json(window.unit));
    case WindowKind::kPrevious:
      return json_object("previous", span);
    case WindowKind::kOn:
      return json_object("on", literal_json(window.start));
    case WindowKind::kMoreThanAgo:
      return json_object("moreThanAgo", span);
    case WindowKind::kWithinNext:
      return json_object("withinNext", span);
    case WindowKind::kNext:
      break;
  }
  return json_object("next", span);
}

JsonValue bound_json(HavingKind kind, int64_t minimum, int64_t maximum) {
  switch (kind) {
    case HavingKind::kAtLeast:
      return json_object("atLeast", json_number(minimum));
    case HavingKind::kAtMost:
      return json_object("atMost", json_number(maximum));
    case HavingKind::kExactly:
      return json_object("exactly", json_number(minimum));
    case HavingKind::kBetween:
      return json_object("between", json_array({json_number(minimum), json_number(maximum)}));
    case HavingKind::kNever:
      break;
  }
  return json_object("never", json_boolean(true));
}

JsonValue value_json(const Predicate& predicate, const Name* source) {
  if (predicate.other.has_value())
    return json_object(source != nullptr ? "attribute" : "field", field_json(*predicate.other, source));
  if (!takes_list(predicate.op) && predicate.op != PredicateOperator::kBetween) {
    return literal_json(predicate.literals.front());
  }
  std::vector<JsonValue> values;
  for (const Literal& literal : predicate.literals) values.push_back(literal_json(literal));
  return json_array(std::move(values));
}

JsonValue predicate_json(const Predicate& predicate, const Name* source = nullptr) {
  JsonValue json = json_object(source != nullptr ? "attribute" : "field", field_json(predicate.field, source));
  if (predicate.part != FieldPart::kWhole) add(json, "part", json_text(kPartWords[static_cast<size_t>(predicate.part)]));
  if (predicate.op == PredicateOperator::kTimes) {
    add(json, "times", window_json(*predicate.times));
  } else {
    add(json, "op", json_text(kOperatorWords[static_cast<size_t>(predicate.op)]));
    if (predicate.times.has_value()) add(json, "span", span_json(predicate.times->count, predicate.times->unit));
    if (predicate.other.has_value() || !predicate.literals.empty()) add(json, "value", value_json(predicate, source));
    if (predicate.ignore_case) add(json, "ignoreCase", json_boolean(true));
  }
  if (!predicate.negated) return json;
  // "not" before a condition is another node than the negative form of its operator.
  if (source == nullptr) return json_object("not", std::move(json));
  add(json, "negated", json_boolean(true));
  return json;
}

JsonValue aggregate_json(const Aggregate& aggregate) {
  const Predicate& comparison = aggregate.comparison;
  JsonValue json = json_object("aggregate", json_text(kAggregateWords[static_cast<size_t>(aggregate.kind)]));
  add(json, "field", field_json(comparison.field, nullptr));
  add(json, "op", json_text(kOperatorWords[static_cast<size_t>(comparison.op)]));
  if (!comparison.literals.empty()) add(json, "value", value_json(comparison, nullptr));
  if (comparison.negated) add(json, "negated", json_boolean(true));
  return json;
}

JsonValue restriction_json(const Restriction& restriction) {
  switch (restriction.kind) {
    case RestrictionKind::kPredicate:
      return predicate_json(restriction.predicate);
    case RestrictionKind::kNot:
      return json_object("not", restriction_json(*restriction.children.front()));
    case RestrictionKind::kAnd:
    case RestrictionKind::kOr:
      break;
  }
  std::vector<JsonValue> children;
  for (const auto& child : restriction.children) children.push_back(restriction_json(*child));
  return json_object(restriction.kind == RestrictionKind::kAnd ? "and" : "or", json_array(std::move(children)));
}

JsonValue types_json(const std::vector<Name>& types) {
  if (types.empty()) return json_object("any", json_boolean(true));
  if (types.size() == 1) return name_json(types.front());
  std::vector<JsonValue> names;
  for (const Name& name : types) names.push_back(name_json(name));
  return json_object("anyOf", json_array(std::move(names)));
}

JsonValue periods_json(const Periods& periods) {
  JsonValue json = periods.kind == PeriodsKind::kInARow ? json_object("inARow", unit_json(periods.unit))
                                                        : json_object("ofLast", span_json(periods.count, periods.unit));
  if (periods.kind == PeriodsKind::kOfTheLast && periods.length != 1) add(json, "length", json_number(periods.length));
  JsonValue bound = bound_json(periods.bound, periods.minimum, periods.maximum);
  json.members.push_back(std::move(bound.members.front()));
  return json;
}

// What says which interactions are meant, of all that happened.
void add_clauses(JsonValue& json, const InteractionCondition& condition) {
  if (condition.via.has_value()) add(json, "via", name_json(*condition.via));
  if (condition.restriction != nullptr) add(json, "where", restriction_json(*condition.restriction));
  if (condition.window.has_value()) add(json, "window", window_json(*condition.window));
  if (condition.but_not.has_value()) add(json, "butNot", window_json(*condition.but_not));
  if (condition.latest.has_value()) add(json, "latest", json_number(*condition.latest));
}

JsonValue interaction_json(const InteractionCondition& condition) {
  if (condition.is_attribute) return predicate_json(condition.restriction->predicate, &condition.types.front());
  JsonValue json = json_object("interaction", types_json(condition.types));
  add_clauses(json, condition);
  if (condition.occurrence.has_value()) add(json, "occurrence", json_number(*condition.occurrence));
  const bool distinct = condition.periods.has_value() && condition.periods->kind == PeriodsKind::kDistinct;
  if (distinct) {
    const Periods& periods = *condition.periods;
    JsonValue having = json_object("distinct", unit_json(periods.unit));
    add(having, "count", bound_json(periods.bound, periods.minimum, periods.maximum));
    add(json, "having", std::move(having));
    return json;
  }
  if (condition.periods.has_value()) add(json, "periods", periods_json(*condition.periods));
  if (condition.aggregate.has_value()) add(json, "having", aggregate_json(*condition.aggregate));
  if (condition.having.has_value()) {
    const Having& having = *condition.having;
    add(json, "having", json_object("count", bound_json(having.kind, having.minimum, having.maximum)));
  }
  return json;
}

JsonValue reference_json(const SegmentReference& reference) {
  JsonValue json = json_object("segment", json_text(reference.name));
  if (reference.kind == ReferenceKind::kEntered) add(json, "entered", window_json(*reference.window));
  if (reference.kind == ReferenceKind::kLeft) add(json, "left", window_json(*reference.window));
  if (reference.kind == ReferenceKind::kAsOf) add(json, "asOf", literal_json(*reference.at));
  return json;
}

JsonValue bucket_json(const BucketCondition& bucket) {
  const JsonValue first = json_number(bucket.first);
  JsonValue json = json_object("bucket", bucket.first == bucket.last ? first : json_array({first, json_number(bucket.last)}));
  add(json, "of", json_number(bucket.count));
  if (!bucket.salt.empty()) add(json, "salt", json_text(bucket.salt));
  return json;
}

JsonValue value_json(const ValueNode& value) {
  if (value.kind == ValueNodeKind::kNumber) return literal_json(value.number);
  if (value.kind != ValueNodeKind::kRows) {
    return json_object(kOperationWords[static_cast<size_t>(value.kind)],
                       json_array({value_json(*value.operands[0]), value_json(*value.operands[1])}));
  }
  JsonValue rows = json_object("interaction", types_json(value.rows->types));
  add_clauses(rows, *value.rows);
  if (!value.rows->aggregate.has_value()) return json_object("count", std::move(rows));
  const Aggregate& aggregate = *value.rows->aggregate;
  JsonValue json = json_object("aggregate", json_text(kAggregateWords[static_cast<size_t>(aggregate.kind)]));
  add(json, "field", field_json(aggregate.comparison.field, nullptr));
  add(json, "of", std::move(rows));
  return json;
}

JsonValue comparison_json(const Comparison& comparison) {
  JsonValue json = json_object("compare", value_json(*comparison.value));
  add(json, "op", json_text(kOperatorWords[static_cast<size_t>(comparison.op)]));
  if (comparison.op == PredicateOperator::kIn || comparison.op == PredicateOperator::kBetween) {
    std::vector<JsonValue> values;
    for (const auto& value : comparison.with) values.push_back(value_json(*value));
    add(json, "value", json_array(std::move(values)));
  } else if (!comparison.with.empty()) {
    add(json, "value", value_json(*comparison.with.front()));
  }
  if (comparison.negated) add(json, "negated", json_boolean(true));
  return json;
}

JsonValue node_json(const Node& node) {
  std::vector<JsonValue> children;
  for (const auto& child : node.children) children.push_back(node_json(*child));
  switch (node.kind) {
    case NodeKind::kAnd:
      return json_object("and", json_array(std::move(children)));
    case NodeKind::kOr:
      return json_object("or", json_array(std::move(children)));
    case NodeKind::kExcept:
      return json_object("except", json_array(std::move(children)));
    case NodeKind::kNot:
      return json_object("not", std::move(children.front()));
    case NodeKind::kInteraction:
      return interaction_json(*node.interaction);
    case NodeKind::kSegment:
      return reference_json(*node.segment);
    case NodeKind::kBucket:
      return bucket_json(*node.bucket);
    case NodeKind::kComparison:
      return comparison_json(*node.comparison);
    case NodeKind::kAll:
      break;
  }
  return json_object("all", json_boolean(true));
}

}  // namespace

JsonValue definition_to_json(const Definition& definition) { return node_json(*definition.root); }

}  // namespace segments
