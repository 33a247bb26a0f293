#include "core/evaluation/tile_evaluator.h"
#include "core/evaluation/unlinked_rows.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "unit/model_oracle.h"
#include "unit/random_plan.h"
#include "unit/rounds.h"

namespace segments {
namespace {

using model::Choices;
using model::Fragment;
using model::ModelMatchers;
using model::Row;
using model::StoredFragment;
using model::Tile;

class CountingInterrupt final : public Interrupt {
 public:
  void poll() override { ++polls; }
  uint64_t polls = 0;
};

class StepClock final : public Stopwatch {
 public:
  uint64_t nanoseconds() override { return time_ += 10; }

 private:
  uint64_t time_ = 0;
};

// A tile with its fragments stored, and a plan over it.
struct Bench {
  explicit Bench(Tile a_tile) : tile(std::move(a_tile)) {
    for (const Fragment& fragment : tile.fragments) stored.push_back(std::make_unique<StoredFragment>(fragment));
  }
  TileResult evaluate(const EvaluationPlan& plan) {
    TileEvaluator evaluator(plan, matchers, interrupt, nullptr);
    return evaluate(evaluator);
  }
  TileResult evaluate(TileEvaluator& evaluator) {
    std::vector<FragmentSource*> sources;
    for (const auto& fragment : stored) sources.push_back(fragment.get());
    return evaluator.evaluate(tile.number, tile.map, sources);
  }
  Tile tile;
  std::vector<std::unique_ptr<StoredFragment>> stored;
  ModelMatchers matchers;
  CountingInterrupt interrupt;
};

FieldPredicate integer_equals(int16_t field, int64_t value) {
  FieldPredicate predicate;
  predicate.field = field;
  predicate.kind = model::kind_of(field);
  predicate.method = PredicateMethod::kIntegers;
  predicate.ranges = {{value, value}};
  return predicate;
}

RowTest field_test(FieldPredicate predicate) {
  RowTest test;
  test.predicate = std::move(predicate);
  return test;
}

EvaluationPlan explain_one(std::optional<RowTest> restriction, TimeRange window = {}) {
  EvaluationPlan plan;
  plan.counters.push_back(CounterPlan::of(1, window, std::move(restriction)));
  plan.nodes.push_back({PlanNodeKind::kCount, {}, 0, 1, INT64_MAX, 0});
  plan.roots = {0};
  plan.output = PlanOutput::kExplain;
  return plan;
}

// One profile per even ordinal below 2 * rows, one row each, at time = row number; field 1 = 7 everywhere, field 4 =
// row number.
Tile regular_tile(uint32_t rows) {
  Tile tile;
  Fragment& fragment = tile.fragments.emplace_back();
  fragment.type_id = 1;
  for (uint32_t i = 0; i < rows; ++i) {
    tile.profiles.push_back({2 * i});
    tile.map.link(tile.profiles.back());
    Row& row = fragment.rows.emplace_back();
    row.ordinal = 2 * i;
    row.time = i;
    row.values[0] = model::Value{i % 2 == 0 ? 7 : 9, {}};
    row.values[3] = model::Value{i, {}};
  }
  return tile;
}

// Of a column, to see whether the rest is needed.
constexpr size_t kStartBytes = 4096;

void expect_pruned(const EvaluationPlan& plan, Tile tile) {
  Bench bench(std::move(tile));
  const TileResult result = bench.evaluate(plan);
  EXPECT_EQ(result.counters[0].fragments_pruned, 1u);
  EXPECT_EQ(result.counters[0].fragments_read, 0u);
  EXPECT_EQ(result.nodes[0].members, 0u);
  for (const auto& [field, bytes] : bench.stored[0]->read_bytes()) EXPECT_LE(bytes, kStartBytes) << field;
}

std::vector<int16_t> reads_of(const EvaluationPlan& plan, Tile tile, uint64_t members) {
  Bench bench(std::move(tile));
  EXPECT_EQ(bench.evaluate(plan).nodes[0].members, members);
  std::vector<int16_t> reads;
  for (const auto& [field, bytes] : bench.stored[0]->read_bytes()) {
    EXPECT_LE(bytes, bench.stored[0]->column(field).size() + kStartBytes) << "column " << field << " was read twice";
    reads.push_back(field);
  }
  return reads;
}

class RandomTiles : public testing::TestWithParam<uint32_t> {};

TEST_P(RandomTiles, agree_with_row_by_row_evaluation) {
  // The model is slow under sanitizers: tiles have fewer rows there.
  const uint32_t many = test::kSanitized ? 4000 : 12000;
  for (uint32_t i = 0; i < 12; ++i) {
    Choices choices(GetParam() * 1000 + i);
    Bench bench(model::random_tile(choices, i == 0 ? 5 * many : i < 4 ? many : 500));
    for (uint32_t plans = 0; plans < 5; ++plans) {
      const EvaluationPlan plan = EvaluationPlan::decode(model::random_plan(choices, bench.tile).encode());
      EXPECT_EQ(model::difference(plan, bench.tile, bench.evaluate(plan)), "") << i << " " << plans;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, RandomTiles, testing::Range(0u, 24u));

TEST(TileEvaluator, evaluates_many_counters_in_batches) {
  Choices choices(99);
  Bench bench(model::random_tile(choices, 3000));
  while (bench.tile.fragments.size() < 2) bench = Bench(model::random_tile(choices, 3000));
  EvaluationPlan plan;
  plan.ordinal_sets.resize(1);
  for (uint32_t i = 0; i < 300; ++i) {
    plan.counters.push_back(CounterPlan::of(static_cast<int32_t>(i % 3), model::random_range(choices)));
    if (i % 4 != 0) plan.counters.back().types[0].restriction = model::random_test(choices, plan, 2);
    plan.nodes.push_back({PlanNodeKind::kCount, {}, i, i % 5, i % 2 == 0 ? INT64_MAX : 6, 0});
    plan.roots.push_back(i);
  }
  plan.nodes.push_back({PlanNodeKind::kOr, plan.roots, 0, 1, INT64_MAX, 0});
  plan.roots.push_back(300);
  EXPECT_EQ(model::difference(plan, bench.tile, bench.evaluate(plan)), "");
}

TEST(TileEvaluator, one_evaluator_serves_many_tiles) {
  Choices choices(5);
  Bench first(model::random_tile(choices, 2000));
  Bench second(model::random_tile(choices, 2000));
  const EvaluationPlan plan = model::random_plan(choices, first.tile);
  TileEvaluator evaluator(plan, first.matchers, first.interrupt, nullptr);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(model::difference(plan, first.tile, first.evaluate(evaluator)), "");
    EXPECT_EQ(model::difference(plan, second.tile, second.evaluate(evaluator)), "");
  }
}

TEST(TileEvaluator, time_range_prunes) { expect_pruned(explain_one({}, {5000, 6000}), regular_tile(5000)); }

TEST(TileEvaluator, empty_window_prunes) { expect_pruned(explain_one({}, {10, 5}), regular_tile(50)); }

TEST(TileEvaluator, bounds_prune) { expect_pruned(explain_one(field_test(integer_equals(1, 12))), regular_tile(5000)); }

TEST(TileEvaluator, dictionary_of_a_large_column_prunes) {
  Tile tile = regular_tile(40000);
  expect_pruned(explain_one(field_test(integer_equals(1, 8))), std::move(tile));
}

TEST(TileEvaluator, field_that_a_fragment_does_not_have_prunes) {
  expect_pruned(explain_one(field_test(integer_equals(3, 0))), regular_tile(50));
}

TEST(TileEvaluator, negation_of_an_excluded_value_reads_no_field) {
  RowTest negation;
  negation.kind = RowTestKind::kNot;
  negation.children.push_back(field_test(integer_equals(1, 12)));
  EXPECT_EQ(reads_of(explain_one(negation), regular_tile(5000), 5000), (std::vector<int16_t>{kRowsColumn}));
}

TEST(TileEvaluator, missing_value_answers_for_older_fragments) {
  Tile tile = regular_tile(50);
  tile.fragments[0].known_fields = 2;
  FieldPredicate predicate = integer_equals(4, 3);
  predicate.missing = MissingValue{ValueKind::kInteger, 3, {}};
  EXPECT_EQ(reads_of(explain_one(field_test(predicate)), tile, 50), (std::vector<int16_t>{kRowsColumn}));
}

TEST(TileEvaluator, unrestricted_counters_read_ordinals_only) {
  EXPECT_EQ(reads_of(explain_one({}), regular_tile(5000), 5000), (std::vector<int16_t>{kRowsColumn}));
}

TEST(TileEvaluator, times_are_read_for_windows_that_cut_a_fragment) {
  EXPECT_EQ(reads_of(explain_one({}, {100, 199}), regular_tile(5000), 100), (std::vector<int16_t>{kTimeColumn, kRowsColumn}));
}

TEST(TileEvaluator, columns_are_read_once_for_all_counters) {
  EvaluationPlan plan = explain_one(field_test(integer_equals(1, 7)), {100, 199});
  for (const int64_t value : {7, 9})
    plan.counters.push_back(CounterPlan::of(1, {300, 4000}, field_test(integer_equals(1, value))));
  plan.nodes.push_back({PlanNodeKind::kCount, {}, 1, 1, INT64_MAX, 0});
  plan.nodes.push_back({PlanNodeKind::kCount, {}, 2, 1, INT64_MAX, 0});
  plan.roots = {0, 1, 2};
  EXPECT_EQ(reads_of(plan, regular_tile(5000), 50), (std::vector<int16_t>{kTimeColumn, kRowsColumn, 1}));
}

TEST(TileEvaluator, server_predicates_are_prepared_once) {
  Choices choices(3);
  FieldPredicate predicate;
  predicate.field = 1;
  predicate.kind = ValueKind::kInteger;
  predicate.method = PredicateMethod::kServer;
  predicate.literals = {"x"};
  Tile tile = regular_tile(50);
  tile.fragments.push_back(tile.fragments[0]);
  Bench bench(std::move(tile));
  EvaluationPlan plan = explain_one(field_test(predicate));
  plan.counters.push_back(CounterPlan::of(1, {0, 10}, field_test(predicate)));
  plan.nodes.push_back({PlanNodeKind::kCount, {}, 1, 1, INT64_MAX, 0});
  bench.evaluate(plan);
  EXPECT_EQ(bench.matchers.made, 1);
}

// Unlinked and further records included, each by itself.
TEST(TileEvaluator, records_are_found_whether_they_belong_to_a_profile_or_not) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Choices choices(seed);
    Bench bench(model::random_tile(choices, 500));
    const int64_t minimum = 1 + static_cast<int64_t>(seed % 3);
    EvaluationPlan plan = explain_one(field_test(integer_equals(1, 7)));
    plan.nodes[0].minimum = minimum;
    plan.output = PlanOutput::kRecords;
    std::map<Ordinal, int64_t> rows;
    for (const Fragment& fragment : bench.tile.fragments) {
      for (const Row& row : fragment.rows) {
        const bool counts = fragment.type_id == 1 && fragment.known_fields >= 1 && tile_of(row.ordinal) == bench.tile.number;
        if (counts && row.values[0] && row.values[0]->integer == 7) ++rows[row.ordinal];
      }
    }
    std::vector<Ordinal> expected;
    for (const auto& [ordinal, count] : rows) {
      if (count >= minimum) expected.push_back(ordinal);
    }
    const TileResult result = bench.evaluate(plan);
    EXPECT_EQ(result.sets.at(0).to_ordinals(), expected) << "seed " << seed;
    EXPECT_EQ(result.counts.at(0), expected.size()) << "seed " << seed;
  }
}

TEST(TileEvaluator, unused_nodes_and_counters_are_not_evaluated) {
  EvaluationPlan plan = explain_one({});
  plan.nodes.push_back({PlanNodeKind::kAll, {}, 0, 1, INT64_MAX, 0});
  plan.roots = {1};
  plan.output = PlanOutput::kCounts;
  Bench bench(regular_tile(50));
  EXPECT_EQ(bench.evaluate(plan).counts, (std::vector<uint64_t>{50}));
  EXPECT_TRUE(bench.stored[0]->read_bytes().empty());
}

TEST(TileEvaluator, explain_tells_rows_of_the_tile_and_times) {
  Tile tile = regular_tile(50);
  tile.fragments[0].rows.push_back(tile.fragments[0].rows[0]);
  tile.fragments[0].rows.back().ordinal += kTileSize;
  Bench bench(std::move(tile));
  StepClock clock;
  const EvaluationPlan plan = explain_one({});
  TileEvaluator evaluator(plan, bench.matchers, bench.interrupt, &clock);
  const TileResult result = bench.evaluate(evaluator);
  EXPECT_EQ(result.counters[0].rows_scanned, 50u);
  EXPECT_EQ(result.counters[0].fragments_read, 1u);
  EXPECT_GT(result.counters[0].nanoseconds, 0u);
  EXPECT_GT(result.nodes[0].nanoseconds, 0u);
  EXPECT_TRUE(result.counts.empty());
}

TEST(TileEvaluator, interrupt_unwinds) {
  class Stop final : public Interrupt {
   public:
    void poll() override { throw Error(ErrorCode::kInternal, "stopped"); }
  };
  Bench bench(regular_tile(50));
  Stop stop;
  const EvaluationPlan plan = explain_one({});
  TileEvaluator evaluator(plan, bench.matchers, stop, nullptr);
  EXPECT_THROW(bench.evaluate(evaluator), Error);
}

TEST(TileEvaluator, columns_with_different_row_counts_are_refused) {
  class Mixed final : public FragmentSource {
   public:
    int32_t type_id() const override { return 1; }
    uint32_t row_count() const override { return rows.row_count(); }
    Timestamp min_time() const override { return rows.min_time(); }
    Timestamp max_time() const override { return rows.max_time(); }
    int16_t known_fields() const override { return rows.known_fields(); }
    bool has_column(int16_t field) const override { return rows.has_column(field); }
    const ValueBounds* bounds(int16_t) const override { return nullptr; }
    ColumnSource& column(int16_t field) override { return field == damaged ? other.column(field) : rows.column(field); }
    StoredFragment rows{regular_tile(100).fragments[0]};
    StoredFragment other{regular_tile(99).fragments[0]};
    int16_t damaged = kRowsColumn;
  };
  const EvaluationPlan plan = explain_one(field_test(integer_equals(1, 7)), {10, 50});
  ModelMatchers matchers;
  NeverInterrupt interrupt;
  const Tile tile = regular_tile(100);
  for (const int16_t column : {kRowsColumn, kTimeColumn, int16_t{1}}) {
    Mixed mixed;
    mixed.damaged = column;
    TileEvaluator evaluator(plan, matchers, interrupt, nullptr);
    try {
      evaluator.evaluate(0, tile.map, {&mixed});
      ADD_FAILURE() << "column " << column;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kDataCorrupted);
    }
  }
}

TEST(TileResult, round_trips_and_adds_up) {
  Choices choices(17);
  for (const PlanOutput output : {PlanOutput::kSets, PlanOutput::kCounts, PlanOutput::kExplain, PlanOutput::kRecords}) {
    Bench bench(model::random_tile(choices, 500));
    EvaluationPlan plan = model::random_plan(choices, bench.tile);
    plan.output = output;
    const TileResult result = bench.evaluate(plan);
    const Bytes bytes = result.encode();
    TileResult sum = TileResult::decode(bytes);
    EXPECT_EQ(sum.encode(), bytes);
    TileResult none;
    none.add(TileResult::decode(bytes));
    EXPECT_EQ(none.encode(), bytes);
    sum.add(TileResult::decode(bytes));
    for (size_t i = 0; i < sum.counts.size(); ++i) EXPECT_EQ(sum.counts[i], 2 * result.counts[i]);
    for (size_t i = 0; i < sum.sets.size(); ++i) EXPECT_EQ(sum.sets[i], result.sets[i]);
    for (size_t i = 0; i < sum.nodes.size(); ++i) EXPECT_EQ(sum.nodes[i].members, 2 * result.nodes[i].members);
    for (size_t length = 0; length < bytes.size(); ++length) {
      EXPECT_THROW(TileResult::decode(BytesView(bytes).first(length)), Error);
    }
  }
}

TEST(TileResult, results_of_different_plans_do_not_add_up) {
  TileResult one;
  TileResult two;
  one.counts.resize(1);
  two.counts.resize(2);
  EXPECT_THROW(one.add(std::move(two)), Error);
}

TEST(CountRows, counts_linked_and_live_rows_of_the_tile) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Choices choices(seed);
    const Tile tile = model::random_tile(choices, 20000);
    for (const Fragment& fragment : tile.fragments) {
      RowCounts expected;
      for (const Row& row : fragment.rows) {
        if (tile_of(row.ordinal) != tile.number) continue;
        expected.linked += tile.map.linked().contains(row.ordinal % kTileSize);
        expected.live += !tile.map.dead().contains(row.ordinal % kTileSize);
      }
      StoredFragment stored(fragment);
      const RowCounts counts = count_rows(RowsColumn(stored.column(kRowsColumn)), tile.number, tile.map);
      EXPECT_EQ(counts.linked, expected.linked);
      EXPECT_EQ(counts.live, expected.live);
    }
  }
}

TEST(AddUnlinkedRows, adds_the_rows_of_each_record_without_a_profile) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Choices choices(seed);
    const Tile tile = model::random_tile(choices, 20000);
    std::vector<uint64_t> rows(kTileSize);
    std::vector<uint64_t> expected(kTileSize);
    for (const Fragment& fragment : tile.fragments) {
      for (const Row& row : fragment.rows) {
        const uint32_t offset = row.ordinal % kTileSize;
        if (tile_of(row.ordinal) != tile.number) continue;
        expected[offset] += !tile.map.linked().contains(offset) && !tile.map.dead().contains(offset);
      }
      StoredFragment stored(fragment);
      add_unlinked_rows(RowsColumn(stored.column(kRowsColumn)), tile.number, tile.map, rows);
    }
    EXPECT_EQ(rows, expected);
  }
}

}  // namespace
}  // namespace segments
