#include "core/plan/plan.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "core/error.h"
#include "core/plan/compact_number.h"
#include "unit/model_oracle.h"
#include "unit/random_plan.h"
#include "unit/rounds.h"

namespace segments {
namespace {

using model::Choices;

EvaluationPlan sample_plan(uint64_t seed) {
  Choices choices(seed);
  const model::Tile tile = model::random_tile(choices, 50);
  return model::random_plan(choices, tile);
}

void expect_corrupted(BytesView bytes) {
  try {
    EvaluationPlan::decode(bytes);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kDataCorrupted);
  }
}

// A plan with one of everything that `change` has broken.
template <class F>
void expect_refused(F change) {
  EvaluationPlan plan;
  plan.ordinal_sets.resize(1);
  FieldPredicate predicate;
  predicate.field = 3;
  predicate.literals = {"x"};
  RowTest test;
  test.predicate = predicate;
  plan.counters.push_back(CounterPlan::of(1, {}, test));
  plan.nodes.push_back({PlanNodeKind::kCount, {}, 0, 1, INT64_MAX, 0});
  plan.nodes.push_back({PlanNodeKind::kSet, {}, 0, 1, INT64_MAX, 0});
  plan.nodes.push_back({PlanNodeKind::kExcept, {0, 1}, 0, 1, INT64_MAX, 0});
  plan.roots = {2};
  EXPECT_EQ(EvaluationPlan::decode(plan.encode()).encode(), plan.encode());
  change(plan);
  expect_corrupted(plan.encode());
}

FieldPredicate& predicate_of(EvaluationPlan& plan) { return plan.counters[0].types[0].restriction->predicate; }

RowTest nested(uint32_t levels) {
  RowTest test;
  test.kind = RowTestKind::kTimes;
  for (uint32_t i = 1; i < levels; ++i) {
    RowTest outer;
    outer.kind = RowTestKind::kNot;
    outer.children.push_back(std::move(test));
    test = std::move(outer);
  }
  return test;
}

TEST(EvaluationPlan, round_trips) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const EvaluationPlan plan = sample_plan(seed);
    const EvaluationPlan copy = EvaluationPlan::decode(plan.encode());
    EXPECT_EQ(copy.encode(), plan.encode());
    ASSERT_EQ(copy.counters.size(), plan.counters.size());
    EXPECT_EQ(copy.ordinal_sets, plan.ordinal_sets);
    EXPECT_EQ(copy.roots, plan.roots);
    EXPECT_EQ(copy.output, plan.output);
    for (size_t i = 0; i < plan.counters.size(); ++i) {
      // Equal counters are shared: that is equality.
      EvaluationPlan shared;
      shared.counters = {plan.counters[i]};
      EXPECT_EQ(share_counter(shared, CounterPlan(copy.counters[i])), 0u);
      EXPECT_EQ(copy.counters[i].largest_bound, plan.counters[i].largest_bound);
    }
    for (size_t i = 0; i < plan.nodes.size(); ++i) {
      EXPECT_EQ(copy.nodes[i].kind, plan.nodes[i].kind);
      EXPECT_EQ(copy.nodes[i].children, plan.nodes[i].children);
      EXPECT_EQ(copy.nodes[i].minimum, plan.nodes[i].minimum);
      EXPECT_EQ(copy.nodes[i].maximum, plan.nodes[i].maximum);
    }
  }
}

TEST(EvaluationPlan, truncated_bytes_are_refused) {
  for (uint64_t seed = 0; seed < 8; ++seed) {
    Bytes bytes = sample_plan(seed).encode();
    for (size_t length = 0; length < bytes.size(); ++length) expect_corrupted(BytesView(bytes).first(length));
    bytes.push_back(0);
    expect_corrupted(bytes);
  }
}

TEST(EvaluationPlan, damaged_bytes_are_refused_or_mean_something_valid) {
  for (uint64_t seed = 0; seed < test::rounds(10); ++seed) {
    const Bytes bytes = sample_plan(seed).encode();
    for (size_t i = 0; i < bytes.size(); ++i) {
      constexpr std::array<uint8_t, 3> kChanges = {0x01, 0x80, 0xff};
      Bytes damaged = bytes;
      damaged[i] ^= kChanges[(i + seed) % kChanges.size()];
      try {
        const EvaluationPlan plan = EvaluationPlan::decode(damaged);
        EXPECT_EQ(EvaluationPlan::decode(plan.encode()).encode(), plan.encode());
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kDataCorrupted);
      }
    }
  }
}

TEST(EvaluationPlan, impossible_indexes_are_refused) {
  expect_refused([](EvaluationPlan& plan) { plan.nodes[0].counter = 1; });
  expect_refused([](EvaluationPlan& plan) { plan.nodes[1].set = 1; });
  expect_refused([](EvaluationPlan& plan) { plan.nodes[2].children[1] = 2; });
  expect_refused([](EvaluationPlan& plan) { plan.nodes[2].children[0] = UINT32_MAX; });
  expect_refused([](EvaluationPlan& plan) { plan.roots[0] = 3; });
  expect_refused([](EvaluationPlan& plan) {
    plan.counters[0].types[0].restriction->kind = RowTestKind::kOrdinals;
    plan.counters[0].types[0].restriction->ordinals = 1;
  });
}

TEST(EvaluationPlan, wrong_numbers_of_parts_are_refused) {
  expect_refused([](EvaluationPlan& plan) { plan.nodes[2].children = {0}; });
  expect_refused([](EvaluationPlan& plan) { plan.nodes[2].kind = PlanNodeKind::kNot; });
  expect_refused([](EvaluationPlan& plan) { plan.counters[0].types[0].restriction->kind = RowTestKind::kNot; });
  expect_refused([](EvaluationPlan& plan) { predicate_of(plan).literals.clear(); });
  expect_refused([](EvaluationPlan& plan) { predicate_of(plan).literals = {"x", "y"}; });
  expect_refused([](EvaluationPlan& plan) { predicate_of(plan).op = ValueOperator::kIsEmpty; });
}

TEST(EvaluationPlan, impossible_counters_are_refused) {
  expect_refused([](EvaluationPlan& plan) { plan.counters[0].types.clear(); });
  expect_refused([](EvaluationPlan& plan) { plan.counters[0].types.push_back({1, std::nullopt}); });
  expect_refused([](EvaluationPlan& plan) { plan.counters[0].periods = {{0, 1}}; });
  expect_refused([](EvaluationPlan& plan) { plan.nodes[0].kind = PlanNodeKind::kRun; });
  for (const std::vector<TimeRange>& periods : {std::vector<TimeRange>{{0, 1}, {1, 2}}, {{5, 9}, {0, 1}}, {{0, 9}, {3, 2}}}) {
    expect_refused([&](EvaluationPlan& plan) {
      plan.nodes[0].kind = PlanNodeKind::kPeriods;
      plan.counters[0].periods = periods;
    });
  }
}

TEST(EvaluationPlan, impossible_predicates_are_refused) {
  expect_refused([](EvaluationPlan& plan) { predicate_of(plan).field = 0; });
  expect_refused([](EvaluationPlan& plan) { predicate_of(plan).field = -1; });
  expect_refused([](EvaluationPlan& plan) { predicate_of(plan).op = ValueOperator::kLess; });
  expect_refused([](EvaluationPlan& plan) { predicate_of(plan).kind = ValueKind::kInteger; });
  expect_refused([](EvaluationPlan& plan) { predicate_of(plan).kind = ValueKind{0}; });
  expect_refused([](EvaluationPlan& plan) { predicate_of(plan).method = PredicateMethod::kIntegers; });
  expect_refused([](EvaluationPlan& plan) { predicate_of(plan).method = PredicateMethod{9}; });
  expect_refused([](EvaluationPlan& plan) { predicate_of(plan).missing = MissingValue{ValueKind::kInteger, 0, {}}; });
  expect_refused([](EvaluationPlan& plan) { plan.nodes[0].kind = PlanNodeKind{9}; });
  expect_refused([](EvaluationPlan& plan) { plan.output = PlanOutput{9}; });
}

TEST(EvaluationPlan, nesting_is_limited) {
  EvaluationPlan plan;
  plan.counters.push_back(CounterPlan::of(1, {}, nested(512)));
  const Bytes deepest = plan.encode();
  EXPECT_EQ(EvaluationPlan::decode(deepest).encode(), deepest);
  plan.counters[0].types[0].restriction = nested(513);
  try {
    plan.encode();
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kLimitExceeded);
  }
  // One more negation (its kind and the number of its parts) than a writer would put.
  const uint8_t negation[] = {static_cast<uint8_t>(RowTestKind::kNot), 1};
  Bytes deeper = deepest;
  const auto place = std::search(deeper.begin(), deeper.end(), std::begin(negation), std::end(negation));
  deeper.insert(place, std::begin(negation), std::end(negation));
  expect_corrupted(deeper);
}

TEST(ShareCounter, equal_counters_are_one_with_the_larger_bound) {
  EvaluationPlan plan;
  plan.ordinal_sets.resize(2);
  Choices choices(1);
  std::vector<CounterPlan> distinct;
  distinct.push_back(CounterPlan::of(1, {}));
  distinct.push_back(CounterPlan::of(2, {}));
  distinct.push_back(CounterPlan::of(1, {0, 5}));
  distinct.push_back(CounterPlan::of(1, {0, 5}));
  distinct.back().hole = {2, 3};
  distinct.push_back(CounterPlan::of(1, {0, 5}));
  distinct.back().periods = {{0, 2}, {3, 5}};
  distinct.push_back(CounterPlan::of(1, {0, 5}));
  distinct.back().types.push_back({2, std::nullopt});
  RowTest test;
  test.predicate = model::random_predicate(choices);
  const auto add = [&](auto change) {
    change(test);
    distinct.push_back(CounterPlan::of(1, {}, test));
  };
  add([](RowTest&) {});
  add([](RowTest& t) { t.predicate.field += 10; });
  add([](RowTest& t) { t.predicate.literals.push_back("other"); });
  add([](RowTest& t) { t.predicate.ranges.push_back({1, 2}); });
  add([](RowTest& t) { t.predicate.ignore_case = !t.predicate.ignore_case; });
  add([](RowTest& t) { t.predicate.collation_oid += 1; });
  add([](RowTest& t) { t.predicate.type_oid += 1; });
  add([](RowTest& t) { t.predicate.missing = MissingValue{ValueKind::kBytes, 0, {1}}; });
  add([](RowTest& t) { t.predicate.missing->bytes = {2}; });
  add([](RowTest& t) { t.predicate.missing.reset(); });
  add([](RowTest& t) { t.kind = RowTestKind::kTimes; });
  add([](RowTest& t) { t.times = {{1, 2}}; });
  add([](RowTest& t) { t.kind = RowTestKind::kOrdinals; });
  add([](RowTest& t) { t.ordinals = 1; });
  add([](RowTest& t) { t.kind = RowTestKind::kAnd; });
  add([](RowTest& t) { t.children.emplace_back(); });
  add([](RowTest& t) { t.kind = RowTestKind::kOr; });
  for (uint32_t i = 0; i < distinct.size(); ++i) EXPECT_EQ(share_counter(plan, CounterPlan(distinct[i])), i);
  for (uint32_t i = 0; i < distinct.size(); ++i) {
    distinct[i].largest_bound = i % 2 == 0 ? 7 : 0;
    EXPECT_EQ(share_counter(plan, CounterPlan(distinct[i])), i);
    EXPECT_EQ(plan.counters[i].largest_bound, i % 2 == 0 ? 7 : 1);
  }
  EXPECT_EQ(plan.counters.size(), distinct.size());
}

TEST(EvaluationPlan, impossible_folds_are_refused) {
  const auto plan_with = [](const auto& change) {
    EvaluationPlan plan;
    plan.counters.push_back(CounterPlan::of(1, {}));
    plan.folds.push_back({0, {{2, NumberForm::kInteger, std::nullopt}}});
    PlanNode node;
    node.kind = PlanNodeKind::kSum;
    node.literals = {std::string("\x00\x80\x05\x00", 4)};  // 5
    plan.nodes.push_back(node);
    plan.roots = {0};
    change(plan);
    return plan.encode();
  };
  EXPECT_EQ(EvaluationPlan::decode(plan_with([](EvaluationPlan&) {})).nodes[0].literals.size(), 1u);
  const std::function<void(EvaluationPlan&)> changes[] = {
      [](EvaluationPlan& plan) { plan.folds[0].counter = 1; },
      [](EvaluationPlan& plan) { plan.folds[0].fields[0].field = 0; },
      [](EvaluationPlan& plan) { plan.folds[0].fields.clear(); },
      [](EvaluationPlan& plan) { plan.folds[0].fields[0].form = static_cast<NumberForm>(4); },
      [](EvaluationPlan& plan) {
        plan.folds[0].fields[0].missing = MissingValue{ValueKind::kFloat, 0, {}};
      },
      [](EvaluationPlan& plan) {
        plan.counters[0].periods = {{0, 1}};
      },
      [](EvaluationPlan& plan) { plan.nodes[0].fold = 1; },
      [](EvaluationPlan& plan) { plan.nodes[0].op = ValueOperator::kContains; },
      [](EvaluationPlan& plan) { plan.nodes[0].op = ValueOperator::kIsNull; },
      [](EvaluationPlan& plan) { plan.nodes[0].op = ValueOperator::kBetween; },
      [](EvaluationPlan& plan) { plan.nodes[0].literals[0] = "5"; },
      [](EvaluationPlan& plan) { plan.nodes[0].literals.clear(); },
  };
  for (const auto& change : changes) EXPECT_THROW(EvaluationPlan::decode(plan_with(change)), Error) << &change - changes;
}

TEST(CompactNumber, round_trips_at_the_edges) {
  for (const uint64_t value : {uint64_t{0}, uint64_t{127}, uint64_t{128}, uint64_t{1} << 32, uint64_t{1} << 63, UINT64_MAX}) {
    ByteWriter writer;
    put_number(writer, value);
    put_signed(writer, static_cast<int64_t>(value));
    ByteReader reader(writer.view());
    EXPECT_EQ(get_number(reader), value);
    EXPECT_EQ(get_signed(reader), static_cast<int64_t>(value));
    reader.expect_end();
  }
  const Bytes too_long(10, 0xff);
  ByteReader reader(too_long);
  EXPECT_THROW(get_number(reader), Error);
}

TEST(EvaluationPlan, impossible_numbers_of_values_are_refused) {
  const auto plan_with = [](const auto& change) {
    EvaluationPlan plan;
    plan.counters.push_back(CounterPlan::of(1, {}));
    plan.counters[0].types.push_back({2, std::nullopt});
    plan.distincts.push_back(
        {0, {{2, ValueKind::kBytes, ValueEquality::kSame, {}}, {3, ValueKind::kBytes, ValueEquality::kPadded, {}}}, 0, 0});
    PlanNode node;
    node.kind = PlanNodeKind::kDistinct;
    node.literals = {std::string("\x00\x80\x05\x00", 4)};  // 5
    plan.nodes.push_back(node);
    plan.roots = {0};
    change(plan);
    return plan.encode();
  };
  const EvaluationPlan decoded = EvaluationPlan::decode(plan_with([](EvaluationPlan&) {}));
  EXPECT_EQ(decoded.distincts[0].fields[1].equality, ValueEquality::kPadded);
  const std::function<void(EvaluationPlan&)> changes[] = {
      [](EvaluationPlan& plan) { plan.distincts[0].counter = 1; },
      [](EvaluationPlan& plan) { plan.distincts[0].fields[0].field = 0; },
      [](EvaluationPlan& plan) { plan.distincts[0].fields.pop_back(); },
      [](EvaluationPlan& plan) { plan.distincts[0].fields[0].equality = static_cast<ValueEquality>(4); },
      [](EvaluationPlan& plan) { plan.distincts[0].fields[0].equality = ValueEquality::kServer; },
      [](EvaluationPlan& plan) { plan.distincts[0].fields[1].equality = ValueEquality::kNumbers; },
      [](EvaluationPlan& plan) { plan.distincts[0].fields[1].kind = ValueKind::kInteger; },
      [](EvaluationPlan& plan) { plan.distincts[0].fields[0].kind = ValueKind::kFloat; },
      [](EvaluationPlan& plan) {
        plan.distincts[0].fields[0].missing = MissingValue{ValueKind::kInteger, 0, {}};
      },
      [](EvaluationPlan& plan) {
        plan.counters[0].periods = {{0, 1}};
      },
      [](EvaluationPlan& plan) { plan.nodes[0].fold = 1; },
      [](EvaluationPlan& plan) {
        plan.nodes[0].op = ValueOperator::kIsNull;
        plan.nodes[0].literals.clear();
      },
  };
  for (const auto& change : changes) EXPECT_THROW(EvaluationPlan::decode(plan_with(change)), Error) << &change - changes;
}

}  // namespace
}  // namespace segments
