#include "core/plan/plan_encoding.h"

#include "core/error.h"
#include "core/plan/compact_number.h"
#include "core/plan/predicate_encoding.h"
#include "core/plan/value_encoding.h"

namespace segments {
namespace {

// magic u32 | version u16 | output u8 | ordinal sets | counters | folds | distincts | values | nodes | roots, each as a count and
// its items | subject or fields, if the output needs them
constexpr uint32_t kMagic = 0x4c504753;  // "SGPL"
constexpr uint16_t kVersion = 1;

void check_time_part(const FieldPredicate& predicate) {
  if (predicate.method != PredicateMethod::kPart || predicate.kind != ValueKind::kInteger) {
    throw_corrupted("A plan looks at what times do not have.");
  }
}

void put_times(ByteWriter& writer, const TimeRange& range) {
  put_signed(writer, range.first);
  put_signed(writer, range.last);
}

TimeRange get_times(ByteReader& reader) {
  TimeRange range;
  range.first = get_signed(reader);
  range.last = get_signed(reader);
  return range;
}

void put_test(ByteWriter& writer, const RowTest& test, uint32_t depth) {
  if (depth > kMaxRowTestDepth) {
    throw Error(ErrorCode::kLimitExceeded, "restriction is nested too deeply",
                "At most " + std::to_string(kMaxRowTestDepth) + " levels are possible.", "Simplify the restriction.");
  }
  put_enum(writer, test.kind);
  switch (test.kind) {
    case RowTestKind::kField:
    case RowTestKind::kTimePart:
      return put_predicate(writer, test.predicate);
    case RowTestKind::kPair:
      return put_pair(writer, test.pair);
    case RowTestKind::kOrdinals:
      return put_number(writer, test.ordinals);
    case RowTestKind::kTimes:
      put_number(writer, test.times.size());
      for (const TimeRange& range : test.times) put_times(writer, range);
      return;
    case RowTestKind::kAnd:
    case RowTestKind::kOr:
    case RowTestKind::kNot:
      put_number(writer, test.children.size());
      for (const RowTest& child : test.children) put_test(writer, child, depth + 1);
  }
}

RowTest get_test(ByteReader& reader, size_t set_count, uint32_t depth) {
  if (depth > kMaxRowTestDepth) throw_corrupted("A restriction is nested too deeply.");
  RowTest test;
  test.kind = get_enum(reader, RowTestKind::kPair);
  switch (test.kind) {
    case RowTestKind::kField:
    case RowTestKind::kTimePart:
      test.predicate = get_predicate(reader);
      if (test.kind == RowTestKind::kTimePart) check_time_part(test.predicate);
      break;
    case RowTestKind::kPair:
      test.pair = get_pair(reader);
      break;
    case RowTestKind::kOrdinals:
      test.ordinals = static_cast<uint32_t>(get_number(reader, UINT32_MAX));
      if (test.ordinals >= set_count) throw_corrupted("A plan names a set that it does not have.");
      break;
    case RowTestKind::kTimes:
      for (size_t rest = get_count(reader, 2); rest > 0; --rest) test.times.push_back(get_times(reader));
      break;
    case RowTestKind::kAnd:
    case RowTestKind::kOr:
    case RowTestKind::kNot: {
      const size_t count = get_count(reader, 2);
      if (test.kind == RowTestKind::kNot && count != 1) throw_corrupted("A negation needs exactly one part.");
      for (size_t rest = count; rest > 0; --rest) test.children.push_back(get_test(reader, set_count, depth + 1));
    }
  }
  return test;
}

void put_counter(ByteWriter& writer, const CounterPlan& counter) {
  put_number(writer, counter.types.size());
  for (const CountedType& type : counter.types) {
    put_signed(writer, type.type_id);
    writer.put(static_cast<uint8_t>(type.restriction.has_value()));
    if (type.restriction) put_test(writer, *type.restriction, 1);
  }
  put_times(writer, counter.window);
  put_times(writer, counter.hole);
  put_number(writer, counter.periods.size());
  for (const TimeRange& period : counter.periods) put_times(writer, period);
  put_signed(writer, counter.largest_bound);
  writer.put(static_cast<uint8_t>(counter.edge.has_value()));
  if (!counter.edge) return;
  put_number(writer, counter.edge->among);
  put_enum(writer, counter.edge->latest);
  put_number(writer, counter.edge->count);
}

// Rows at the edge of such at the edge …
constexpr uint32_t kMostEdges = 4;

void check_edge(const CounterPlan& counter, const EvaluationPlan& plan) {
  const CounterPlan& among = plan.counters[counter.edge->among];
  if (!among.periods.empty()) throw_corrupted("A plan looks for the latest of what it counts by periods.");
  if (!std::ranges::equal(counter.types, among.types, {}, &CountedType::type_id, &CountedType::type_id)) {
    throw_corrupted("A plan looks for the latest rows among those of other types.");
  }
  uint32_t depth = 1;
  for (const CounterPlan* inner = &among; inner->edge; inner = &plan.counters[inner->edge->among]) ++depth;
  if (depth > kMostEdges || counter.edge->count == 0 || counter.edge->count > kMostEdgeRows) {
    throw_corrupted("A plan looks for the latest rows in an impossible way.");
  }
}

EdgePlan get_edge(ByteReader& reader, const EvaluationPlan& plan) {
  EdgePlan edge;
  edge.among = get_index(reader, plan.counters.size());
  edge.latest = get_enum(reader, true);
  edge.count = static_cast<uint32_t>(get_number(reader, UINT32_MAX));
  return edge;
}

CounterPlan get_counter(ByteReader& reader, const EvaluationPlan& plan) {
  const size_t set_count = plan.ordinal_sets.size();
  CounterPlan counter;
  for (size_t rest = get_count(reader, 2); rest > 0; --rest) {
    CountedType type;
    type.type_id = get_type(reader);
    if (!counter.types.empty() && counter.types.back().type_id >= type.type_id)
      throw_corrupted("A plan's types are not in order.");
    if (get_enum(reader, true)) type.restriction = get_test(reader, set_count, 1);
    counter.types.push_back(std::move(type));
  }
  if (counter.types.empty()) throw_corrupted("A plan counts nothing.");
  counter.window = get_times(reader);
  counter.hole = get_times(reader);
  for (size_t rest = get_count(reader, 2); rest > 0; --rest) {
    const TimeRange period = get_times(reader);
    if (!counter.periods.empty() && (counter.periods.back().last > period.last || counter.periods.back().last >= period.first)) {
      throw_corrupted("A plan's periods are not in order.");
    }
    counter.periods.push_back(period);
  }
  counter.largest_bound = get_signed(reader);
  if (!get_enum(reader, true)) return counter;
  counter.edge = get_edge(reader, plan);
  check_edge(counter, plan);
  return counter;
}

void put_node(ByteWriter& writer, const PlanNode& node) {
  put_enum(writer, node.kind);
  switch (node.kind) {
    case PlanNodeKind::kAll:
      return;
    case PlanNodeKind::kSet:
      return put_number(writer, node.set);
    case PlanNodeKind::kSum:
    case PlanNodeKind::kAverage:
    case PlanNodeKind::kDistinct:
      return put_comparison(writer, node);
    case PlanNodeKind::kComparison:
      return put_compared_values(writer, node);
    case PlanNodeKind::kPeriods:
    case PlanNodeKind::kRun:
      put_signed(writer, node.period_minimum);
      put_signed(writer, node.period_maximum);
      [[fallthrough]];
    case PlanNodeKind::kCount:
      put_number(writer, node.counter);
      put_signed(writer, node.minimum);
      put_signed(writer, node.maximum);
      return;
    case PlanNodeKind::kAnd:
    case PlanNodeKind::kOr:
    case PlanNodeKind::kNot:
    case PlanNodeKind::kExcept:
      put_number(writer, node.children.size());
      for (const uint32_t child : node.children) put_number(writer, child);
  }
}

PlanNode get_node(ByteReader& reader, const EvaluationPlan& plan) {
  PlanNode node;
  node.kind = get_enum(reader, PlanNodeKind::kComparison);
  switch (node.kind) {
    case PlanNodeKind::kAll:
      break;
    case PlanNodeKind::kSet:
      node.set = get_index(reader, plan.ordinal_sets.size());
      break;
    case PlanNodeKind::kSum:
    case PlanNodeKind::kAverage:
    case PlanNodeKind::kDistinct:
      get_comparison(reader, plan, node);
      break;
    case PlanNodeKind::kComparison:
      get_compared_values(reader, plan, node);
      break;
    case PlanNodeKind::kPeriods:
    case PlanNodeKind::kRun:
      node.period_minimum = get_signed(reader);
      node.period_maximum = get_signed(reader);
      [[fallthrough]];
    case PlanNodeKind::kCount:
      node.counter = get_index(reader, plan.counters.size());
      node.minimum = get_signed(reader);
      node.maximum = get_signed(reader);
      if ((node.kind == PlanNodeKind::kCount) != plan.counters[node.counter].periods.empty()) {
        throw_corrupted("A condition and its counter differ about periods.");
      }
      break;
    case PlanNodeKind::kAnd:
    case PlanNodeKind::kOr:
    case PlanNodeKind::kNot:
    case PlanNodeKind::kExcept: {
      const size_t count = get_count(reader);
      if (node.kind == PlanNodeKind::kNot && count != 1) throw_corrupted("A negation needs exactly one part.");
      if (node.kind == PlanNodeKind::kExcept && count != 2) throw_corrupted("An exception needs exactly two parts.");
      for (size_t rest = count; rest > 0; --rest) node.children.push_back(get_index(reader, plan.nodes.size()));
    }
  }
  return node;
}

}  // namespace

Bytes EvaluationPlan::encode() const {
  ByteWriter writer;
  writer.put(kMagic);
  writer.put(kVersion);
  put_enum(writer, output);
  put_number(writer, ordinal_sets.size());
  for (const ProfileSet& set : ordinal_sets) put_set(writer, set);
  put_number(writer, counters.size());
  for (const CounterPlan& counter : counters) put_counter(writer, counter);
  put_number(writer, folds.size());
  for (const FoldPlan& fold : folds) put_fold(writer, fold);
  put_number(writer, distincts.size());
  for (const DistinctPlan& distinct : distincts) put_distinct(writer, distinct);
  put_number(writer, values.size());
  for (const PlanValue& value : values) put_value(writer, value);
  put_number(writer, nodes.size());
  for (const PlanNode& node : nodes) put_node(writer, node);
  put_number(writer, roots.size());
  for (const uint32_t root : roots) put_number(writer, root);
  if (output == PlanOutput::kEvidence) put_number(writer, subject);
  if (output == PlanOutput::kValueCounts) {
    put_number(writer, counted_fields.size());
    for (const CountedField& field : counted_fields) put_counted_field(writer, field);
  }
  if (output != PlanOutput::kShares) return writer.take();
  put_signed(writer, as_of);
  put_number(writer, field_values.size());
  for (const FieldValues& field : field_values) put_field_values(writer, field);
  return writer.take();
}

EvaluationPlan EvaluationPlan::decode(BytesView bytes) {
  ByteReader reader(bytes);
  if (reader.get<uint32_t>() != kMagic) throw_corrupted("The bytes are not an evaluation plan.");
  if (reader.get<uint16_t>() != kVersion) throw_corrupted("The evaluation plan has an unknown version.");
  EvaluationPlan plan;
  plan.output = get_enum(reader, PlanOutput::kRecords);
  for (size_t rest = get_count(reader); rest > 0; --rest) plan.ordinal_sets.push_back(get_set(reader));
  for (size_t rest = get_count(reader); rest > 0; --rest) plan.counters.push_back(get_counter(reader, plan));
  for (size_t rest = get_count(reader, 4); rest > 0; --rest) plan.folds.push_back(get_fold(reader, plan));
  for (size_t rest = get_count(reader, 6); rest > 0; --rest) plan.distincts.push_back(get_distinct(reader, plan));
  for (size_t rest = get_count(reader, 2); rest > 0; --rest) plan.values.push_back(get_value(reader, plan));
  check_operands(plan);
  for (size_t rest = get_count(reader); rest > 0; --rest) plan.nodes.push_back(get_node(reader, plan));
  for (size_t rest = get_count(reader); rest > 0; --rest) plan.roots.push_back(get_index(reader, plan.nodes.size()));
  if (plan.output == PlanOutput::kEvidence) plan.subject = static_cast<Ordinal>(get_number(reader, UINT32_MAX));
  if (plan.output == PlanOutput::kValueCounts) {
    for (size_t rest = get_count(reader, 4); rest > 0; --rest) plan.counted_fields.push_back(get_counted_field(reader, plan));
  }
  if (plan.output == PlanOutput::kShares) {
    if (plan.ordinal_sets.empty()) throw_corrupted("A plan lacks the group whose values it counts.");
    plan.as_of = get_signed(reader);
    for (size_t rest = get_count(reader, 4); rest > 0; --rest) plan.field_values.push_back(get_field_values(reader));
  }
  reader.expect_end();
  return plan;
}

}  // namespace segments
