#include "core/evaluation/value_evaluator.h"

#include <algorithm>
#include <numeric>

namespace segments {
namespace {

constexpr size_t kSetsAtATime = 512;  // 16 KiB each
constexpr size_t kWideBytes = size_t{16} << 20;
constexpr uint32_t kPlacesPerPoll = 1u << 12;

// compare(i): less than 0, 0 or more as the first value compares with the i-th; nothing: one of them is null.
template <class Compare>
bool holds(ValueOperator op, size_t count, Compare compare) {
  const auto is = [&](size_t i, auto wanted) {
    const std::optional<int> order = compare(i);
    return order && wanted(*order);
  };
  switch (op) {
    case ValueOperator::kLess:
      return is(1, [](int order) { return order < 0; });
    case ValueOperator::kLessEqual:
      return is(1, [](int order) { return order <= 0; });
    case ValueOperator::kGreater:
      return is(1, [](int order) { return order > 0; });
    case ValueOperator::kGreaterEqual:
      return is(1, [](int order) { return order >= 0; });
    case ValueOperator::kBetween:
      return is(1, [](int order) { return order >= 0; }) && is(2, [](int order) { return order <= 0; });
    default:
      break;
  }
  for (size_t i = 1; i < count; ++i) {
    if (is(i, [](int order) { return order == 0; })) return true;
  }
  return false;
}

// The steps of a comparison for one profile.
template <class Numbers, class Comparison>
class Calculation {
 public:
  using Int = typename Numbers::Int;

  Calculation(Numbers& numbers, const Comparison& comparison, const std::vector<ValueColumn>& columns)
      : numbers_(numbers), comparison_(comparison), columns_(columns), results_(comparison.steps.size()) {}

  bool holds_at(size_t place) {
    for (size_t i = 0; i < results_.size(); ++i) results_[i] = result_of(i, place);
    const auto of = [&](size_t i) -> const Quantity<Int>& { return results_[comparison_.values[i]]; };
    if (comparison_.op == ValueOperator::kIsNull) return of(0).is_null;
    return holds(comparison_.op, comparison_.values.size(), [&](size_t i) -> std::optional<int> {
      if (of(0).is_null || of(i).is_null) return std::nullopt;
      return compare(numbers_, of(0), of(i));
    });
  }

 private:
  Quantity<Int> result_of(size_t i, size_t place) {
    const auto& step = comparison_.steps[i];
    switch (step.kind) {
      case PlanValueKind::kNumber:
        return number(step);
      case PlanValueKind::kCount:
      case PlanValueKind::kDistinct:
      case PlanValueKind::kSum:
        return columns_[step.column].at(numbers_, place, false);
      case PlanValueKind::kAverage:
        return columns_[step.column].at(numbers_, place, true);
      case PlanValueKind::kAdd:
        return sum(numbers_, results_[step.left], results_[step.right]);
      case PlanValueKind::kSubtract:
        return sum(numbers_, results_[step.left], negated(numbers_, results_[step.right]));
      case PlanValueKind::kMultiply:
        return product(numbers_, results_[step.left], results_[step.right]);
      case PlanValueKind::kDivide:
        return quotient(numbers_, results_[step.left], results_[step.right]);
      case PlanValueKind::kCoalesce:
        break;
    }
    return results_[results_[step.left].is_null ? step.right : step.left];
  }

  template <class Step>
  Quantity<Int> number(const Step& step) {
    if constexpr (std::is_same_v<Numbers, SmallNumbers>) {
      if (step.small.is_null) numbers_.overflowed = true;
      return step.small;
    } else {
      return quantity_of(numbers_, step.number);
    }
  }

  Numbers& numbers_;
  const Comparison& comparison_;
  const std::vector<ValueColumn>& columns_;
  std::vector<Quantity<Int>> results_;
};

}  // namespace

ValueEvaluator::ValueEvaluator(const EvaluationPlan& plan, const NodeGraph& graph, Restrictions& restrictions,
                               ValueMatcherFactory& matchers, Interrupt& interrupt, Stopwatch* stopwatch, size_t column_bytes)
    : plan_(plan), restrictions_(restrictions), matchers_(matchers), interrupt_(interrupt), stopwatch_(stopwatch),
      column_bytes_(column_bytes) {
  // Those that need most come first: others find their columns there.
  std::vector<uint32_t> nodes = graph.comparisons();
  std::vector<size_t> sizes(plan.nodes.size());
  for (const uint32_t node : nodes) sizes[node] = bytes_of(sources_of(plan.nodes[node]));
  std::ranges::stable_sort(nodes, [&](uint32_t a, uint32_t b) { return sizes[a] > sizes[b]; });
  for (const uint32_t node : nodes) add_to_group(node);
}

size_t ValueEvaluator::bytes_of(const std::vector<ValueSource>& sources) {
  size_t bytes = 0;
  for (const ValueSource& source : sources) bytes += segments::bytes_of(source);
  return bytes;
}

namespace {

bool is_same(const ValueSource& a, const ValueSource& b) { return a.kind == b.kind && a.index == b.index; }

// Adds those that are not there.
void add_sources(std::vector<ValueSource>& sources, const std::vector<ValueSource>& others) {
  for (const ValueSource& other : others) {
    const auto found = std::ranges::find_if(sources, [&](const ValueSource& source) { return is_same(source, other); });
    if (found == sources.end()) {
      sources.push_back(other);
    } else {
      found->averages = found->averages || other.averages;
    }
  }
}

}  // namespace

std::vector<ValueSource> ValueEvaluator::sources_of(const PlanNode& node) const {
  std::vector<ValueSource> sources;
  const std::vector<bool> needed = parts_of_values(plan_, node.values);
  for (size_t i = 0; i < needed.size(); ++i) {
    const PlanValue& value = plan_.values[i];
    if (!needed[i] || value.kind == PlanValueKind::kNumber || has_operands(value.kind)) continue;
    const bool average = value.kind == PlanValueKind::kAverage;
    add_sources(sources, {{average ? PlanValueKind::kSum : value.kind, value.source, average}});
  }
  return sources;
}

void ValueEvaluator::add_to_group(uint32_t node) {
  const std::vector<ValueSource> sources = sources_of(plan_.nodes[node]);
  Group* chosen = nullptr;
  std::vector<ValueSource> joined;
  for (Group& group : groups_) {
    joined = group.sources;
    add_sources(joined, sources);
    const size_t bytes = bytes_of(joined) * kTileSize;
    if (bytes > column_bytes_ && bytes > bytes_of(group.sources) * kTileSize) continue;
    chosen = &group;
    break;
  }
  if (chosen == nullptr) {
    chosen = &groups_.emplace_back();
    joined = sources;
  }
  chosen->sources = std::move(joined);
  chosen->comparisons.push_back(prepared(node, *chosen));
}

ValueEvaluator::Comparison ValueEvaluator::prepared(uint32_t node, const Group& group) const {
  Comparison comparison;
  comparison.node = node;
  comparison.op = plan_.nodes[node].op;
  const std::vector<bool> needed = parts_of_values(plan_, plan_.nodes[node].values);
  std::vector<uint32_t> step_of(needed.size());
  for (size_t i = 0; i < needed.size(); ++i) {
    if (!needed[i]) continue;
    step_of[i] = static_cast<uint32_t>(comparison.steps.size());
    const PlanValue& value = plan_.values[i];
    Step& step = comparison.steps.emplace_back();
    step.kind = value.kind;
    if (value.kind == PlanValueKind::kNumber) {
      read_numeric(value.number, step.number);
      SmallNumbers numbers;
      step.small = quantity_of(numbers, step.number);
      if (numbers.overflowed) step.small = {};
      const bool is_integer = !step.small.is_null && step.number.kind == NumberClass::kFinite && step.small.denominator == 1;
      if (is_integer) step.integer = step.small.numerator;
    } else if (has_operands(value.kind)) {
      step.left = step_of[value.left];
      step.right = step_of[value.right];
    } else {
      const ValueSource source{value.kind == PlanValueKind::kAverage ? PlanValueKind::kSum : value.kind, value.source};
      const auto found = std::ranges::find_if(group.sources, [&](const ValueSource& other) { return is_same(source, other); });
      step.column = static_cast<uint32_t>(found - group.sources.begin());
    }
  }
  for (const uint32_t value : plan_.nodes[node].values) comparison.values.push_back(step_of[value]);
  return comparison;
}

void ValueEvaluator::fill(Slice& slice, const Group& group, ValueColumns& columns, std::vector<CounterWork>* work) {
  slice.columns.clear();
  for (const ValueSource& source : group.sources) {
    interrupt_.poll();
    const uint64_t start = now();
    CounterWork* const its_work = work != nullptr ? &(*work)[columns.counter_of(source)] : nullptr;
    slice.columns.push_back(columns.make(source, slice.profiles, its_work));
    if (its_work != nullptr) its_work->nanoseconds += now() - start;
  }
}

// A count, or an integer, compares with another.
bool ValueEvaluator::decide_integers(const Slice& slice, const Comparison& comparison, std::span<const uint32_t> places,
                                     DenseSet& result) {
  if (comparison.values.size() != 2) return false;
  const std::vector<uint32_t>* counts[2] = {};
  int64_t integers[2] = {};
  for (size_t i = 0; i < 2; ++i) {
    const Step& step = comparison.steps[comparison.values[i]];
    if (step.kind == PlanValueKind::kCount || step.kind == PlanValueKind::kDistinct) {
      counts[i] = slice.columns[step.column].counts();
    } else if (step.integer && *step.integer >= INT64_MIN && *step.integer <= INT64_MAX) {
      integers[i] = static_cast<int64_t>(*step.integer);
    } else {
      return false;
    }
  }
  for (const uint32_t place : places) {
    const int64_t left = counts[0] != nullptr ? (*counts[0])[place] : integers[0];
    const int64_t right = counts[1] != nullptr ? (*counts[1])[place] : integers[1];
    const int order = left < right ? -1 : left > right ? 1 : 0;
    if (holds(comparison.op, 2, [order](size_t) { return std::optional(order); })) result.insert(slice.profiles[place]);
  }
  return true;
}

void ValueEvaluator::decide(const Slice& slice, const Comparison& comparison, std::span<const uint32_t> places,
                            DenseSet& result) {
  if (decide_integers(slice, comparison, places, result)) return;
  SmallNumbers small;
  LargeNumbers large(interrupt_);
  Calculation calculation(small, comparison, slice.columns);
  std::optional<Calculation<LargeNumbers, Comparison>> exact;
  uint32_t until_poll = kPlacesPerPoll;
  for (const uint32_t place : places) {
    if (--until_poll == 0) {
      interrupt_.poll();
      until_poll = kPlacesPerPoll;
    }
    small.overflowed = false;
    bool member = calculation.holds_at(place);
    if (small.overflowed) {
      interrupt_.poll();
      if (!exact) exact.emplace(large, comparison, slice.columns);
      member = exact->holds_at(place);
    }
    if (member) result.insert(slice.profiles[place]);
  }
}

// Where sums are wide, those of some profiles are known at a time.
void ValueEvaluator::decide(Slice& slice, std::span<const Comparison> comparisons, std::span<std::unique_ptr<DenseSet>> results) {
  std::vector<ValueColumn*> wide;
  for (ValueColumn& column : slice.columns) {
    if (column.is_wide()) wide.push_back(&column);
  }
  const auto decide_all = [&](std::span<const uint32_t> places) {
    for (size_t i = 0; i < comparisons.size(); ++i) {
      interrupt_.poll();
      decide(slice, comparisons[i], places, *results[i]);
    }
  };
  std::vector<uint32_t> plain;
  std::vector<uint32_t> others;
  size_t at_a_time = kTileSize;
  for (const ValueColumn* column : wide) at_a_time = std::min(at_a_time, column->at_a_time(kWideBytes / wide.size()));
  for (uint32_t place = 0; place < slice.profiles.size(); ++place) {
    const bool has_wide =
        std::ranges::any_of(wide, [&](const ValueColumn* column) { return column->has_number(slice.profiles[place]); });
    (has_wide ? others : plain).push_back(place);
  }
  for (ValueColumn* column : wide) column->add_up({}, {});
  decide_all(plain);
  for (size_t begin = 0; begin < others.size(); begin += at_a_time) {
    const std::vector<uint32_t> places(others.begin() + static_cast<ptrdiff_t>(begin),
                                       others.begin() + static_cast<ptrdiff_t>(std::min(others.size(), begin + at_a_time)));
    std::vector<uint32_t> profiles;
    for (const uint32_t place : places) profiles.push_back(slice.profiles[place]);
    for (ValueColumn* column : wide) column->add_up(profiles, places);
    decide_all(places);
  }
}

void ValueEvaluator::evaluate(const Group& group, ValueColumns& columns, const std::vector<uint32_t>& profiles, NodeSets& sets,
                              std::vector<CounterWork>& work) {
  const size_t most = std::max<size_t>(64, column_bytes_ / std::max<size_t>(1, bytes_of(group.sources)));
  Slice slice;
  std::vector<CounterWork>* its_work = &work;  // the first time
  const bool is_one = profiles.size() <= most;
  if (is_one) {
    slice.profiles = profiles;
    fill(slice, group, columns, its_work);
  }
  for (size_t first = 0; first < group.comparisons.size(); first += kSetsAtATime) {
    const size_t count = std::min(kSetsAtATime, group.comparisons.size() - first);
    const uint64_t start = now();
    std::vector<std::unique_ptr<DenseSet>> results;
    for (size_t i = 0; i < count; ++i) results.push_back(std::make_unique<DenseSet>());
    const auto comparisons = std::span(group.comparisons).subspan(first, count);
    if (is_one) decide(slice, comparisons, results);
    for (size_t begin = 0; !is_one && begin < profiles.size(); begin += most) {
      slice.profiles = std::span(profiles).subspan(begin, std::min(most, profiles.size() - begin));
      fill(slice, group, columns, std::exchange(its_work, nullptr));
      decide(slice, comparisons, results);
    }
    const uint64_t each = (now() - start) / count;
    for (size_t i = 0; i < count; ++i) sets.finish_condition(comparisons[i].node, std::move(results[i]), each);
  }
}

void ValueEvaluator::evaluate(uint32_t tile, const ProfileMap& map, const FragmentsByType& fragments, EdgeFinder& edges,
                              NodeSets& sets, std::vector<CounterWork>& work) {
  if (groups_.empty()) return;
  std::vector<uint32_t> profiles;
  map.profiles().for_each([&](uint32_t first) { profiles.push_back(first); });
  ValueColumns columns(plan_, restrictions_, matchers_, interrupt_, tile, map, fragments, edges);
  for (const Group& group : groups_) evaluate(group, columns, profiles, sets, work);
}

}  // namespace segments
