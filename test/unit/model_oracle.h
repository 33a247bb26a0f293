// What a plan evaluates to, row by row: the oracle of the evaluator's tests and of its fuzz target.
#pragma once
#include <map>
#include <set>

#include "unit/decimal.h"
#include "unit/model_tile.h"
#include "unit/rational.h"

namespace segments::model {

inline std::string without_case(std::string text) {
  for (char& letter : text) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return text;
}

// Stands in for the server: texts without case, numbers by their last digit.
class ModelMatcher final : public ValueMatcher {
 public:
  explicit ModelMatcher(const FieldPredicate& predicate) : predicate_(predicate) {}
  bool matches(const Dictionary& dictionary, uint32_t index) override {
    if (dictionary.kind() == ValueKind::kBytes) return matches_text(std::string(dictionary.bytes(index)));
    return matches_integer(dictionary.integer(index));
  }
  bool matches_text(std::string text) const {
    return !predicate_.literals.empty() && without_case(std::move(text)).find(predicate_.literals[0]) != std::string::npos;
  }
  bool matches_integer(int64_t value) const { return (value & 1) == 0; }

 private:
  FieldPredicate predicate_;
};

// Compares numbers, and texts by their length.
inline int64_t number_of(const Value& value, ValueKind kind) {
  return kind == ValueKind::kBytes ? static_cast<int64_t>(value.text.size()) : value.integer;
}

// At most as far as numbers go.
inline int64_t moved(int64_t number, int64_t by) {
  int64_t sum = 0;
  if (!__builtin_add_overflow(number, by, &sum)) return sum;
  return by < 0 ? INT64_MIN : INT64_MAX;
}

inline IntegerRange range_of(const PairPredicate& pair, int64_t right) {
  constexpr IntegerRange kNothing = {1, 0};
  switch (pair.op) {
    case PairOperator::kEqual:
      return {right, right};
    case PairOperator::kLess:
      return right == INT64_MIN ? kNothing : IntegerRange{INT64_MIN, right - 1};
    case PairOperator::kLessEqual:
      return {INT64_MIN, right};
    case PairOperator::kGreater:
      return right == INT64_MAX ? kNothing : IntegerRange{right + 1, INT64_MAX};
    case PairOperator::kGreaterEqual:
      return {right, INT64_MAX};
    default:
      return {moved(right, -pair.microseconds), moved(right, pair.microseconds)};
  }
}

class ModelPairMatcher final : public PairMatcher {
 public:
  explicit ModelPairMatcher(const PairPredicate& pair) : pair_(pair) {}
  PairValues values(const Dictionary& left, const Dictionary& right, Interrupt&) override {
    PairValues values;
    for (uint32_t i = 0; i < left.size(); ++i) values.left.push_back(number(left, i));
    for (uint32_t i = 0; i < right.size(); ++i) values.right.push_back(range_of(pair_, number(right, i)));
    return values;
  }

 private:
  static int64_t number(const Dictionary& dictionary, uint32_t index) {
    if (dictionary.kind() == ValueKind::kBytes) return static_cast<int64_t>(dictionary.bytes(index).size());
    return dictionary.integer(index);
  }
  PairPredicate pair_;
};

// Texts without case, whose hashes collide now and then.
class ModelIdentity final : public ValueIdentity {
 public:
  uint64_t hash(std::string_view value, uint64_t seed) override { return (value.size() + seed) * 0x9e3779b97f4a7c15u; }
  bool equal(std::string_view a, std::string_view b) override {
    return without_case(std::string(a)) == without_case(std::string(b));
  }
};

class ModelMatchers final : public ValueMatcherFactory {
 public:
  HashSeed hash_seed() override { return {0x51ed270b0929f1f7, 0xd6e8feb86659fd93}; }
  std::unique_ptr<ValueIdentity> make_identity(uint32_t, uint32_t) override { return std::make_unique<ModelIdentity>(); }
  std::unique_ptr<PairMatcher> make_pair(const PairPredicate& pair) override { return std::make_unique<ModelPairMatcher>(pair); }
  std::unique_ptr<ValueMatcher> make(const FieldPredicate& predicate) override {
    ++made;
    return std::make_unique<ModelMatcher>(predicate);
  }
  int made = 0;
};

inline bool satisfies(const std::optional<Value>& value, const FieldPredicate& predicate) {
  const bool null_matches = predicate.method == PredicateMethod::kNull || predicate.op == ValueOperator::kIsEmpty;
  if (!value) return null_matches;
  const std::string& text = value->text;
  const std::vector<std::string>& literals = predicate.literals;
  switch (predicate.method) {
    case PredicateMethod::kNull:
      return false;
    case PredicateMethod::kIntegers:
      return std::ranges::any_of(predicate.ranges, [&](const IntegerRange& range) {
        return range.first <= value->integer && value->integer <= range.last;
      });
    case PredicateMethod::kServer:
    case PredicateMethod::kPart: {
      const ModelMatcher matcher(predicate);
      return predicate.kind == ValueKind::kBytes ? matcher.matches_text(text) : matcher.matches_integer(value->integer);
    }
    case PredicateMethod::kBytes:
      break;
  }
  switch (predicate.op) {
    case ValueOperator::kIsEmpty:
      return text.empty();
    case ValueOperator::kContains:
      return text.find(literals[0]) != std::string::npos;
    case ValueOperator::kBeginsWith:
      return text.starts_with(literals[0]);
    case ValueOperator::kEndsWith:
      return text.ends_with(literals[0]);
    default:
      return std::ranges::find(literals, text) != literals.end();
  }
}

inline std::optional<Value> value_of(const Row& row, const Fragment& fragment, const FieldPredicate& predicate) {
  if (predicate.field <= fragment.known_fields) return row.values[predicate.field - 1];
  if (!predicate.missing) return std::nullopt;
  return Value{predicate.missing->integer, std::string(predicate.missing->bytes.begin(), predicate.missing->bytes.end())};
}

inline std::optional<int64_t> number_of(const Row& row, const Fragment& fragment, const PairOperand& operand) {
  if (operand.field == kTimeColumn) return row.time;
  FieldPredicate field;
  field.field = operand.field;
  field.missing = operand.missing;
  const std::optional<Value> value = value_of(row, fragment, field);
  return value ? std::optional(number_of(*value, operand.kind)) : std::nullopt;
}

inline bool satisfies(const Row& row, const Fragment& fragment, const PairPredicate& pair) {
  const std::optional<int64_t> left = number_of(row, fragment, pair.left);
  const std::optional<int64_t> right = number_of(row, fragment, pair.right);
  if (!left || !right) return false;
  const IntegerRange range = range_of(pair, *right);
  return range.first <= *left && *left <= range.last;
}

inline bool satisfies(const Row& row, const Fragment& fragment, const RowTest& test, const EvaluationPlan& plan) {
  const auto child_satisfied = [&](const RowTest& child) { return satisfies(row, fragment, child, plan); };
  switch (test.kind) {
    case RowTestKind::kAnd:
      return std::ranges::all_of(test.children, child_satisfied);
    case RowTestKind::kOr:
      return std::ranges::any_of(test.children, child_satisfied);
    case RowTestKind::kNot:
      return !child_satisfied(test.children[0]);
    case RowTestKind::kField:
      return satisfies(value_of(row, fragment, test.predicate), test.predicate);
    case RowTestKind::kTimes:
      return std::ranges::any_of(test.times, [&](const TimeRange& range) { return range.contains(row.time); });
    case RowTestKind::kOrdinals:
      return plan.ordinal_sets[test.ordinals].contains(row.ordinal);
    case RowTestKind::kTimePart:
      return ModelMatcher(test.predicate).matches_integer(row.time);
    case RowTestKind::kPair:
      return satisfies(row, fragment, test.pair);
  }
  return false;
}

// How many, or the longest run of them.
inline int64_t periods_that_hold(const PlanNode& node, const std::vector<int64_t>& counts) {
  int64_t all = 0;
  int64_t run = 0;
  int64_t longest = 0;
  for (const int64_t count : counts) {
    const bool holds = node.period_minimum <= count && count <= node.period_maximum;
    all += holds ? 1 : 0;
    run = holds ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return node.kind == PlanNodeKind::kPeriods ? all : longest;
}

// Whether a number compares with those of a node as it wants; compare(literal) is less than 0, 0, or more.
template <class Compare>
bool holds(const PlanNode& node, Compare compare) {
  std::vector<int> orders;
  for (const std::string& literal : node.literals) orders.push_back(compare(Decimal::of_image(literal)));
  switch (node.op) {
    case ValueOperator::kLess:
      return orders[0] < 0;
    case ValueOperator::kLessEqual:
      return orders[0] <= 0;
    case ValueOperator::kGreater:
      return orders[0] > 0;
    case ValueOperator::kGreaterEqual:
      return orders[0] >= 0;
    case ValueOperator::kBetween:
      return orders[0] >= 0 && orders[1] <= 0;
    default:
      return std::ranges::count(orders, 0) > 0;
  }
}

// A value of a profile: what a plan makes of these sums, counts and numbers of different values.
template <class Leaf>
std::optional<Rational> value_of(const EvaluationPlan& plan, uint32_t index, const Leaf& leaf) {
  const PlanValue& value = plan.values[index];
  if (value.kind == PlanValueKind::kNumber) return Rational::of(Decimal::of_image(value.number), 1);
  if (!has_operands(value.kind)) return leaf(value);
  const std::optional<Rational> left = value_of(plan, value.left, leaf);
  const std::optional<Rational> right = value_of(plan, value.right, leaf);
  if (value.kind == PlanValueKind::kCoalesce) return left ? left : right;
  if (!left || !right) return std::nullopt;
  switch (value.kind) {
    case PlanValueKind::kAdd:
      return left->plus(*right);
    case PlanValueKind::kSubtract:
      return left->plus(right->negated());
    case PlanValueKind::kMultiply:
      return left->times(*right);
    default:
      return left->over(*right);
  }
}

template <class Leaf>
bool holds_comparison(const EvaluationPlan& plan, const PlanNode& node, const Leaf& leaf) {
  std::vector<std::optional<Rational>> values;
  for (const uint32_t value : node.values) values.push_back(value_of(plan, value, leaf));
  if (node.op == ValueOperator::kIsNull) return !values[0];
  const auto is = [&](size_t i, auto wanted) { return values[0] && values[i] && wanted(values[0]->compare(*values[i])); };
  switch (node.op) {
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
  bool any = false;
  for (size_t i = 1; i < values.size(); ++i) any = any || is(i, [](int order) { return order == 0; });
  return any;
}

// The numbers of a profile, added up.
struct ModelSum {
  int64_t count = 0;
  Decimal sum;

  void add(const std::optional<Value>& value, NumberForm form) {
    if (!value) return;
    ++count;
    switch (form) {
      case NumberForm::kInteger:
        return sum.add(Decimal::of_text(std::to_string(value->integer)), 1);
      case NumberForm::kFloat4:
      case NumberForm::kFloat8:
        return sum.add(Decimal::of_float(ordered_to_float(value->integer), form == NumberForm::kFloat4 ? 6 : 15), 1);
      case NumberForm::kNumeric:
        return sum.add(Decimal::of_image(value->text), 1);
    }
  }
  bool satisfies(const PlanNode& node) const {
    if (node.op == ValueOperator::kIsNull) return count == 0;
    if (count == 0) return false;
    return holds(node,
                 [&](const Decimal& literal) { return sum.compare(literal, node.kind == PlanNodeKind::kAverage ? count : 1); });
  }
};

// The different values of a profile.
struct ModelValues {
  std::set<std::string> keys;
  std::vector<Decimal> numbers;

  void add(const std::optional<Value>& value, const DistinctField& field) {
    if (!value) return;
    switch (field.equality) {
      case ValueEquality::kSame:
        keys.insert(field.kind == ValueKind::kBytes ? value->text : std::to_string(value->integer));
        return;
      case ValueEquality::kPadded:
        keys.insert(value->text.substr(0, value->text.find_last_not_of(' ') + 1));
        return;
      case ValueEquality::kServer:
        keys.insert(without_case(value->text));
        return;
      case ValueEquality::kNumbers:
        break;
    }
    const bool is_integer = field.kind == ValueKind::kInteger;
    Decimal number = is_integer ? Decimal::of_text(std::to_string(value->integer)) : Decimal::of_image(value->text);
    const auto same = [&](const Decimal& other) { return number.compare(other, 1) == 0; };
    if (std::ranges::none_of(numbers, same)) numbers.push_back(std::move(number));
  }
  Decimal count() const { return Decimal::of_text(std::to_string(keys.size() + numbers.size())); }
  bool satisfies(const PlanNode& node) const {
    const Decimal number = count();
    return holds(node, [&](const Decimal& literal) { return number.compare(literal, 1); });
  }
};

template <class Field>
std::optional<Value> value_of_field(const Row& row, const Fragment& fragment, const Field& field) {
  FieldPredicate predicate;
  predicate.field = field.field;
  predicate.missing = field.missing;
  return value_of(row, fragment, predicate);
}

// By profile, the rows that a counter without periods counts.
inline std::map<uint32_t, std::vector<const Row*>> rows_of(const EvaluationPlan& plan, uint32_t index, const Tile& tile,
                                                           const std::map<uint32_t, uint32_t>& profile_of,
                                                           const std::set<const Row*>& edge) {
  std::map<uint32_t, std::vector<const Row*>> rows;
  const CounterPlan& counter = plan.counters[index];
  for (const Fragment& fragment : tile.fragments) {
    const auto type = std::ranges::find(counter.types, fragment.type_id, &CountedType::type_id);
    if (type == counter.types.end()) continue;
    for (const Row& row : fragment.rows) {
      const auto found = profile_of.find(row.ordinal % kTileSize);
      if (tile_of(row.ordinal) != tile.number || found == profile_of.end()) continue;
      if (!counter.window.contains(row.time) || counter.hole.contains(row.time)) continue;
      if (counter.edge && !edge.contains(&row)) continue;
      if (!type->restriction || satisfies(row, fragment, *type->restriction, plan)) rows[found->second].push_back(&row);
    }
  }
  return rows;
}

// By counter with an edge, the rows at it.
inline std::vector<std::set<const Row*>> edges_of(const EvaluationPlan& plan, const Tile& tile,
                                                  const std::map<uint32_t, uint32_t>& profile_of) {
  std::vector<std::set<const Row*>> edges(plan.counters.size());
  for (size_t i = 0; i < plan.counters.size(); ++i) {
    const std::optional<EdgePlan>& edge = plan.counters[i].edge;
    if (!edge) continue;
    for (auto& [profile, rows] : rows_of(plan, edge->among, tile, profile_of, edges[edge->among])) {
      std::ranges::stable_sort(rows,
                               [&](const Row* a, const Row* b) { return edge->latest ? a->time > b->time : a->time < b->time; });
      const Timestamp last = rows[std::min<size_t>(edge->count, rows.size()) - 1]->time;
      for (const Row* row : rows) {
        if (edge->latest ? row->time >= last : row->time <= last) edges[i].insert(row);
      }
    }
  }
  return edges;
}

// Per node, the first records of the profiles that satisfy it.
inline std::vector<std::set<uint32_t>> evaluate(const EvaluationPlan& plan, const Tile& tile) {
  std::map<uint32_t, uint32_t> profile_of;
  std::set<uint32_t> all;
  for (const auto& records : tile.profiles) {
    all.insert(records[0]);
    for (const uint32_t record : records) profile_of[record] = records[0];
  }
  std::vector<std::map<uint32_t, ModelSum>> sums(plan.folds.size());
  std::vector<std::map<uint32_t, ModelValues>> values(plan.distincts.size());
  const std::vector<std::set<const Row*>> edges = edges_of(plan, tile, profile_of);
  // Counts of each profile: of each period, if the counter has some.
  std::vector<std::map<uint32_t, std::vector<int64_t>>> counts(plan.counters.size());
  for (const Fragment& fragment : tile.fragments) {
    for (size_t i = 0; i < plan.counters.size(); ++i) {
      const CounterPlan& counter = plan.counters[i];
      const auto type = std::ranges::find(counter.types, fragment.type_id, &CountedType::type_id);
      if (type == counter.types.end()) continue;
      for (const Row& row : fragment.rows) {
        const auto found = profile_of.find(row.ordinal % kTileSize);
        if (tile_of(row.ordinal) != tile.number || found == profile_of.end() || counter.hole.contains(row.time)) continue;
        if (counter.edge && !edges[i].contains(&row)) continue;
        if (type->restriction && !satisfies(row, fragment, *type->restriction, plan)) continue;
        std::vector<int64_t>& counted = counts[i][found->second];
        counted.resize(std::max<size_t>(1, counter.periods.size()));
        if (counter.periods.empty() && counter.window.contains(row.time)) {
          ++counted[0];
          const auto place = static_cast<size_t>(type - counter.types.begin());
          for (size_t fold = 0; fold < plan.folds.size(); ++fold) {
            if (plan.folds[fold].counter != i) continue;
            const FoldedField& field = plan.folds[fold].fields[place];
            sums[fold][found->second].add(value_of_field(row, fragment, field), field.form);
          }
          for (size_t distinct = 0; distinct < plan.distincts.size(); ++distinct) {
            if (plan.distincts[distinct].counter != i) continue;
            const DistinctField& field = plan.distincts[distinct].fields[place];
            values[distinct][found->second].add(value_of_field(row, fragment, field), field);
          }
        }
        for (size_t period = 0; period < counter.periods.size(); ++period) {
          if (counter.periods[period].contains(row.time)) ++counted[period];
        }
      }
    }
  }
  std::vector<std::set<uint32_t>> sets;
  for (const PlanNode& node : plan.nodes) {
    std::set<uint32_t> members;
    for (const uint32_t profile : all) {
      const auto in = [&](uint32_t child) { return sets[child].contains(profile); };
      bool member = true;
      switch (node.kind) {
        case PlanNodeKind::kAnd:
          member = std::ranges::all_of(node.children, in);
          break;
        case PlanNodeKind::kOr:
          member = std::ranges::any_of(node.children, in);
          break;
        case PlanNodeKind::kNot:
          member = !in(node.children[0]);
          break;
        case PlanNodeKind::kExcept:
          member = in(node.children[0]) && !in(node.children[1]);
          break;
        case PlanNodeKind::kAll:
          break;
        case PlanNodeKind::kSet:
          member = plan.ordinal_sets[node.set].contains(first_ordinal(tile.number) + profile);
          break;
        case PlanNodeKind::kSum:
        case PlanNodeKind::kAverage:
          member = sums[node.fold][profile].satisfies(node);
          break;
        case PlanNodeKind::kDistinct:
          member = values[node.fold][profile].satisfies(node);
          break;
        case PlanNodeKind::kComparison:
          member = holds_comparison(plan, node, [&](const PlanValue& value) -> std::optional<Rational> {
            if (value.kind == PlanValueKind::kCount) {
              const std::vector<int64_t>& counted = counts[value.source][profile];
              return Rational::of(Decimal::of_text(std::to_string(counted.empty() ? 0 : counted[0])), 1);
            }
            if (value.kind == PlanValueKind::kDistinct) return Rational::of(values[value.source][profile].count(), 1);
            const ModelSum& sum = sums[value.source][profile];
            if (sum.count == 0) return std::nullopt;
            return Rational::of(sum.sum, value.kind == PlanValueKind::kAverage ? sum.count : 1);
          });
          break;
        case PlanNodeKind::kCount:
        case PlanNodeKind::kPeriods:
        case PlanNodeKind::kRun: {
          std::vector<int64_t> counted = counts[node.counter][profile];
          counted.resize(std::max<size_t>(1, plan.counters[node.counter].periods.size()));
          const int64_t count = node.kind == PlanNodeKind::kCount ? counted[0] : periods_that_hold(node, counted);
          member = node.minimum <= count && count <= node.maximum;
        }
      }
      if (member) members.insert(profile);
    }
    sets.push_back(std::move(members));
  }
  return sets;
}

// What differs from the oracle, in words; empty if nothing does.
inline std::string difference(const EvaluationPlan& plan, const Tile& tile, const TileResult& result) {
  const auto expected = evaluate(plan, tile);
  if (plan.output == PlanOutput::kExplain) {
    for (size_t node = 0; node < plan.nodes.size(); ++node) {
      if (result.nodes[node].members != expected[node].size()) return "members of node " + std::to_string(node);
    }
    return result.counters.size() == plan.counters.size() ? "" : "number of counters";
  }
  for (size_t i = 0; i < plan.roots.size(); ++i) {
    const std::set<uint32_t>& members = expected[plan.roots[i]];
    if (result.counts[i] != members.size()) return "count of root " + std::to_string(i);
    if (plan.output != PlanOutput::kSets) continue;
    std::vector<Ordinal> ordinals;
    for (const uint32_t member : members) ordinals.push_back(first_ordinal(tile.number) + member);
    if (result.sets[i].to_ordinals() != ordinals) return "set of root " + std::to_string(i);
  }
  return "";
}

}  // namespace segments::model
