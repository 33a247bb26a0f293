// What is asked of profiles beside membership, row by row: when one did what a plan counts, and which values groups of them have.
#include <gtest/gtest.h>

#include "core/error.h"
#include "unit/model_oracle.h"
#include "unit/random_plan.h"

namespace segments {
namespace {

using model::Choices;
using model::Fragment;
using model::Row;
using model::Tile;

NeverInterrupt never;

TileResult answer(const EvaluationPlan& plan, const Tile& tile) {
  std::vector<std::unique_ptr<model::StoredFragment>> stored;
  std::vector<FragmentSource*> sources;
  for (const Fragment& fragment : tile.fragments) {
    stored.push_back(std::make_unique<model::StoredFragment>(fragment));
    sources.push_back(stored.back().get());
  }
  const EvaluationPlan decoded = EvaluationPlan::decode(plan.encode());
  model::ModelMatchers matchers;
  TileEvaluator evaluator(decoded, matchers, never, nullptr);
  return TileResult::decode(evaluator.evaluate(tile.number, tile.map, sources).encode());
}

// Calls visit with every row of a type and the first record of the profile that it is of.
template <class F>
void for_each_row(const Tile& tile, int32_t type_id, F visit) {
  std::map<uint32_t, uint32_t> first_of;
  for (const std::vector<uint32_t>& profile : tile.profiles) {
    for (const uint32_t record : profile) first_of[record] = profile.front();
  }
  for (const Fragment& fragment : tile.fragments) {
    if (fragment.type_id != type_id) continue;
    for (const Row& row : fragment.rows) {
      if (tile_of(row.ordinal) != tile.number) continue;
      const auto found = first_of.find(row.ordinal - first_ordinal(tile.number));
      if (found != first_of.end()) visit(fragment, row, found->second);
    }
  }
}

TEST(Evidence, EqualsRowByRow) {
  for (uint32_t seed = 0; seed < 40; ++seed) {
    Choices choices(seed);
    const Tile tile = model::random_tile(choices, seed < 4 ? 20000 : 800);
    EvaluationPlan plan = model::random_plan(choices, tile);
    plan.output = PlanOutput::kEvidence;
    for (uint32_t i = 0; i < 5 && !tile.profiles.empty(); ++i) {
      const uint32_t first = tile.profiles[choices.bulk(static_cast<uint32_t>(tile.profiles.size()))].front();
      plan.subject = first_ordinal(tile.number) + first;
      const TileResult result = answer(plan, tile);
      ASSERT_EQ(result.evidence.size(), plan.counters.size());
      for (size_t counter = 0; counter < plan.counters.size(); ++counter) {
        std::vector<Timestamp> expected;
        for (const CountedType& type : plan.counters[counter].types) {
          for_each_row(tile, type.type_id, [&](const Fragment& fragment, const Row& row, uint32_t profile) {
            if (profile == first && (!type.restriction || model::satisfies(row, fragment, *type.restriction, plan)))
              expected.push_back(row.time);
          });
        }
        std::ranges::sort(expected);
        EXPECT_EQ(result.evidence[counter], expected) << seed;
      }
    }
  }
}

TEST(Evidence, IsEmptyOfNobody) {
  Choices choices(7);
  const Tile tile = model::random_tile(choices, 500);
  EvaluationPlan plan = model::random_plan(choices, tile);
  plan.output = PlanOutput::kEvidence;
  plan.subject = first_ordinal(tile.number + 1);
  for (const std::vector<Timestamp>& times : answer(plan, tile).evidence) EXPECT_TRUE(times.empty());
}

// All values of a field in the tile; every second group has two values, if `joins`.
FieldValues values_of(const Tile& tile, int32_t type_id, int16_t field, bool joins) {
  std::set<model::Value> distinct;
  for (const Fragment& fragment : tile.fragments) {
    for (const Row& row : fragment.rows) {
      if (fragment.type_id == type_id && field <= fragment.known_fields && row.values[static_cast<size_t>(field - 1)]) {
        distinct.insert(*row.values[static_cast<size_t>(field - 1)]);
      }
    }
  }
  FieldValues values;
  values.type_id = type_id;
  values.field = field;
  values.kind = model::kind_of(field);
  for (const model::Value& value : distinct) {
    const auto place = static_cast<uint32_t>(values.groups.size());
    values.groups.push_back(joins ? place / 2 : place);
    values.group_count = values.groups.back() + 1;
    if (values.kind == ValueKind::kBytes) {
      values.texts.push_back(value.text);
    } else {
      values.integers.push_back(value.integer);
    }
  }
  if (values.group_count > 0) values.missing_group = 0;
  return values;
}

uint32_t group_of(const FieldValues& values, const model::Value& value) {
  const size_t place = values.kind == ValueKind::kBytes
                           ? static_cast<size_t>(std::ranges::find(values.texts, value.text) - values.texts.begin())
                           : static_cast<size_t>(std::ranges::find(values.integers, value.integer) - values.integers.begin());
  return values.groups.at(place);
}

ValueShares expected_shares(const FieldValues& values, const Tile& tile, Timestamp as_of, const std::set<uint32_t> (&groups)[2]) {
  std::map<uint32_t, std::set<uint32_t>> had;  // by profile: groups of values
  for_each_row(tile, values.type_id, [&](const Fragment& fragment, const Row& row, uint32_t profile) {
    if (row.time > as_of) return;
    if (values.field > fragment.known_fields) {
      if (values.missing_group != FieldValues::kNoGroup) had[profile].insert(values.missing_group);
    } else if (const auto& value = row.values[static_cast<size_t>(values.field - 1)]) {
      had[profile].insert(group_of(values, *value));
    }
  });
  ValueShares shares;
  for (uint32_t group = 0; group < 2; ++group) {
    shares.having[group].resize(values.group_count);
    shares.largest[group].resize(values.group_count);
    for (const auto& [profile, found] : had) {
      if (!groups[group].contains(profile)) continue;
      for (const uint32_t value : found) ++shares.having[group][value];
      ++shares.largest[group][*found.rbegin()];
    }
  }
  return shares;
}

TEST(ValueShares, EqualRowByRow) {
  for (uint32_t seed = 0; seed < 40; ++seed) {
    Choices choices(seed);
    const Tile tile = model::random_tile(choices, seed < 4 ? 20000 : 800);
    EvaluationPlan plan;
    plan.output = PlanOutput::kShares;
    plan.as_of = seed % 2 == 0 ? kPlusInfinity : model::random_time(choices);
    plan.ordinal_sets.resize(seed % 3 == 0 ? 1 : 2);
    std::set<uint32_t> groups[2];
    for (const std::vector<uint32_t>& profile : tile.profiles) {
      const uint32_t drawn = choices.bulk(3);
      const Ordinal ordinal = first_ordinal(tile.number) + profile.front();
      if (drawn == 0) plan.ordinal_sets[0].insert(ordinal);
      if (drawn == 1 && plan.ordinal_sets.size() == 2) plan.ordinal_sets[1].insert(ordinal);
      if (drawn == 0) groups[0].insert(profile.front());
      if (drawn == 1 || (drawn == 2 && plan.ordinal_sets.size() == 1)) groups[1].insert(profile.front());
    }
    for (int32_t type = 0; type < 3; ++type) {
      for (int16_t field = 1; field <= model::kFieldCount; ++field) {
        plan.field_values.push_back(values_of(tile, type, field, seed % 5 == 0));
      }
    }
    const TileResult result = answer(plan, tile);
    EXPECT_EQ(result.counts, (std::vector<uint64_t>{groups[0].size(), groups[1].size()}));
    ASSERT_EQ(result.shares.size(), plan.field_values.size());
    for (size_t i = 0; i < plan.field_values.size(); ++i) {
      const ValueShares expected = expected_shares(plan.field_values[i], tile, plan.as_of, groups);
      for (uint32_t group = 0; group < 2; ++group) {
        EXPECT_EQ(result.shares[i].having[group], expected.having[group]) << seed << " " << i;
        EXPECT_EQ(result.shares[i].largest[group], expected.largest[group]) << seed << " " << i;
      }
    }
  }
}

using ValueRows = std::map<model::Value, uint64_t>;

ValueRows expected_counts(const CountedField& field, const CounterPlan& counter, const Tile& tile, const EvaluationPlan& plan) {
  ValueRows counts;
  const CountedType& type = counter.types.front();
  for_each_row(tile, type.type_id, [&](const Fragment& fragment, const Row& row, uint32_t) {
    if (!counter.window.contains(row.time)) return;
    if (type.restriction && !model::satisfies(row, fragment, *type.restriction, plan)) return;
    if (field.field > fragment.known_fields) {
      if (!field.missing) return;
      ++counts[{field.missing->integer, std::string(field.missing->bytes.begin(), field.missing->bytes.end())}];
    } else if (const auto& value = row.values[static_cast<size_t>(field.field - 1)]) {
      ++counts[*value];
    }
  });
  return counts;
}

ValueRows told(const ValueCounts& counts) {
  ValueRows rows;
  for (uint32_t i = 0; i < counts.rows.size(); ++i) {
    const bool bytes = counts.values.kind() == ValueKind::kBytes;
    rows[{bytes ? 0 : counts.values.integer(i), bytes ? std::string(counts.values.bytes(i)) : std::string()}] = counts.rows[i];
  }
  return rows;
}

TEST(ValueCounts, EqualRowByRow) {
  size_t counted = 0;
  for (uint32_t seed = 0; seed < 60; ++seed) {
    Choices choices(seed);
    const Tile tile = model::random_tile(choices, seed < 4 ? 20000 : 800);
    EvaluationPlan plan = model::random_plan(choices, tile);
    plan.output = PlanOutput::kValueCounts;
    for (uint32_t counter = 0; counter < plan.counters.size(); ++counter) {
      if (plan.counters[counter].types.size() != 1) continue;
      if (choices.chance(2)) plan.counters[counter].window = {kMinusInfinity, kPlusInfinity};
      for (int16_t field = 1; field <= model::kFieldCount; ++field) {
        CountedField counts{counter, field, model::kind_of(field)};
        const bool bytes = counts.kind == ValueKind::kBytes;
        if (choices.chance(2)) counts.missing = {counts.kind, bytes ? 0 : 3, bytes ? Bytes{'q'} : Bytes{}};
        plan.counted_fields.push_back(counts);
      }
    }
    TileResult result = answer(plan, tile);
    ASSERT_EQ(result.value_counts.size(), plan.counted_fields.size());
    for (size_t i = 0; i < plan.counted_fields.size(); ++i) {
      const CountedField& field = plan.counted_fields[i];
      ValueRows expected = expected_counts(field, plan.counters[field.counter], tile, plan);
      ASSERT_EQ(told(result.value_counts[i]), expected) << seed << " " << i;
      counted += expected.size();
      ValueCounts twice = result.value_counts[i];
      twice.add(result.value_counts[i]);
      for (auto& [value, rows] : expected) rows *= 2;
      ASSERT_EQ(told(twice), expected) << seed << " " << i;
    }
    const ValueCounts first = result.value_counts.empty() ? ValueCounts{} : result.value_counts.front();
    TileResult sum = TileResult::decode(result.encode());
    sum.add(TileResult{});
    ASSERT_TRUE(result.value_counts.empty() || sum.value_counts.front() == first);
  }
  EXPECT_GT(counted, 1'000U);
}

ValueCounts of_integers(int64_t first, int64_t end) {
  std::vector<int64_t> values;
  for (int64_t value = first; value < end; ++value) values.push_back(value);
  ValueCounts counts;
  counts.add(Dictionary::of_integers(ValueKind::kInteger, values), std::vector<uint64_t>(values.size() + 1, 1));
  return counts;
}

TEST(ValueCounts, tell_nothing_of_too_many_values) {
  constexpr auto kMost = static_cast<int64_t>(ValueCounts::kMostValues);
  ValueCounts counts = of_integers(0, kMost);
  EXPECT_FALSE(counts.is_too_large);
  counts.add(of_integers(5, kMost));
  EXPECT_EQ(counts.rows.size(), ValueCounts::kMostValues);
  counts.add(of_integers(kMost, kMost + 1));
  EXPECT_TRUE(counts.is_too_large && counts.rows.empty());
  counts.add(of_integers(0, 1));
  EXPECT_TRUE(counts.is_too_large && counts.rows.empty());
  ValueCounts other = of_integers(0, 1);
  other.add(counts);
  EXPECT_TRUE(other.is_too_large && other.rows.empty());
}

TEST(ValueCounts, values_of_two_kinds_are_damage) {
  ValueCounts counts = of_integers(0, 3);
  EXPECT_THROW(counts.add(Dictionary::of_bytes({1}, {'a'}), std::vector<uint64_t>{0, 1}), Error);
}

}  // namespace
}  // namespace segments
