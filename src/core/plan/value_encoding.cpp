#include "core/plan/value_encoding.h"

#include "core/error.h"
#include "core/plan/compact_number.h"
#include "core/plan/predicate_encoding.h"

namespace segments {
namespace {

// A counter whose rows' values are looked at.
uint32_t get_valued_counter(ByteReader& reader, const EvaluationPlan& plan) {
  const uint32_t counter = get_index(reader, plan.counters.size());
  if (!plan.counters[counter].periods.empty()) throw_corrupted("A plan looks at values of what it counts by periods.");
  return counter;
}

// What telling values apart relies on.
void check_equality(const DistinctField& field, const DistinctField& first) {
  const auto is_text = [](ValueEquality equality) {
    return equality == ValueEquality::kSame || equality == ValueEquality::kPadded;
  };
  const bool alike = field.equality == ValueEquality::kNumbers ? field.kind != ValueKind::kFloat
                     : field.equality == ValueEquality::kSame  ? field.kind == first.kind
                                                               : field.kind == ValueKind::kBytes && field.kind == first.kind;
  const bool common = field.equality == first.equality || (is_text(field.equality) && is_text(first.equality));
  if (!alike || !common) throw_corrupted("A plan tells values of different types apart.");
  if (field.missing && field.missing->kind != field.kind) throw_corrupted("A missing value has another kind.");
}

// Whether an operator compares with so many.
bool takes(ValueOperator op, size_t count) {
  return op == ValueOperator::kIn        ? count > 0
         : op == ValueOperator::kBetween ? count == 2
         : op == ValueOperator::kIsNull  ? count == 0
                                         : count == 1 && op <= ValueOperator::kGreaterEqual;
}

}  // namespace

void put_fold(ByteWriter& writer, const FoldPlan& fold) {
  put_number(writer, fold.counter);
  for (const FoldedField& field : fold.fields) {
    put_number(writer, static_cast<uint16_t>(field.field));
    put_enum(writer, field.form);
    put_missing(writer, field.missing);
  }
}

FoldPlan get_fold(ByteReader& reader, const EvaluationPlan& plan) {
  FoldPlan fold;
  fold.counter = get_valued_counter(reader, plan);
  Number number;
  for (size_t rest = plan.counters[fold.counter].types.size(); rest > 0; --rest) {
    FoldedField field;
    field.field = get_field(reader);
    field.form = get_enum(reader, NumberForm::kNumeric);
    field.missing = get_missing(reader);
    if (field.missing && field.missing->kind != kind_of(field.form)) throw_corrupted("A missing value has another kind.");
    if (field.missing) read_number(dictionary_of(*field.missing), 0, field.form, number);
    fold.fields.push_back(std::move(field));
  }
  return fold;
}

void put_distinct(ByteWriter& writer, const DistinctPlan& distinct) {
  put_number(writer, distinct.counter);
  put_number(writer, distinct.type_oid);
  put_number(writer, distinct.collation_oid);
  for (const DistinctField& field : distinct.fields) {
    put_number(writer, static_cast<uint16_t>(field.field));
    put_enum(writer, field.kind);
    put_enum(writer, field.equality);
    put_missing(writer, field.missing);
  }
}

DistinctPlan get_distinct(ByteReader& reader, const EvaluationPlan& plan) {
  DistinctPlan distinct;
  distinct.counter = get_valued_counter(reader, plan);
  distinct.type_oid = static_cast<uint32_t>(get_number(reader, UINT32_MAX));
  distinct.collation_oid = static_cast<uint32_t>(get_number(reader, UINT32_MAX));
  for (size_t rest = plan.counters[distinct.counter].types.size(); rest > 0; --rest) {
    DistinctField field;
    field.field = get_field(reader);
    field.kind = get_kind(reader);
    field.equality = get_enum(reader, ValueEquality::kServer);
    field.missing = get_missing(reader);
    distinct.fields.push_back(std::move(field));
    check_equality(distinct.fields.back(), distinct.fields.front());
  }
  return distinct;
}

void get_comparison(ByteReader& reader, const EvaluationPlan& plan, PlanNode& node) {
  const bool distinct = node.kind == PlanNodeKind::kDistinct;
  node.fold = get_index(reader, distinct ? plan.distincts.size() : plan.folds.size());
  node.counter = distinct ? plan.distincts[node.fold].counter : plan.folds[node.fold].counter;
  node.op = get_enum(reader, distinct ? ValueOperator::kBetween : ValueOperator::kIsNull);
  const size_t count = get_count(reader);
  if (!takes(node.op, count)) throw_corrupted("A plan compares a number with too many others, or too few.");
  Number number;
  for (size_t rest = count; rest > 0; --rest) {
    node.literals.push_back(get_text(reader));
    read_numeric(node.literals.back(), number);
  }
}

void put_comparison(ByteWriter& writer, const PlanNode& node) {
  put_number(writer, node.fold);
  put_enum(writer, node.op);
  put_number(writer, node.literals.size());
  for (const std::string& literal : node.literals) put_text(writer, literal);
}

void put_value(ByteWriter& writer, const PlanValue& value) {
  put_enum(writer, value.kind);
  if (value.kind == PlanValueKind::kNumber) return put_text(writer, value.number);
  if (!has_operands(value.kind)) return put_number(writer, value.source);
  put_number(writer, value.left);
  put_number(writer, value.right);
}

PlanValue get_value(ByteReader& reader, const EvaluationPlan& plan) {
  PlanValue value;
  value.kind = get_enum(reader, PlanValueKind::kCoalesce);
  switch (value.kind) {
    case PlanValueKind::kNumber: {
      Number number;
      value.number = get_text(reader);
      read_numeric(value.number, number);
      return value;
    }
    case PlanValueKind::kCount:
      value.source = get_valued_counter(reader, plan);
      return value;
    case PlanValueKind::kSum:
    case PlanValueKind::kAverage:
      value.source = get_index(reader, plan.folds.size());
      return value;
    case PlanValueKind::kDistinct:
      value.source = get_index(reader, plan.distincts.size());
      return value;
    default:
      break;
  }
  value.left = get_index(reader, plan.values.size());
  value.right = get_index(reader, plan.values.size());
  return value;
}

void check_operands(const EvaluationPlan& plan) {
  std::vector<uint32_t> operands;
  for (const PlanValue& value : plan.values) {
    operands.push_back(has_operands(value.kind) ? operands[value.left] + operands[value.right] : 1);
    if (operands.back() > kMostOperands) throw_corrupted("A plan makes a value of too many others.");
  }
}

void put_compared_values(ByteWriter& writer, const PlanNode& node) {
  put_enum(writer, node.op);
  put_number(writer, node.values.size());
  for (const uint32_t value : node.values) put_number(writer, value);
}

void get_compared_values(ByteReader& reader, const EvaluationPlan& plan, PlanNode& node) {
  node.op = get_enum(reader, ValueOperator::kIsNull);
  const size_t count = get_count(reader);
  if (count == 0 || !takes(node.op, count - 1)) throw_corrupted("A plan compares a value with too many others, or too few.");
  for (size_t rest = count; rest > 0; --rest) node.values.push_back(get_index(reader, plan.values.size()));
}

void put_field_values(ByteWriter& writer, const FieldValues& field) {
  put_signed(writer, field.type_id);
  put_number(writer, static_cast<uint16_t>(field.field));
  put_enum(writer, field.kind);
  put_number(writer, field.group_count);
  put_number(writer, field.missing_group == FieldValues::kNoGroup ? 0 : field.missing_group + 1);
  put_number(writer, field.groups.size());
  for (size_t i = 0; i < field.groups.size(); ++i) {
    put_number(writer, field.groups[i]);
    if (field.kind == ValueKind::kBytes) {
      put_text(writer, field.texts[i]);
    } else {
      put_signed(writer, field.integers[i]);
    }
  }
}

FieldValues get_field_values(ByteReader& reader) {
  FieldValues field;
  field.type_id = get_type(reader);
  field.field = get_field(reader);
  field.kind = get_kind(reader);
  field.group_count = static_cast<uint32_t>(get_number(reader, UINT32_MAX - 1));
  const auto missing = static_cast<uint32_t>(get_number(reader, field.group_count));
  field.missing_group = missing == 0 ? FieldValues::kNoGroup : missing - 1;
  for (size_t rest = get_count(reader, 2); rest > 0; --rest) {
    field.groups.push_back(static_cast<uint32_t>(get_number(reader, UINT32_MAX)));
    if (field.groups.back() >= field.group_count) throw_corrupted("A plan names a group of values that it does not have.");
    if (field.kind == ValueKind::kBytes) {
      field.texts.push_back(get_text(reader));
    } else {
      field.integers.push_back(get_signed(reader));
    }
  }
  if (field.group_count > field.groups.size()) throw_corrupted("A plan has groups without values.");
  return field;
}

void put_counted_field(ByteWriter& writer, const CountedField& field) {
  put_number(writer, field.counter);
  put_number(writer, static_cast<uint16_t>(field.field));
  put_enum(writer, field.kind);
  put_missing(writer, field.missing);
}

CountedField get_counted_field(ByteReader& reader, const EvaluationPlan& plan) {
  CountedField field;
  field.counter = get_index(reader, plan.counters.size());
  if (plan.counters[field.counter].types.size() != 1) throw_corrupted("A plan counts values of several types together.");
  field.field = get_field(reader);
  field.kind = get_kind(reader);
  field.missing = get_missing(reader);
  if (field.missing && field.missing->kind != field.kind) throw_corrupted("A missing value has another kind.");
  return field;
}

}  // namespace segments
