// Random tiles and plans, and what they evaluate to row by row: the oracle of the evaluator's tests and of its fuzz
// target.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/plan/plan.h"
#include "core/evaluation/profile_map.h"
#include "core/evaluation/tile_evaluator.h"
#include "unit/counted_source.h"

namespace segments::model {

// Draws from given bytes while there are any, then from a generator seeded with them.
class Choices {
 public:
  explicit Choices(uint64_t seed) : random_(seed) {}
  explicit Choices(std::span<const uint8_t> bytes) : bytes_(bytes) {
    std::seed_seq seed(bytes.begin(), bytes.end());
    random_.seed(seed);
  }
  // 0 <= result < limit.
  uint32_t below(uint32_t limit) {
    if (bytes_.empty()) return static_cast<uint32_t>(random_() % limit);
    uint32_t value = bytes_[0];
    bytes_ = bytes_.subspan(1);
    if (limit > 256 && !bytes_.empty()) {
      value = value << 8 | bytes_[0];
      bytes_ = bytes_.subspan(1);
    }
    return value % limit;
  }
  bool chance(uint32_t one_in) { return below(one_in) == 0; }
  // Never from the bytes: for what there is a lot of.
  uint32_t bulk(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }

 private:
  std::span<const uint8_t> bytes_;
  std::mt19937_64 random_;
};

// Fields 1 … kFieldCount: integer, text, float, integer.
inline constexpr int16_t kFieldCount = 4;
inline ValueKind kind_of(int16_t field) {
  constexpr ValueKind kKinds[] = {ValueKind::kInteger, ValueKind::kBytes, ValueKind::kFloat, ValueKind::kInteger};
  return kKinds[field - 1];
}

struct Value {
  int64_t integer = 0;  // floats: ordered
  std::string text;
  bool operator<(const Value& other) const { return std::tie(integer, text) < std::tie(other.integer, other.text); }
  bool operator==(const Value&) const = default;
};

struct Row {
  Ordinal ordinal = 0;
  Timestamp time = 0;
  std::array<std::optional<Value>, kFieldCount> values;
};

struct Fragment {
  int32_t type_id = 0;
  int16_t known_fields = kFieldCount;
  bool with_bounds = true;
  std::vector<Row> rows;
};

struct Tile {
  uint32_t number = 0;
  std::vector<std::vector<uint32_t>> profiles;  // offsets of their records, ascending
  ProfileMap map;
  std::vector<Fragment> fragments;
};

inline Bytes integer_bound(int64_t value) {
  Bytes bytes(8);
  const uint64_t flipped = static_cast<uint64_t>(value) ^ uint64_t { 1 } << 63;
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<uint8_t>(flipped >> (56 - 8 * i));
  return bytes;
}

// A stored fragment, in memory.
class StoredFragment final : public FragmentSource {
 public:
  explicit StoredFragment(const Fragment& fragment) : fragment_(fragment) {
    std::vector<Ordinal> ordinals;
    for (const Row& row : fragment.rows) ordinals.push_back(row.ordinal);
    std::vector<uint32_t> order;
    columns_[kRowsColumn] = encode_rows(ordinals, order);
    std::vector<Timestamp> times;
    for (const uint32_t row : order) times.push_back(fragment.rows[row].time);
    columns_[kTimeColumn] = encode_times(times);
    const auto [first, last] = std::ranges::minmax(times);
    min_time_ = first;
    max_time_ = last;
    for (int16_t field = 1; field <= fragment.known_fields; ++field) add_field(field, order);
    for (const auto& [field, bytes] : columns_) sources_.try_emplace(field, bytes);
  }

  int32_t type_id() const override { return fragment_.type_id; }
  uint32_t row_count() const override { return static_cast<uint32_t>(fragment_.rows.size()); }
  Timestamp min_time() const override { return min_time_; }
  Timestamp max_time() const override { return max_time_; }
  int16_t known_fields() const override { return fragment_.known_fields; }
  bool has_column(int16_t field) const override { return columns_.contains(field); }
  const ValueBounds* bounds(int16_t field) const override {
    const auto found = bounds_.find(field);
    return fragment_.with_bounds && found != bounds_.end() ? &found->second : nullptr;
  }
  ColumnSource& column(int16_t field) override { return sources_.at(field); }

  // By column, of those that were read.
  std::map<int16_t, size_t> read_bytes() const {
    std::map<int16_t, size_t> bytes;
    for (const auto& [field, source] : sources_) {
      if (source.read_bytes != 0) bytes[field] = source.read_bytes;
    }
    return bytes;
  }

 private:
  void add_field(int16_t field, const std::vector<uint32_t>& order) {
    std::map<Value, uint32_t> code_of;
    for (const Row& row : fragment_.rows) {
      if (row.values[field - 1]) code_of[*row.values[field - 1]] = 0;
    }
    if (code_of.empty()) return;
    std::vector<int64_t> integers;
    std::vector<uint32_t> ends;
    Bytes blob;
    uint32_t next = 0;
    for (auto& [value, code] : code_of) {
      code = ++next;
      integers.push_back(value.integer);
      blob.insert(blob.end(), value.text.begin(), value.text.end());
      ends.push_back(static_cast<uint32_t>(blob.size()));
    }
    std::vector<uint32_t> codes;
    for (const uint32_t row : order) {
      const auto& value = fragment_.rows[row].values[field - 1];
      codes.push_back(value ? code_of[*value] : 0);
    }
    const bool bytes = kind_of(field) == ValueKind::kBytes;
    columns_[field] =
        encode_field(bytes ? Dictionary::of_bytes(ends, blob) : Dictionary::of_integers(kind_of(field), integers), codes);
    ValueBounds& bounds = bounds_[field];
    if (bytes) {
      const std::string& lower = code_of.begin()->first.text;
      const std::string& upper = code_of.rbegin()->first.text;
      bounds.lower.assign(lower.begin(), lower.begin() + std::min(kBoundBytes, lower.size()));
      bounds.has_upper = upper.size() <= kBoundBytes;
      if (bounds.has_upper) bounds.upper.assign(upper.begin(), upper.end());
    } else {
      bounds.lower = integer_bound(code_of.begin()->first.integer);
      bounds.upper = integer_bound(code_of.rbegin()->first.integer);
    }
  }

  Fragment fragment_;
  Timestamp min_time_ = 0;
  Timestamp max_time_ = 0;
  std::map<int16_t, Bytes> columns_;
  std::map<int16_t, CountedSource> sources_;
  std::map<int16_t, ValueBounds> bounds_;
  std::unique_ptr<Bytes> handed_out_;
};

// Stands in for the server: texts without case, numbers by their last digit.
class ModelMatcher final : public ValueMatcher {
 public:
  explicit ModelMatcher(const FieldPredicate& predicate) : predicate_(predicate) {}
  bool matches(const Dictionary& dictionary, uint32_t index) override {
    if (dictionary.kind() == ValueKind::kBytes) return matches_text(std::string(dictionary.bytes(index)));
    return matches_integer(dictionary.integer(index));
  }
  bool matches_text(std::string text) const {
    for (char& letter : text) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    return !predicate_.literals.empty() && text.find(predicate_.literals[0]) != std::string::npos;
  }
  bool matches_integer(int64_t value) const { return (value & 1) == 0; }

 private:
  FieldPredicate predicate_;
};

class ModelMatchers final : public ValueMatcherFactory {
 public:
  std::unique_ptr<ValueMatcher> make(const FieldPredicate& predicate) override {
    ++made;
    return std::make_unique<ModelMatcher>(predicate);
  }
  int made = 0;
};

// ---- the oracle

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
    case PredicateMethod::kServer: {
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
  }
  return false;
}

// Per node, the first records of the profiles that satisfy it.
inline std::vector<std::set<uint32_t>> evaluate(const EvaluationPlan& plan, const Tile& tile) {
  std::map<uint32_t, uint32_t> profile_of;
  std::set<uint32_t> all;
  for (const auto& records : tile.profiles) {
    all.insert(records[0]);
    for (const uint32_t record : records) profile_of[record] = records[0];
  }
  std::vector<std::map<uint32_t, int64_t>> counts(plan.counters.size());
  for (const Fragment& fragment : tile.fragments) {
    for (size_t i = 0; i < plan.counters.size(); ++i) {
      const CounterPlan& counter = plan.counters[i];
      if (counter.type_id != fragment.type_id) continue;
      for (const Row& row : fragment.rows) {
        if (tile_of(row.ordinal) != tile.number || !counter.window.contains(row.time)) continue;
        const auto found = profile_of.find(row.ordinal % kTileSize);
        if (found == profile_of.end()) continue;
        if (!counter.restriction || satisfies(row, fragment, *counter.restriction, plan)) ++counts[i][found->second];
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
        case PlanNodeKind::kCount: {
          const auto found = counts[node.counter].find(profile);
          const int64_t count = found == counts[node.counter].end() ? 0 : found->second;
          member = node.minimum <= count && count <= node.maximum;
        }
      }
      if (member) members.insert(profile);
    }
    sets.push_back(std::move(members));
  }
  return sets;
}

// ---- random tiles and plans

inline Value random_value(Choices& choices, int16_t field) {
  static const char* const kTexts[] = {"",
                                       "a",
                                       "ab",
                                       "abc",
                                       "b",
                                       "B",
                                       "Mobile Safari",
                                       "a longer text than bounds hold",
                                       "a longer text than bounds hold, too",
                                       "\xff",
                                       "\xff\xff",
                                       "zz"};
  switch (field) {
    case 1:
      return {choices.bulk(12), {}};
    case 2:
      return {0, kTexts[choices.bulk(12)]};
    case 3:
      return {float_to_ordered(choices.bulk(7) * 0.5 - 1), {}};
    default:
      return {int64_t{choices.bulk(2000)} * 1'000'003 - 1'000'000'000, {}};
  }
}

inline Timestamp random_time(Choices& choices) {
  const uint32_t kind = choices.bulk(200);
  if (kind == 0) return kMinusInfinity;
  if (kind == 1) return kPlusInfinity;
  return int64_t{choices.bulk(1000)} * 1'000'000;
}

// Offsets of `count` records: from the tile's start, around the seam of its blocks, before its end, or anywhere.
inline uint32_t random_offset(Choices& choices, uint32_t spread) {
  const uint32_t at = choices.bulk(std::min(spread, kBlockSize));
  switch (choices.bulk(8)) {
    case 0:
      return kTileSize - 1 - at;
    case 1:
      return kBlockSize + at;
    case 2:
      return kBlockSize - 1 - at;
    default:
      return at;
  }
}

inline void add_profiles(Choices& choices, uint32_t spread, Tile& tile) {
  std::set<uint32_t> taken;
  const uint32_t wanted = spread / 2 + 10;
  const uint32_t farthest = choices.chance(2) ? 12 : kTileSize;
  for (uint32_t i = 0; i < wanted; ++i) {
    uint32_t next = random_offset(choices, spread);
    std::vector<uint32_t> records;
    for (uint32_t rest = 1 + choices.bulk(5); rest > 0 && next < kTileSize; --rest) {
      if (taken.insert(next).second) records.push_back(next);
      next += 1 + choices.bulk(choices.bulk(16) == 0 ? farthest : 3);
    }
    if (records.empty()) continue;
    tile.map.link(records);
    if (choices.bulk(20) == 0) {
      tile.map.unlink_profile(records[0]);
      if (choices.bulk(2) == 0) tile.map.mark_dead(records[0]);
      continue;
    }
    tile.profiles.push_back(std::move(records));
  }
}

inline Tile random_tile(Choices& choices, uint32_t most_rows) {
  Tile tile;
  tile.number = choices.below(3);
  const uint32_t spread = 1 + choices.below(choices.chance(2) ? 200 : std::min(most_rows, kBlockSize));
  add_profiles(choices, spread, tile);
  for (uint32_t rest = choices.below(5); rest > 0; --rest) {
    Fragment& fragment = tile.fragments.emplace_back();
    fragment.type_id = static_cast<int32_t>(choices.below(3));
    fragment.known_fields = static_cast<int16_t>(choices.chance(3) ? choices.below(kFieldCount + 1) : kFieldCount);
    fragment.with_bounds = !choices.chance(3);
    const bool several_tiles = choices.chance(4);
    const bool narrow = choices.chance(4);
    const uint32_t row_count = 1 + choices.below(choices.chance(3) ? 300 : most_rows);
    for (uint32_t i = 0; i < row_count; ++i) {
      Row& row = fragment.rows.emplace_back();
      row.ordinal = random_offset(choices, spread) + first_ordinal(several_tiles ? choices.bulk(3) : tile.number);
      row.time = narrow ? int64_t{500'000'000} + choices.bulk(1000) : random_time(choices);
      for (int16_t field = 1; field <= fragment.known_fields; ++field) {
        if (narrow ? field != 2 : choices.bulk(8) != 0) row.values[field - 1] = random_value(choices, field);
      }
    }
  }
  return tile;
}

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
  switch (choices.below(8)) {
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

inline RowTest random_test(Choices& choices, const EvaluationPlan& plan, uint32_t depth) {
  RowTest test;
  test.kind = static_cast<RowTestKind>(choices.below(6));
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

inline PlanNode random_node(Choices& choices, const EvaluationPlan& plan) {
  PlanNode node;
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
    case PlanNodeKind::kCount: {
      constexpr int64_t kBounds[] = {0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 1'000'000'000, -1};
      node.counter = choices.below(static_cast<uint32_t>(plan.counters.size()));
      node.minimum = kBounds[choices.below(12)];
      node.maximum = choices.chance(2) ? INT64_MAX : kBounds[choices.below(12)];
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

inline EvaluationPlan random_plan(Choices& choices, const Tile& tile) {
  EvaluationPlan plan;
  for (uint32_t i = 0; i < 3; ++i) plan.ordinal_sets.push_back(random_set(choices, tile));
  for (uint32_t rest = 1 + choices.below(5); rest > 0; --rest) {
    CounterPlan counter;
    counter.type_id = static_cast<int32_t>(choices.below(3));
    counter.window = random_range(choices);
    if (!choices.chance(4)) counter.restriction = random_test(choices, plan, 3);
    share_counter(plan, std::move(counter));
  }
  for (uint32_t rest = 1 + choices.below(10); rest > 0; --rest) plan.nodes.push_back(random_node(choices, plan));
  for (uint32_t rest = 1 + choices.below(4); rest > 0; --rest) {
    plan.roots.push_back(choices.below(static_cast<uint32_t>(plan.nodes.size())));
  }
  plan.output = static_cast<PlanOutput>(choices.below(3));
  return plan;
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
