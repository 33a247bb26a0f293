// Sums and averages, against sums digit by digit.
#include <gtest/gtest.h>

#include "core/error.h"
#include "unit/model_oracle.h"
#include "unit/random_plan.h"

namespace segments {
namespace {

using model::Choices;
using model::Decimal;
using model::Fragment;
using model::Tile;

class CountingInterrupt final : public Interrupt {
 public:
  void poll() override { ++polls; }
  uint64_t polls = 0;
};

TileResult result_of(const EvaluationPlan& plan, const Tile& tile) {
  std::vector<std::unique_ptr<model::StoredFragment>> stored;
  std::vector<FragmentSource*> sources;
  for (const Fragment& fragment : tile.fragments) {
    sources.push_back(stored.emplace_back(std::make_unique<model::StoredFragment>(fragment)).get());
  }
  model::ModelMatchers matchers;
  CountingInterrupt interrupt;
  TileEvaluator evaluator(plan, matchers, interrupt, nullptr);
  return evaluator.evaluate(tile.number, tile.map, sources);
}

// Texts are images of numerics from now on.
void make_numerics(Choices& choices, const std::vector<std::string>& numbers, Tile& tile) {
  for (Fragment& fragment : tile.fragments) {
    for (model::Row& row : fragment.rows) {
      if (row.values[1])
        row.values[1]->text = Decimal::of_text(numbers[choices.bulk(static_cast<uint32_t>(numbers.size()))]).image();
    }
  }
}

EvaluationPlan numeric_plan(Choices& choices, const std::vector<std::string>& literals) {
  EvaluationPlan plan;
  CounterPlan counter = CounterPlan::of(0, model::random_range(choices));
  counter.types.push_back({1, std::nullopt});
  counter.types.push_back({2, std::nullopt});
  plan.counters.push_back(counter);
  FoldPlan fold;
  for (int type = 0; type < 3; ++type) {
    const std::string missing = Decimal::of_text(literals[choices.below(static_cast<uint32_t>(literals.size()))]).image();
    fold.fields.push_back({2, NumberForm::kNumeric, std::nullopt});
    if (choices.chance(2)) fold.fields.back().missing = MissingValue{ValueKind::kBytes, 0, Bytes(missing.begin(), missing.end())};
  }
  plan.folds.push_back(fold);
  for (uint32_t i = 0; i < 8; ++i) {
    PlanNode node;
    node.kind = choices.chance(2) ? PlanNodeKind::kSum : PlanNodeKind::kAverage;
    model::set_comparison(choices, node);
    for (std::string& literal : node.literals) {
      literal = Decimal::of_text(literals[choices.below(static_cast<uint32_t>(literals.size()))]).image();
    }
    plan.nodes.push_back(node);
    plan.roots.push_back(i);
  }
  return EvaluationPlan::decode(plan.encode());
}

// As many digits as people use; more than 64 bits hold; than 128 bits do; and what is no number.
const std::vector<std::string> kNumbers[] = {
    {"0", "1", "2.5", "-1.25", "10.00", "0.1", "-3", "99.99"},
    {"12345678901234.56", "-12345678901234.55", "0.0001", "99999999999999999999.5", "1"},
    {"1e60", "-1e60", "1e-60", "1", "-1", "123456789012345678901234567890123456789.000000000000000000000000000001", "0"},
    {"1", "NaN", "2", "-1"},
    {"Infinity", "-Infinity", "1", "0", "1e50"},
};

class Folds : public testing::TestWithParam<uint32_t> {};

TEST_P(Folds, of_numerics_agree_with_sums_digit_by_digit) {
  Choices choices(GetParam());
  for (const std::vector<std::string>& numbers : kNumbers) {
    Tile tile = model::random_tile(choices, GetParam() % 4 == 0 ? 8000 : 400);
    make_numerics(choices, numbers, tile);
    const EvaluationPlan plan = numeric_plan(choices, numbers);
    EXPECT_EQ(model::difference(plan, tile, result_of(plan, tile)), "") << numbers[0];
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, Folds, testing::Range(0u, 30u));

// One profile per even ordinal, and its further record after it.
Tile pairs_of_records(const std::vector<std::vector<std::string>>& numbers, size_t per_fragment) {
  Tile tile;
  for (uint32_t i = 0; i < numbers.size(); ++i) {
    tile.profiles.push_back({2 * i, 2 * i + 1});
    tile.map.link(tile.profiles.back());
  }
  size_t rows = 0;
  for (uint32_t i = 0; i < numbers.size(); ++i) {
    for (uint32_t n = 0; n < numbers[i].size(); ++n, ++rows) {
      if (rows % per_fragment == 0) tile.fragments.emplace_back();
      model::Row& row = tile.fragments.back().rows.emplace_back();
      row.ordinal = 2 * i + n % 2;
      if (!numbers[i][n].empty()) row.values[1] = model::Value{0, Decimal::of_text(numbers[i][n]).image()};
    }
  }
  return tile;
}

uint64_t count(const Tile& tile, PlanNodeKind kind, ValueOperator op, const std::vector<std::string>& literals) {
  EvaluationPlan plan;
  plan.counters.push_back(CounterPlan::of(0, {}));
  plan.folds.push_back({0, {{2, NumberForm::kNumeric, std::nullopt}}});
  PlanNode node;
  node.kind = kind;
  node.op = op;
  for (const std::string& literal : literals) node.literals.push_back(Decimal::of_text(literal).image());
  plan.nodes.push_back(node);
  plan.roots.push_back(0);
  return result_of(plan, tile).counts.at(0);
}

TEST(Fold, does_not_depend_on_how_rows_lie_in_fragments) {
  const std::vector<std::vector<std::string>> numbers = {
      {"0.1", "0.2"}, {"1e40", "-1e40", "0.3"}, {"0.3"}, {"0.30001", ""}, {"", ""}, {}};
  for (const size_t per_fragment : {1, 2, 3, 100}) {
    const Tile tile = pairs_of_records(numbers, per_fragment);
    EXPECT_EQ(count(tile, PlanNodeKind::kSum, ValueOperator::kEqual, {"0.3"}), 3u);
    EXPECT_EQ(count(tile, PlanNodeKind::kSum, ValueOperator::kGreater, {"0.3"}), 1u);
    EXPECT_EQ(count(tile, PlanNodeKind::kAverage, ValueOperator::kEqual, {"0.1"}), 1u);
    EXPECT_EQ(count(tile, PlanNodeKind::kAverage, ValueOperator::kIn, {"0.15", "7"}), 1u);
    EXPECT_EQ(count(tile, PlanNodeKind::kSum, ValueOperator::kIsNull, {}), 2u);
  }
}

TEST(Fold, is_exact_where_an_average_has_no_end) {
  const Tile tile = pairs_of_records({{"1", "1", "2"}}, 2);
  EXPECT_EQ(count(tile, PlanNodeKind::kAverage, ValueOperator::kGreater, {"1.3333333333333333"}), 1u);
  EXPECT_EQ(count(tile, PlanNodeKind::kAverage, ValueOperator::kGreater, {"1.3333333333333334"}), 0u);
}

TEST(Fold, of_infinities_is_that_of_the_server) {
  const Tile tile = pairs_of_records({{"Infinity", "1"}, {"-Infinity", "1"}, {"Infinity", "-Infinity"}, {"NaN", "1"}, {"5"}}, 3);
  EXPECT_EQ(count(tile, PlanNodeKind::kSum, ValueOperator::kGreater, {"1e60"}), 3u);
  EXPECT_EQ(count(tile, PlanNodeKind::kSum, ValueOperator::kEqual, {"NaN"}), 2u);
  EXPECT_EQ(count(tile, PlanNodeKind::kAverage, ValueOperator::kLess, {"-1e60"}), 1u);
  EXPECT_EQ(count(tile, PlanNodeKind::kAverage, ValueOperator::kEqual, {"Infinity"}), 1u);
}

TEST(Fold, refuses_bytes_that_are_no_number) {
  Tile tile = pairs_of_records({{"1", "2"}}, 9);
  for (const std::string& bytes :
       {std::string("x"), std::string("\x00\x80\xff\xff", 4), std::string("\x00\xe0", 2), std::string()}) {
    tile.fragments[0].rows[0].values[1]->text = bytes;
    EXPECT_THROW(count(tile, PlanNodeKind::kSum, ValueOperator::kEqual, {"1"}), Error) << bytes.size();
  }
}

TEST(Number, is_read_as_the_server_casts_floats) {
  const std::pair<double, const char*> numbers[] = {
      {0.1, "0.1"}, {1e300, "1e300"}, {-0.0, "0"}, {123456789.123456789, "123456789.123457"}, {5e-324, "4.94065645841247e-324"}};
  for (const auto& [value, text] : numbers) {
    Number number;
    read_float(value, 15, number);
    Decimal sum;
    for (size_t i = 0; i < number.groups.size(); ++i) {
      const int exponent = 4 * (number.weight - static_cast<int>(i));
      sum.add(Decimal::of_text(std::to_string(number.groups[i]) + "e" + std::to_string(exponent)), number.negative ? -1 : 1);
    }
    EXPECT_EQ(sum.compare(Decimal::of_text(text), 1), 0) << text;
  }
}

}  // namespace
}  // namespace segments
