// having sum(F) > 5: sums, averages and numbers of different values are compared; what is greatest or least, of all
// rows or of those of one time, is found by asking for what lies beyond.
#include "core/text/characters.h"
#include "pg/catalog/array_value.h"
#include "pg/catalog/field_value.h"
#include "pg/evaluation/bounds_check.h"
#include "pg/evaluation/predicate_operator.h"
#include "pg/evaluation/resolve.h"
#include "pg/evaluation/restriction_resolver.h"
#include "pg/evaluation/server_values.h"
#include "pg/evaluation/value_identity.h"

namespace segments::pg {
namespace {

std::string type_name(Oid type) {
  return std::string(call([&] { return static_cast<const char*>(format_type_be(type)); }));
}

// As it was written.
std::string text_of(const Aggregate& aggregate) { return aggregate_call(aggregate.kind, aggregate.comparison.field.text()); }

bool adds_up(const Aggregate& aggregate) {
  return aggregate.kind == AggregateKind::kSum || aggregate.kind == AggregateKind::kAverage;
}

std::optional<NumberForm> number_form(Oid type) {
  switch (type) {
    case INT2OID:
    case INT4OID:
    case INT8OID:
      return NumberForm::kInteger;
    case FLOAT4OID:
      return NumberForm::kFloat4;
    case FLOAT8OID:
      return NumberForm::kFloat8;
    case NUMERICOID:
      return NumberForm::kNumeric;
    default:
      return std::nullopt;
  }
}

bool is_time(Oid type) { return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID; }

// Whether values of two types, or columns, can be the same.
bool can_be_same(const FieldColumnName& a, const FieldColumnName& b) {
  const auto is_float = [](Oid type) { return type == FLOAT4OID || type == FLOAT8OID; };
  if (number_form(a.type) && number_form(b.type)) return is_float(a.type) == is_float(b.type);
  const auto is_bytewise = [](const FieldColumnName& field) {
    return is_text_type(field.type) && value_equality(field.type, field.collation) != ValueEquality::kServer;
  };
  return (is_bytewise(a) && is_bytewise(b)) || (a.type == b.type && a.collation == b.collation);
}

// Whether values of two types, or columns, have one order.
bool has_one_order(const FieldColumnName& a, const FieldColumnName& b) {
  if (number_form(a.type) && number_form(b.type)) return true;
  if (is_time(a.type) && is_time(b.type)) return true;
  const bool alike = a.type == b.type || (is_text_type(a.type) && is_text_type(b.type));
  return alike && a.collation == b.collation;
}

bool asks_for_order(PredicateOperator op) {
  return op != PredicateOperator::kEqual && op != PredicateOperator::kIn && op != PredicateOperator::kIsNull;
}

void check_distinct(const Aggregate& aggregate, const FieldColumnName& field, const std::string& of_type) {
  if (field.role == ColumnRole::kTime) {
    throw Error(ErrorCode::kTypeMismatch, of_type, "When interactions happened is counted by units of the calendar.",
                "Write a unit: count(distinct day).", aggregate.position);
  }
  if (field.role != ColumnRole::kField) {
    throw Error(ErrorCode::kTypeMismatch, of_type, "It says whose interactions these are.", "Count a field of the interactions.",
                aggregate.position);
  }
  if (value_equality(field.type, field.collation)) return;
  throw Error(ErrorCode::kTypeMismatch, of_type, "Its values are not told apart.",
              OidIsValid(element_type_of(field.type))
                  ? "Ask for elements in the restriction: where " + aggregate.comparison.field.text() + " contains any of (…)."
                  : "Write a restriction: where " + aggregate.comparison.field.text() + " ….",
              aggregate.position);
}

void check_type(const Aggregate& aggregate, const FieldColumnName& field) {
  const bool is_record = field.role == ColumnRole::kRecordId || field.role == ColumnRole::kRecordType;
  const FieldPath& name = aggregate.comparison.field;
  const std::string of_type = text_of(aggregate) + " does not fit field \"" + name.text() + "\" of type " + type_name(field.type);
  if (aggregate.kind == AggregateKind::kDistinct) return check_distinct(aggregate, field, of_type);
  if (adds_up(aggregate)) {
    if (field.role == ColumnRole::kField && number_form(field.type)) return;
    throw Error(ErrorCode::kTypeMismatch, of_type,
                "Numbers are added up: of types smallint, integer, bigint, numeric, real and double precision.",
                "Use \"min\" or \"max\", or count the interactions: where " + name.text() + " … at least 2.", aggregate.position);
  }
  if (is_of_one_time(aggregate.kind) && field.type == BOOLOID) {
    if (!asks_for_order(aggregate.comparison.op)) return;
    throw Error(ErrorCode::kTypeMismatch, text_of(aggregate) + " is compared by =, <> and in", "Its values are true and false.",
                "Write = true, or = false.", aggregate.comparison.position);
  }
  if (!is_record && field.type != BOOLOID && !OidIsValid(element_type_of(field.type))) return;
  throw Error(ErrorCode::kTypeMismatch, of_type, "Its values are not asked for by their order.",
              "Write a restriction: where " + name.text() + (field.type == BOOLOID ? " = true." : " …."), aggregate.position);
}

// The number that a sum is compared with, as its image.
std::string number_image(const Aggregate& aggregate, const Literal& literal, LiteralReader& reader) {
  if (literal.kind == LiteralKind::kBoolean || literal.type != LiteralType::kNone) {
    throw Error(ErrorCode::kTypeMismatch, text_of(aggregate) + " is compared with numbers", "",
                "Write a number without quotes: 500.", literal.position);
  }
  const MissingValue image = missing_value_of(NUMERICOID, reader.read(literal, NUMERICOID));
  return {image.bytes.begin(), image.bytes.end()};
}

}  // namespace

FieldColumnName RestrictionResolver::resolve_aggregated(const Aggregate& aggregate) {
  const FieldPath& name = aggregate.comparison.field;
  if (resolver_.catalog_.find_lookup(type_, name)) {
    throw Error(ErrorCode::kTypeMismatch, "field \"" + name.text() + "\" is looked up, and stands in another row",
                text_of(aggregate) + " is about fields of the interactions themselves.",
                "Ask for it in the restriction: where " + name.text() + " ….", name.position());
  }
  const FieldColumnName field = read_field(name);
  check_type(aggregate, field);
  return field;
}

FoldedField RestrictionResolver::resolve_folded(const Aggregate& aggregate) {
  const FieldColumnName field = resolve_aggregated(aggregate);
  return {field.attnum, *number_form(field.type), resolver_.missing_value(type_, field, aggregate.comparison.field.position())};
}

DistinctField RestrictionResolver::resolve_distinct(const Aggregate& aggregate, DistinctPlan& plan) {
  const FieldColumnName field = resolve_aggregated(aggregate);
  const ValueEquality equality = *value_equality(field.type, field.collation);
  if (equality == ValueEquality::kServer) {
    plan.type_oid = field.type;
    plan.collation_oid = field.collation;
  }
  return {field.attnum, field.kind, equality, resolver_.missing_value(type_, field, aggregate.comparison.field.position())};
}

FieldColumnName Resolver::check_aggregated(const AggregatedCondition& condition, const EvaluationRequest& request,
                                           LiteralReader& reader) {
  const Aggregate& aggregate = *condition.written.aggregate;
  std::optional<FieldColumnName> first;
  for (const InteractionType* type : condition.types) {
    RestrictionResolver resolver(*this, condition.written, *type, reader, request.role);
    FieldColumnName field = resolver.resolve_aggregated(aggregate);
    resolver.check_may_be_read(aggregate.comparison.field.position());
    const bool distinct = aggregate.kind == AggregateKind::kDistinct;
    if (first && !(distinct ? can_be_same(*first, field) : has_one_order(*first, field))) {
      const std::string name = aggregate.comparison.field.text();
      throw Error(ErrorCode::kTypeMismatch,
                  "field \"" + name + "\" is another in " + type->called() + " than in " + condition.types[0]->called(),
                  distinct ? "Values of these types, or collations, are never the same."
                           : "Their types, or collations, have no order in common.",
                  distinct ? "Ask about each of the types by itself." : "Join two conditions by \"or\".", aggregate.position);
    }
    if (!first) first = std::move(field);
  }
  return *std::move(first);
}

// The rows that count whose value satisfies a comparison; kIsNull: those that have a value.
CounterPlan Resolver::rows_with(const AggregatedCondition& condition, PredicateOperator op, const Literal* literal,
                                const EvaluationRequest& request, LiteralReader& reader) {
  Predicate& predicate = aggregate_predicates_.emplace_back();
  predicate.field = condition.written.aggregate->comparison.field;
  predicate.op = op;
  predicate.position = condition.written.aggregate->comparison.position;
  predicate.negated = op == PredicateOperator::kIsNull;
  if (literal != nullptr) predicate.literals = {*literal};
  CounterPlan counter = condition.counter;
  counter.types.clear();
  for (size_t i = 0; i < condition.types.size(); ++i) {
    RestrictionResolver resolver(*this, condition.written, *condition.types[i], reader, request.role);
    CountedType counted = condition.counted[i];
    counted.restriction = both_tests(resolver.resolve(predicate), std::move(counted.restriction));
    add_type(counter.types, std::move(counted));
  }
  return counter;
}

// Some row whose value satisfies a comparison; of the earliest or latest rows that have a value, if the aggregate is of these.
uint32_t Resolver::some_value(const AggregatedCondition& condition, PredicateOperator op, const Literal* literal,
                              const EvaluationRequest& request, LiteralReader& reader) {
  CounterPlan counter = rows_with(condition, op, literal, request, reader);
  const AggregateKind kind = condition.written.aggregate->kind;
  if (op != PredicateOperator::kIsNull && is_of_one_time(kind)) {
    CounterPlan among = rows_with(condition, PredicateOperator::kIsNull, nullptr, request, reader);
    counter.edge = {share_counter(plan_, std::move(among)), kind == AggregateKind::kLast, 1};
  }
  return count(std::move(counter), 1, INT64_MAX);
}

// A boolean is the greatest if it is true.
uint32_t Resolver::resolve_boolean_edge(const AggregatedCondition& condition, const EvaluationRequest& request,
                                        LiteralReader& reader) {
  const Predicate& comparison = condition.written.aggregate->comparison;
  const std::string extreme = condition.written.aggregate->kind == AggregateKind::kLast ? "true" : "false";
  PlanNode any;
  any.kind = PlanNodeKind::kOr;
  for (const Literal& literal : comparison.literals) {
    if (literal.kind != LiteralKind::kBoolean || literal.text == extreme) {
      any.children.push_back(some_value(condition, PredicateOperator::kEqual, &literal, request, reader));
      continue;
    }
    Literal other = literal;
    other.text = extreme;
    const uint32_t value = some_value(condition, PredicateOperator::kIsNull, nullptr, request, reader);
    any.children.push_back(both(value, some_value(condition, PredicateOperator::kEqual, &other, request, reader)));
  }
  return any.children.size() == 1 ? any.children.front() : add_connective(std::move(any));
}

// The greatest value is above x if some value is, and so on; of the least one, below.  So it is exact in every type's own order.
uint32_t Resolver::resolve_extreme(const AggregatedCondition& condition, const EvaluationRequest& request,
                                   LiteralReader& reader) {
  const Predicate& comparison = condition.written.aggregate->comparison;
  const AggregateKind kind = condition.written.aggregate->kind;
  const bool greatest = kind == AggregateKind::kMaximum || kind == AggregateKind::kLast;
  const auto value = [&] { return some_value(condition, PredicateOperator::kIsNull, nullptr, request, reader); };
  const auto reaches = [&](size_t literal) {
    return some_value(condition, greatest ? PredicateOperator::kGreaterEqual : PredicateOperator::kLessEqual,
                      &comparison.literals[literal], request, reader);
  };
  const auto exceeds = [&](size_t literal) {
    return some_value(condition, greatest ? PredicateOperator::kGreater : PredicateOperator::kLess, &comparison.literals[literal],
                      request, reader);
  };
  switch (comparison.op) {
    case PredicateOperator::kIsNull:
      return add_connective({.kind = PlanNodeKind::kNot, .children = {value()}});
    case PredicateOperator::kGreater:
      return greatest ? exceeds(0) : both(value(), reaches(0));
    case PredicateOperator::kGreaterEqual:
      return greatest ? reaches(0) : both(value(), exceeds(0));
    case PredicateOperator::kLess:
      return greatest ? both(value(), reaches(0)) : exceeds(0);
    case PredicateOperator::kLessEqual:
      return greatest ? both(value(), exceeds(0)) : reaches(0);
    case PredicateOperator::kBetween:
      return greatest ? both(reaches(0), exceeds(1)) : both(reaches(1), exceeds(0));
    default:
      break;
  }
  PlanNode any;
  any.kind = PlanNodeKind::kOr;
  for (size_t i = 0; i < comparison.literals.size(); ++i) any.children.push_back(both(reaches(i), exceeds(i)));
  return any.children.size() == 1 ? any.children.front() : add_connective(std::move(any));
}

// The field of each type; several events of one table are one.
template <class Field, class Resolve>
std::vector<Field> Resolver::fields_of(const AggregatedCondition& condition, const EvaluationRequest& request,
                                       LiteralReader& reader, Resolve resolve) {
  const Aggregate& aggregate = *condition.written.aggregate;
  std::vector<Field> fields;
  for (const InteractionType* type : condition.types) {
    RestrictionResolver resolver(*this, condition.written, *type, reader, request.role);
    Field field = resolve(resolver);
    const size_t place = fields.size();
    const bool is_same = place > 0 && condition.counter.types[place - 1].type_id == type->rows_id;
    if (is_same && fields.back().field != field.field) {
      throw Error(ErrorCode::kInvalidValue, "field \"" + aggregate.comparison.field.text() + "\" is two columns of one table", "",
                  "Join two conditions by \"or\".", aggregate.position);
    }
    if (!is_same) fields.push_back(std::move(field));
  }
  return fields;
}

Resolver::MadeNumber Resolver::make_number(const AggregatedCondition& condition, uint32_t counter,
                                           const EvaluationRequest& request, LiteralReader& reader) {
  const Aggregate& aggregate = *condition.written.aggregate;
  if (aggregate.kind == AggregateKind::kDistinct) {
    DistinctPlan distinct;
    distinct.fields = fields_of<DistinctField>(condition, request, reader, [&](RestrictionResolver& resolver) {
      return resolver.resolve_distinct(aggregate, distinct);
    });
    // The number of an integer that is compared with numerics.
    const bool as_numbers = std::ranges::any_of(
        distinct.fields, [](const DistinctField& field) { return field.equality == ValueEquality::kNumbers; });
    for (DistinctField& field : distinct.fields) {
      if (as_numbers) field.equality = ValueEquality::kNumbers;
    }
    distinct.counter = counter;
    return {PlanNodeKind::kDistinct, share_distinct(plan_, std::move(distinct))};
  }
  FoldPlan fold;
  fold.counter = counter;
  fold.fields = fields_of<FoldedField>(condition, request, reader,
                                       [&](RestrictionResolver& resolver) { return resolver.resolve_folded(aggregate); });
  return {aggregate.kind == AggregateKind::kSum ? PlanNodeKind::kSum : PlanNodeKind::kAverage,
          share_fold(plan_, std::move(fold))};
}

uint32_t Resolver::resolve_number(const AggregatedCondition& condition, const EvaluationRequest& request, LiteralReader& reader) {
  const Aggregate& aggregate = *condition.written.aggregate;
  PlanNode node;
  node.op = value_operator(aggregate.comparison.op);
  node.counter = share_counter(plan_, CounterPlan(condition.counter));
  condition_.counters.push_back(node.counter);
  for (const Literal& literal : aggregate.comparison.literals) node.literals.push_back(number_image(aggregate, literal, reader));
  const MadeNumber made = make_number(condition, node.counter, request, reader);
  node.kind = made.kind;
  node.fold = made.index;
  return add_node(std::move(node));
}

uint32_t Resolver::resolve_aggregate(const AggregatedCondition& condition, const EvaluationRequest& request,
                                     LiteralReader& reader) {
  const FieldColumnName field = check_aggregated(condition, request, reader);
  const Aggregate& aggregate = *condition.written.aggregate;
  const bool is_boolean = field.type == BOOLOID && is_of_one_time(aggregate.kind);
  const bool is_number = makes_number(aggregate.kind);
  // Of all rows that count, for whoever explains; a number has such a counter itself.
  if (!share_nodes_ && !is_number) condition_.counters.push_back(share_counter(plan_, CounterPlan(condition.counter)));
  const bool is_edge_of_booleans = is_boolean && aggregate.comparison.op != PredicateOperator::kIsNull;
  const uint32_t node = is_number             ? resolve_number(condition, request, reader)
                        : is_edge_of_booleans ? resolve_boolean_edge(condition, request, reader)
                                              : resolve_extreme(condition, request, reader);
  if (request.empty_windows == EmptyWindows::kRefused) check_bounds(aggregate, field, reader);
  if (!aggregate.comparison.negated) return node;
  return add_connective({.kind = PlanNodeKind::kNot, .children = {node}});
}

}  // namespace segments::pg
