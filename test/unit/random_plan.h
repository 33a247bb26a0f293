// Random plans over tiles.
#pragma once
#include "unit/decimal.h"
#include "unit/random_tile.h"

namespace segments::model {

inline TimeRange random_range(Choices& choices) {
  TimeRange range;
  if (choices.chance(3)) return range;
  range.first = int64_t{choices.below(1000)} * 1'000'000;
  range.last = range.first + int64_t{choices.below(600)} * 1'000'000;
  if (choices.chance(4)) range.last = kPlusInfinity;
  if (choices.chance(8)) std::swap(range.first, range.last);
  return range;
}

inline FieldPredicate random_predicate(Choices& choices) {
  FieldPredicate predicate;
  predicate.field = static_cast<int16_t>(1 + choices.below(kFieldCount));
  predicate.kind = kind_of(predicate.field);
  const bool bytes = predicate.kind == ValueKind::kBytes;
  if (choices.chance(2)) {
    const Value value = random_value(choices, predicate.field);
    predicate.missing = MissingValue{predicate.kind, value.integer, Bytes(value.text.begin(), value.text.end())};
  }
  switch (choices.below(9)) {
    case 8:
      predicate.method = PredicateMethod::kPart;
      predicate.part = bytes ? ValuePart::kLength : ValuePart::kHour;
      predicate.zone = "UTC";
      predicate.literals = {"b"};
      return predicate;
    case 0:
      predicate.method = PredicateMethod::kNull;
      predicate.op = ValueOperator::kIsNull;
      return predicate;
    case 1:
      predicate.method = PredicateMethod::kServer;
      predicate.op = choices.chance(3) ? ValueOperator::kIsEmpty : ValueOperator::kContains;
      predicate.literals = {choices.chance(2) ? "b" : "no such"};
      return predicate;
    default:
      break;
  }
  if (!bytes) {
    predicate.method = PredicateMethod::kIntegers;
    for (uint32_t rest = choices.below(3); rest > 0; --rest) {
      const int64_t first = random_value(choices, predicate.field).integer + choices.below(3) - 1;
      const int64_t last = choices.chance(2) ? first : random_value(choices, predicate.field).integer;
      predicate.ranges.push_back({choices.chance(9) ? INT64_MIN : first, choices.chance(9) ? INT64_MAX : last});
    }
    return predicate;
  }
  constexpr ValueOperator kOperators[] = {ValueOperator::kEqual,      ValueOperator::kIn,       ValueOperator::kContains,
                                          ValueOperator::kBeginsWith, ValueOperator::kEndsWith, ValueOperator::kIsEmpty};
  predicate.op = kOperators[choices.below(6)];
  if (predicate.op == ValueOperator::kIsEmpty) return predicate;
  const uint32_t literals = predicate.op == ValueOperator::kIn ? choices.below(4) : 1;
  for (uint32_t i = 0; i < literals; ++i) {
    std::string text = random_value(choices, 2).text;
    predicate.literals.push_back(choices.chance(4) ? text.substr(0, 3) : text);
  }
  return predicate;
}

inline PairOperand random_operand(Choices& choices) {
  PairOperand operand;
  if (choices.chance(4)) return operand;
  const FieldPredicate field = random_predicate(choices);
  operand.field = field.field;
  operand.kind = field.kind;
  operand.missing = field.missing;
  return operand;
}

inline RowTest random_test(Choices& choices, const EvaluationPlan& plan, uint32_t depth) {
  RowTest test;
  test.kind = static_cast<RowTestKind>(choices.below(8));
  if (depth == 0 && test.kind < RowTestKind::kField) test.kind = RowTestKind::kField;
  switch (test.kind) {
    case RowTestKind::kField:
      test.predicate = random_predicate(choices);
      break;
    case RowTestKind::kTimes:
      for (uint32_t rest = choices.below(3); rest > 0; --rest) test.times.push_back(random_range(choices));
      break;
    case RowTestKind::kOrdinals:
      test.ordinals = choices.below(static_cast<uint32_t>(plan.ordinal_sets.size()));
      break;
    case RowTestKind::kTimePart:
      test.predicate.field = 1;
      test.predicate.kind = ValueKind::kInteger;
      test.predicate.method = PredicateMethod::kPart;
      test.predicate.part = ValuePart::kHour;
      break;
    case RowTestKind::kPair:
      test.pair.left = random_operand(choices);
      test.pair.right = random_operand(choices);
      test.pair.op = static_cast<PairOperator>(choices.below(8));
      test.pair.microseconds = choices.below(3) * 1'000'000;
      break;
    default:
      for (uint32_t rest = test.kind == RowTestKind::kNot ? 1 : choices.below(4); rest > 0; --rest) {
        test.children.push_back(random_test(choices, plan, depth - 1));
      }
  }
  return test;
}

inline ProfileSet random_set(Choices& choices, const Tile& tile) {
  ProfileSet set;
  if (choices.chance(4)) return set;
  const Ordinal first = first_ordinal(tile.number);
  const Ordinal start = first + choices.below(kTileSize);
  set.insert_range(start, uint64_t{start} + choices.below(40000));
  for (const auto& records : tile.profiles) {
    if (choices.bulk(3) == 0) set.insert(first + records[0]);
  }
  return set;
}

// Numbers of all fields but the texts.
inline FoldPlan random_fold(Choices& choices, const EvaluationPlan& plan) {
  FoldPlan fold;
  fold.counter = choices.below(static_cast<uint32_t>(plan.counters.size()));
  for (size_t rest = plan.counters[fold.counter].types.size(); rest > 0; --rest) {
    constexpr int16_t kNumbers[] = {1, 3, 4};
    FoldedField& field = fold.fields.emplace_back();
    field.field = kNumbers[choices.below(3)];
    field.form = field.field != 3 ? NumberForm::kInteger : choices.chance(2) ? NumberForm::kFloat4 : NumberForm::kFloat8;
    if (choices.chance(2)) field.missing = MissingValue{kind_of(field.field), random_value(choices, field.field).integer, {}};
  }
  return fold;
}

// Of one kind all, or texts without case.
inline DistinctPlan random_distinct(Choices& choices, const EvaluationPlan& plan) {
  DistinctPlan distinct;
  distinct.counter = choices.below(static_cast<uint32_t>(plan.counters.size()));
  constexpr int16_t kFields[] = {1, 2, 2, 3};
  const int16_t first = kFields[choices.below(4)];
  const bool by_server = first == 2 && choices.chance(3);
  const bool by_number = first == 1 && choices.chance(2);
  for (size_t rest = plan.counters[distinct.counter].types.size(); rest > 0; --rest) {
    DistinctField& field = distinct.fields.emplace_back();
    field.field = first == 1 && choices.chance(2) ? 4 : first;
    field.kind = kind_of(field.field);
    field.equality = by_server                         ? ValueEquality::kServer
                     : by_number                       ? ValueEquality::kNumbers
                     : first == 2 && choices.chance(2) ? ValueEquality::kPadded
                                                       : ValueEquality::kSame;
    if (!choices.chance(2)) continue;
    const Value value = random_value(choices, field.field);
    field.missing = MissingValue{field.kind, value.integer, Bytes(value.text.begin(), value.text.end())};
  }
  return distinct;
}

inline void set_comparison(Choices& choices, PlanNode& node) {
  static const char* const kLiterals[] = {"0",      "1",           "-1",   "5",   "0.5",       "2.25", "-0.75",
                                          "100000", "-1000000000", "1e30", "NaN", "-Infinity", "1e-20"};
  constexpr ValueOperator kOperators[] = {ValueOperator::kEqual,   ValueOperator::kLess,         ValueOperator::kLessEqual,
                                          ValueOperator::kGreater, ValueOperator::kGreaterEqual, ValueOperator::kIn,
                                          ValueOperator::kBetween, ValueOperator::kIsNull};
  node.op = kOperators[choices.below(8)];
  uint32_t literals = node.op == ValueOperator::kIsNull ? 0 : 1;
  if (node.op == ValueOperator::kBetween) literals = 2;
  if (node.op == ValueOperator::kIn) literals = 1 + choices.below(4);
  for (; literals > 0; --literals)
    node.literals.push_back(Decimal::of_text(kLiterals[choices.below(choices.chance(8) ? 13 : 9)]).image());
}

// Of an earlier one, or two, or of rows.
inline PlanValue random_value_of(Choices& choices, const EvaluationPlan& plan, uint32_t counter) {
  static const char* const kNumbers[] = {"0", "1",    "2",     "-1",  "0.5",      "-2.25",
                                         "3", "1e25", "1e-30", "NaN", "Infinity", "-Infinity"};
  const auto earlier = static_cast<uint32_t>(plan.values.size());
  PlanValue value;
  value.kind = static_cast<PlanValueKind>(choices.below(10));
  if (has_operands(value.kind) && earlier == 0) value.kind = PlanValueKind::kCount;
  if (plan.folds.empty() && (value.kind == PlanValueKind::kSum || value.kind == PlanValueKind::kAverage))
    value.kind = PlanValueKind::kCount;
  if (plan.distincts.empty() && value.kind == PlanValueKind::kDistinct) value.kind = PlanValueKind::kCount;
  if (has_operands(value.kind)) {
    value.left = choices.below(earlier);
    value.right = choices.below(earlier);
  } else if (value.kind == PlanValueKind::kNumber) {
    value.number = Decimal::of_text(kNumbers[choices.below(choices.chance(4) ? 12 : 7)]).image();
  } else if (value.kind == PlanValueKind::kCount) {
    value.source = counter;
  } else {
    value.source =
        choices.below(static_cast<uint32_t>(value.kind == PlanValueKind::kDistinct ? plan.distincts.size() : plan.folds.size()));
  }
  return value;
}

// Of so few operands that products stay short.
inline void add_random_values(Choices& choices, EvaluationPlan& plan) {
  std::vector<uint32_t> operands;
  for (uint32_t rest = choices.below(12); rest > 0; --rest) {
    const auto counter = choices.below(static_cast<uint32_t>(plan.counters.size()));
    if (!plan.counters[counter].periods.empty()) continue;
    PlanValue value = random_value_of(choices, plan, counter);
    const uint32_t its_operands = has_operands(value.kind) ? operands[value.left] + operands[value.right] : 1;
    if (its_operands > 6) continue;
    operands.push_back(its_operands);
    plan.values.push_back(std::move(value));
  }
}

inline PlanNode random_comparison(Choices& choices, const EvaluationPlan& plan) {
  constexpr ValueOperator kOperators[] = {ValueOperator::kEqual,   ValueOperator::kLess,         ValueOperator::kLessEqual,
                                          ValueOperator::kGreater, ValueOperator::kGreaterEqual, ValueOperator::kIn,
                                          ValueOperator::kBetween, ValueOperator::kIsNull};
  PlanNode node;
  node.kind = PlanNodeKind::kComparison;
  node.op = kOperators[choices.below(8)];
  uint32_t others = node.op == ValueOperator::kIsNull ? 0 : 1;
  if (node.op == ValueOperator::kBetween) others = 2;
  if (node.op == ValueOperator::kIn) others = 1 + choices.below(4);
  for (uint32_t rest = 1 + others; rest > 0; --rest)
    node.values.push_back(choices.below(static_cast<uint32_t>(plan.values.size())));
  return node;
}

inline PlanNode random_node(Choices& choices, const EvaluationPlan& plan) {
  if (!plan.values.empty() && choices.chance(3)) return random_comparison(choices, plan);
  PlanNode node;
  if (!plan.folds.empty() && choices.chance(4)) {
    node.kind = choices.chance(2) ? PlanNodeKind::kSum : PlanNodeKind::kAverage;
    node.fold = choices.below(static_cast<uint32_t>(plan.folds.size()));
    node.counter = plan.folds[node.fold].counter;
    set_comparison(choices, node);
    return node;
  }
  if (!plan.distincts.empty() && choices.chance(4)) {
    node.kind = PlanNodeKind::kDistinct;
    node.fold = choices.below(static_cast<uint32_t>(plan.distincts.size()));
    node.counter = plan.distincts[node.fold].counter;
    set_comparison(choices, node);
    if (node.op == ValueOperator::kIsNull) {
      node.op = ValueOperator::kGreaterEqual;
      node.literals = {Decimal::of_text("2").image()};
    }
    return node;
  }
  node.kind = static_cast<PlanNodeKind>(choices.below(7));
  const auto earlier = static_cast<uint32_t>(plan.nodes.size());
  const bool has_children = node.kind <= PlanNodeKind::kExcept;
  if ((has_children && earlier == 0) || choices.chance(3)) node.kind = PlanNodeKind::kCount;
  switch (node.kind) {
    case PlanNodeKind::kAll:
      break;
    case PlanNodeKind::kSet:
      node.set = choices.below(static_cast<uint32_t>(plan.ordinal_sets.size()));
      break;
    case PlanNodeKind::kSum:
    case PlanNodeKind::kAverage:
    case PlanNodeKind::kDistinct:
    case PlanNodeKind::kComparison:
      break;
    case PlanNodeKind::kPeriods:
    case PlanNodeKind::kRun:
    case PlanNodeKind::kCount: {
      constexpr int64_t kBounds[] = {0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 1'000'000'000, -1};
      node.counter = choices.below(static_cast<uint32_t>(plan.counters.size()));
      node.minimum = kBounds[choices.below(12)];
      node.maximum = choices.chance(2) ? INT64_MAX : kBounds[choices.below(12)];
      if (plan.counters[node.counter].periods.empty()) {
        node.kind = PlanNodeKind::kCount;
        break;
      }
      node.kind = choices.chance(2) ? PlanNodeKind::kPeriods : PlanNodeKind::kRun;
      node.period_minimum = kBounds[choices.below(5)];
      node.period_maximum = choices.chance(2) ? INT64_MAX : kBounds[choices.below(8)];
      break;
    }
    default: {
      uint32_t count = choices.below(4);
      if (node.kind == PlanNodeKind::kNot) count = 1;
      if (node.kind == PlanNodeKind::kExcept) count = 2;
      for (; count > 0; --count) node.children.push_back(choices.below(earlier));
    }
  }
  return node;
}

// Neighbouring periods mostly, some empty.
inline std::vector<TimeRange> random_periods(Choices& choices) {
  std::vector<TimeRange> periods;
  Timestamp start = int64_t{choices.below(200)} * 1'000'000;
  for (uint32_t rest = 1 + choices.below(choices.chance(5) ? 300 : 6); rest > 0; --rest) {
    if (choices.chance(5)) start += int64_t{choices.below(100)} * 1'000'000;
    const Timestamp end = start + int64_t{choices.below(100)} * 1'000'000;
    periods.push_back({start, end - 1});
    start = end;
  }
  return periods;
}

inline uint32_t edges_of(const EvaluationPlan& plan, uint32_t counter) {
  uint32_t count = 0;
  for (; plan.counters[counter].edge; counter = plan.counters[counter].edge->among) ++count;
  return count;
}

inline CounterPlan random_counter(Choices& choices, const EvaluationPlan& plan) {
  CounterPlan counter;
  const auto other = plan.counters.empty() ? 0 : choices.below(static_cast<uint32_t>(plan.counters.size()));
  if (!plan.counters.empty() && plan.counters[other].periods.empty() && choices.chance(2) && edges_of(plan, other) < 3) {
    counter = plan.counters[other];
    for (CountedType& type : counter.types) {
      if (choices.chance(2)) type.restriction = random_test(choices, plan, 3);
    }
    if (choices.chance(4)) counter.window = random_range(choices);
    if (choices.chance(3)) counter.periods = random_periods(choices);
    counter.edge = {other, choices.chance(2), choices.chance(2) ? 1 : 1 + choices.below(choices.chance(4) ? 400'000 : 5)};
    return counter;
  }
  for (int32_t type = 0; type < 3; ++type) {
    if (type == 2 && counter.types.empty() ? false : !choices.chance(2)) continue;
    counter.types.push_back({type, std::nullopt});
    if (!choices.chance(4)) counter.types.back().restriction = random_test(choices, plan, 3);
  }
  counter.window = random_range(choices);
  if (choices.chance(3)) counter.hole = random_range(choices);
  if (choices.chance(3)) counter.periods = random_periods(choices);
  return counter;
}

inline EvaluationPlan random_plan(Choices& choices, const Tile& tile) {
  EvaluationPlan plan;
  for (uint32_t i = 0; i < 3; ++i) plan.ordinal_sets.push_back(random_set(choices, tile));
  for (uint32_t rest = 1 + choices.below(5); rest > 0; --rest) {
    share_counter(plan, random_counter(choices, plan));
  }
  for (uint32_t rest = choices.below(4); rest > 0; --rest) {
    FoldPlan fold = random_fold(choices, plan);
    if (plan.counters[fold.counter].periods.empty()) share_fold(plan, std::move(fold));
  }
  for (uint32_t rest = choices.below(4); rest > 0; --rest) {
    DistinctPlan distinct = random_distinct(choices, plan);
    if (plan.counters[distinct.counter].periods.empty()) share_distinct(plan, std::move(distinct));
  }
  add_random_values(choices, plan);
  for (uint32_t rest = 1 + choices.below(10); rest > 0; --rest) plan.nodes.push_back(random_node(choices, plan));
  for (uint32_t rest = 1 + choices.below(4); rest > 0; --rest) {
    plan.roots.push_back(choices.below(static_cast<uint32_t>(plan.nodes.size())));
  }
  plan.output = static_cast<PlanOutput>(choices.below(3));
  return plan;
}

}  // namespace segments::model
