// Numbers of different values, against sets of them; and how little of them is held at a time.
#include <gtest/gtest.h>

#include <numeric>

#include "core/error.h"
#include "core/evaluation/counted_fragments.h"
#include "core/evaluation/distinct_counter.h"
#include "unit/model_oracle.h"
#include "unit/random_plan.h"

namespace segments {
namespace {

using model::Choices;
using model::Decimal;
using model::Fragment;
using model::Tile;

class StoredTile {
 public:
  explicit StoredTile(const Tile& tile) {
    for (const Fragment& fragment : tile.fragments) {
      sources_.push_back(stored_.emplace_back(std::make_unique<model::StoredFragment>(fragment)).get());
    }
  }
  const std::vector<FragmentSource*>& sources() const { return sources_; }
  FragmentsByType by_type() const {
    FragmentsByType fragments;
    for (FragmentSource* source : sources_) fragments[source->type_id()].push_back(source);
    return fragments;
  }

 private:
  std::vector<std::unique_ptr<model::StoredFragment>> stored_;
  std::vector<FragmentSource*> sources_;
};

struct Counted {
  std::vector<uint32_t> counts;  // by first record
  uint32_t visits = 0;
};

Counted count(const EvaluationPlan& plan, const Tile& tile, DistinctLimits limits, ValueIdentity& identity) {
  const StoredTile stored(tile);
  const FragmentsByType fragments = stored.by_type();
  model::ModelMatchers matchers;
  NeverInterrupt interrupt;
  Restrictions restrictions(plan, matchers, interrupt);
  const CountedFragments counted(plan, 0, restrictions, tile.number, fragments, interrupt, nullptr);
  DistinctCounter counter(tile.map, &identity, matchers.hash_seed(), interrupt, limits);
  Counted result;
  counter.count([&](const DistinctCounter::Use& use) {
    ++result.visits;
    counted.for_each(nullptr, [&](FragmentReader& fragment, CountedRows& rows, size_t place) {
      const DistinctField& field = plan.distincts[0].fields[place];
      ValuedRows values(fragment, rows, field.field, field.kind, field.missing);
      if (!values.empty()) use(values, field);
    });
  });
  result.counts = counter.counts();
  return result;
}

std::vector<uint32_t> model_counts(const EvaluationPlan& plan, const Tile& tile) {
  std::vector<uint32_t> counts(kTileSize);
  const DistinctPlan& distinct = plan.distincts[0];
  const CounterPlan& counter = plan.counters[0];
  for (const auto& records : tile.profiles) {
    model::ModelValues values;
    for (const Fragment& fragment : tile.fragments) {
      const auto type = std::ranges::find(counter.types, fragment.type_id, &CountedType::type_id);
      if (type == counter.types.end()) continue;
      const DistinctField& field = distinct.fields[static_cast<size_t>(type - counter.types.begin())];
      for (const model::Row& row : fragment.rows) {
        const bool is_own = tile_of(row.ordinal) == tile.number && std::ranges::count(records, row.ordinal % kTileSize) > 0;
        if (is_own && counter.window.contains(row.time)) values.add(model::value_of_field(row, fragment, field), field);
      }
    }
    counts[records[0]] = static_cast<uint32_t>(values.keys.size() + values.numbers.size());
  }
  return counts;
}

EvaluationPlan plan_of(Choices& choices, const std::vector<DistinctField>& fields) {
  EvaluationPlan plan;
  plan.counters.push_back(CounterPlan::of(0, model::random_range(choices)));
  plan.counters[0].types.push_back({1, std::nullopt});
  plan.counters[0].types.push_back({2, std::nullopt});
  plan.distincts.push_back({0, fields, 0, 0});
  return plan;
}

class Distinct : public testing::TestWithParam<uint32_t> {};

TEST_P(Distinct, values_are_the_same_in_however_many_parts) {
  Choices choices(GetParam());
  const Tile tile = model::random_tile(choices, GetParam() % 4 == 0 ? 8000 : 400);
  const DistinctField integer = {1, ValueKind::kInteger, ValueEquality::kSame, {}};
  const DistinctField large = {4, ValueKind::kInteger, ValueEquality::kSame, {}};
  const DistinctField text = {2, ValueKind::kBytes, ValueEquality::kSame, {}};
  const DistinctField padded = {2, ValueKind::kBytes, ValueEquality::kPadded, {}};
  const DistinctField caseless = {2, ValueKind::kBytes, ValueEquality::kServer, {}};
  for (const std::vector<DistinctField>& fields :
       {std::vector{large, large, integer}, {text, padded, padded}, {caseless, caseless, caseless}}) {
    const EvaluationPlan plan = plan_of(choices, fields);
    const std::vector<uint32_t> expected = model_counts(plan, tile);
    model::ModelIdentity identity;
    const Counted at_once = count(plan, tile, {}, identity);
    EXPECT_EQ(at_once.counts, expected);
    EXPECT_EQ(at_once.visits, 1u);
    for (const DistinctLimits limits : {DistinctLimits{2, 7, 1 << 20}, {0, 1'000'000, 300}, {3, 40, 500}}) {
      const Counted in_parts = count(plan, tile, limits, identity);
      EXPECT_EQ(in_parts.counts, expected);
      if (std::accumulate(expected.begin(), expected.end(), 0u) > 1000) {
        EXPECT_GT(in_parts.visits, 1u);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, Distinct, testing::Range(0u, 30u));

// The same number, written with more digits behind the point.
std::string with_scale(std::string image, uint16_t scale) {
  uint16_t header = 0;
  std::memcpy(&header, image.data(), sizeof header);
  if ((header & 0xC000) == 0x8000) header = static_cast<uint16_t>((header & ~0x1F80u) | static_cast<uint32_t>(scale) << 7);
  std::memcpy(image.data(), &header, sizeof header);
  return image;
}

TEST_P(Distinct, numerics_are_told_apart_by_their_numbers) {
  const std::vector<std::string> numbers = {"0",    "1",     "1.5", "-1.5",     "2",        "99.99",
                                            "1e40", "1e-40", "NaN", "Infinity", "-Infinity"};
  Choices choices(GetParam());
  Tile tile = model::random_tile(choices, 400);
  for (Fragment& fragment : tile.fragments) {
    for (model::Row& row : fragment.rows) {
      if (!row.values[1]) continue;
      const std::string& number = numbers[choices.bulk(static_cast<uint32_t>(numbers.size()))];
      row.values[1]->text = with_scale(Decimal::of_text(number).image(), static_cast<uint16_t>(choices.bulk(3)));
    }
  }
  const DistinctField numeric = {2, ValueKind::kBytes, ValueEquality::kNumbers, {}};
  const DistinctField integer = {1, ValueKind::kInteger, ValueEquality::kNumbers, {}};
  const EvaluationPlan plan = plan_of(choices, {numeric, integer, numeric});
  model::ModelIdentity identity;
  EXPECT_EQ(count(plan, tile, {}, identity).counts, model_counts(plan, tile));
  EXPECT_EQ(count(plan, tile, {1, 9, 200}, identity).counts, model_counts(plan, tile));
}

class OneHash final : public ValueIdentity {
 public:
  uint64_t hash(std::string_view, uint64_t) override { return 5; }
  bool equal(std::string_view a, std::string_view b) override { return a == b; }
};

TEST(Distinct, hashes_that_tell_nothing_apart_end_in_one_part) {
  Choices choices(uint64_t{3});
  const Tile tile = model::random_tile(choices, 100);
  const DistinctField field = {2, ValueKind::kBytes, ValueEquality::kServer, {}};
  const EvaluationPlan plan = plan_of(choices, {field, field, field});
  OneHash identity;
  const Counted counted = count(plan, tile, {0, 3, 10}, identity);
  EvaluationPlan bytewise = plan;
  for (DistinctField& same : bytewise.distincts[0].fields) same.equality = ValueEquality::kSame;
  EXPECT_EQ(counted.counts, model_counts(bytewise, tile));
  EXPECT_GT(counted.visits, 60u);
}

TEST(Distinct, bytes_that_are_no_number_are_refused) {
  Tile tile;
  tile.profiles.push_back({0});
  tile.map.link(tile.profiles[0]);
  tile.fragments.emplace_back().rows.emplace_back().values[1] = model::Value{0, "x"};
  EvaluationPlan plan;
  plan.counters.push_back(CounterPlan::of(0, {}));
  plan.distincts.push_back({0, {{2, ValueKind::kBytes, ValueEquality::kNumbers, {}}}, 0, 0});
  model::ModelIdentity identity;
  EXPECT_THROW(count(plan, tile, {}, identity), Error);
}

}  // namespace
}  // namespace segments
