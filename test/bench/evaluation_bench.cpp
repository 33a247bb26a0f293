// Evaluation of one tile with 1.3 million rows in 10 fragments: from stored bytes to a set of profiles.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "core/evaluation/bit_counter.h"
#include "core/evaluation/tile_evaluator.h"

namespace {

using namespace segments;

constexpr uint32_t kFragments = 10;
constexpr uint32_t kRowsPerFragment = 130'000;
constexpr int16_t kClient = 1;  // 12 values
constexpr int16_t kEmail = 2;   // 100 values per fragment
constexpr Timestamp kDay = 86'400'000'000;

class StoredFragment final : public FragmentSource {
 public:
  StoredFragment(uint32_t number, std::mt19937_64& random) {
    std::vector<Ordinal> ordinals(kRowsPerFragment);
    for (Ordinal& ordinal : ordinals) ordinal = static_cast<Ordinal>(random() % kTileSize);
    std::vector<uint32_t> order;
    columns_[kRowsColumn] = encode_rows(ordinals, order);
    std::vector<Timestamp> times(kRowsPerFragment);
    for (Timestamp& time : times) time = (number * 9) * kDay + static_cast<Timestamp>(random() % (9 * kDay));
    const auto [first, last] = std::ranges::minmax(times);
    min_time_ = first;
    max_time_ = last;
    columns_[kTimeColumn] = encode_times(times);
    add_field(kClient, 0, 12, random);
    add_field(kEmail, number * 90, 100, random);
  }
  int32_t type_id() const override { return 1; }
  uint32_t row_count() const override { return kRowsPerFragment; }
  Timestamp min_time() const override { return min_time_; }
  Timestamp max_time() const override { return max_time_; }
  int16_t known_fields() const override { return 2; }
  bool has_column(int16_t field) const override { return columns_.contains(field); }
  const ValueBounds* bounds(int16_t) const override { return nullptr; }
  ColumnSource& column(int16_t field) override { return sources_.try_emplace(field, columns_.at(field)).first->second; }

 private:
  void add_field(int16_t field, int64_t first, uint32_t values, std::mt19937_64& random) {
    std::vector<int64_t> integers;
    for (uint32_t i = 0; i < values; ++i) integers.push_back(first + i);
    std::vector<uint32_t> codes(kRowsPerFragment);
    for (uint32_t& code : codes) code = 1 + static_cast<uint32_t>(random() % values);
    columns_[field] = encode_field(Dictionary::of_integers(ValueKind::kInteger, integers), codes);
  }

  std::map<int16_t, Bytes> columns_;
  std::map<int16_t, BytesSource> sources_;
  Timestamp min_time_ = 0;
  Timestamp max_time_ = 0;
};

class NoMatchers final : public ValueMatcherFactory {
 public:
  HashSeed hash_seed() override { return {}; }
  std::unique_ptr<ValueIdentity> make_identity(uint32_t, uint32_t) override { return nullptr; }
  std::unique_ptr<ValueMatcher> make(const FieldPredicate&) override { return nullptr; }
  std::unique_ptr<PairMatcher> make_pair(const PairPredicate&) override { return nullptr; }
};

struct Tile {
  Tile() {
    std::mt19937_64 random(1);
    for (uint32_t i = 0; i < kFragments; ++i) {
      fragments.push_back(std::make_unique<StoredFragment>(i, random));
      sources.push_back(fragments.back().get());
    }
    // One profile in three has a second record beside its first; a thousand have a distant one.
    for (uint32_t at = 0; at + 3 < kTileSize - 4000; at += 3) {
      std::vector<uint32_t> records = {at};
      if (random() % 3 == 0) records.push_back(at + 1);
      map.link(records);
    }
    for (uint32_t at = kTileSize - 4000; at < kTileSize - 3000; ++at) map.link(std::vector<uint32_t>{at, at + 2000});
  }
  std::vector<std::unique_ptr<StoredFragment>> fragments;
  std::vector<FragmentSource*> sources;
  ProfileMap map;
};

Tile& tile() {
  static Tile instance;
  return instance;
}

RowTest equals(int16_t field, int64_t first, int64_t last) {
  RowTest test;
  test.predicate.field = field;
  test.predicate.kind = ValueKind::kInteger;
  test.predicate.method = PredicateMethod::kIntegers;
  test.predicate.ranges = {{first, last}};
  return test;
}

void add_definition(EvaluationPlan& plan, CounterPlan&& counter, int64_t minimum) {
  const uint32_t index = share_counter(plan, std::move(counter));
  plan.roots.push_back(static_cast<uint32_t>(plan.nodes.size()));
  plan.nodes.push_back({PlanNodeKind::kCount, {}, index, minimum, INT64_MAX, 0});
}

void run(benchmark::State& state, const EvaluationPlan& plan) {
  NoMatchers matchers;
  NeverInterrupt interrupt;
  TileEvaluator evaluator(plan, matchers, interrupt, nullptr);
  for (auto _ : state) benchmark::DoNotOptimize(evaluator.evaluate(0, tile().map, tile().sources));
}

void run_one(benchmark::State& state, std::optional<RowTest> test, TimeRange window, int64_t minimum) {
  EvaluationPlan plan;
  add_definition(plan, CounterPlan::of(1, window, std::move(test), minimum), minimum);
  run(state, plan);
}

void any(benchmark::State& state) { run_one(state, {}, {}, 1); }
BENCHMARK(any)->Unit(benchmark::kMicrosecond);

void at_least_3(benchmark::State& state) { run_one(state, {}, {}, 3); }
BENCHMARK(at_least_3)->Unit(benchmark::kMicrosecond);

void at_least_20(benchmark::State& state) { run_one(state, {}, {}, 20); }
BENCHMARK(at_least_20)->Unit(benchmark::kMicrosecond);

void any_in_last_30_days(benchmark::State& state) { run_one(state, {}, {60 * kDay, 90 * kDay}, 1); }
BENCHMARK(any_in_last_30_days)->Unit(benchmark::kMicrosecond);

void equality_of_12_values(benchmark::State& state) { run_one(state, equals(kClient, 3, 3), {}, 2); }
BENCHMARK(equality_of_12_values)->Unit(benchmark::kMicrosecond);

void one_email(benchmark::State& state) { run_one(state, equals(kEmail, 455, 455), {}, 1); }
BENCHMARK(one_email)->Unit(benchmark::kMicrosecond);

// Definitions over one type that differ in window, restriction and bound.
void many_definitions(benchmark::State& state) {
  EvaluationPlan plan;
  for (int64_t i = 0; i < state.range(0); ++i) {
    CounterPlan counter = CounterPlan::of(1, {(90 - 7 * (1 + i % 12)) * kDay, 90 * kDay});
    if (i % 3 != 0) counter.types[0].restriction = i % 3 == 1 ? equals(kClient, i % 12, i % 12) : equals(kEmail, i, i + 5);
    add_definition(plan, std::move(counter), 1 + i % 5);
  }
  run(state, plan);
}
BENCHMARK(many_definitions)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

void fold(benchmark::State& state) {
  BitCounter counter(static_cast<uint32_t>(state.range(0)));
  for (auto _ : state) {
    counter.fold(tile().map);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(fold)->Arg(1)->Arg(2)->Arg(5)->Unit(benchmark::kMicrosecond);

void add_block(benchmark::State& state) {
  BitCounter counter(static_cast<uint32_t>(state.range(0)));
  std::mt19937_64 random(1);
  std::vector<uint64_t> words(kBlockSize / 64);
  for (uint64_t& word : words) word = random();
  for (auto _ : state) {
    counter.add_block(0, words.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(add_block)->Arg(1)->Arg(2)->Arg(3)->Arg(5)->Arg(20)->Unit(benchmark::kNanosecond);

}  // namespace
