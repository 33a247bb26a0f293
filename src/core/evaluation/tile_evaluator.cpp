#include "core/evaluation/tile_evaluator.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/evaluation/bit_counter.h"
#include "core/evaluation/counted_rows.h"
#include "core/evaluation/distinct_evaluator.h"
#include "core/evaluation/edge_rows.h"
#include "core/evaluation/evidence.h"
#include "core/evaluation/fold_evaluator.h"
#include "core/evaluation/fragment_reader.h"
#include "core/evaluation/node_sets.h"
#include "core/evaluation/period_counter.h"
#include "core/evaluation/restriction.h"
#include "core/evaluation/row_addition.h"
#include "core/evaluation/value_evaluator.h"
#include "core/evaluation/value_shares.h"

namespace segments {
namespace {

// Counters alive at a time, in planes of 16 KiB.  A type with more is gone through several times.
constexpr uint32_t kPlanesAtATime = 256;
// Likewise, of the periods of one counter.
constexpr uint32_t kPeriodPlanesAtATime = 512;

}  // namespace

struct TileEvaluator::Implementation {
  Implementation(const EvaluationPlan& evaluation_plan, ValueMatcherFactory& matchers, Interrupt& an_interrupt,
                 Stopwatch* a_stopwatch)
      : plan(evaluation_plan), interrupt(an_interrupt), stopwatch(a_stopwatch),
        restrictions(evaluation_plan, matchers, an_interrupt), graph(evaluation_plan),
        folds(evaluation_plan, graph, restrictions, an_interrupt, a_stopwatch),
        distincts(evaluation_plan, graph, restrictions, matchers, an_interrupt, a_stopwatch),
        values(evaluation_plan, graph, restrictions, matchers, an_interrupt, a_stopwatch),
        plane_counts(evaluation_plan.counters.size()), most_counts(evaluation_plan.counters.size()) {
    for (uint32_t counter = 0; counter < plan.counters.size(); ++counter) {
      if (graph.conditions(counter).empty()) continue;
      const CounterPlan& counted = plan.counters[counter];
      int64_t largest = 0;
      for (const uint32_t index : graph.conditions(counter)) {
        const PlanNode& node = plan.nodes[index];
        largest =
            std::max(largest, node.kind == PlanNodeKind::kCount ? distinguished_count(node.minimum, node.maximum)
                                                                : distinguished_count(node.period_minimum, node.period_maximum));
      }
      plane_counts[counter] = BitCounter::planes_for(largest);
      most_counts[counter] = static_cast<uint32_t>(std::min<int64_t>(largest, UINT32_MAX - 1)) + 1;
      if (!counted.periods.empty()) {
        periodic_counters.push_back(counter);
        continue;
      }
      std::vector<int32_t> types;
      for (const CountedType& type : counted.types) types.push_back(type.type_id);
      const EdgePlan edge = counted.edge.value_or(EdgePlan{.among = UINT32_MAX});
      counters_by_types[{edge.among, edge.latest, edge.count, types}].push_back(counter);
    }
  }

  std::vector<ValueCounts> count_values(uint32_t tile, const ProfileMap& map, const std::vector<FragmentSource*>& fragments);

  uint64_t now() const { return stopwatch != nullptr ? stopwatch->nanoseconds() : 0; }
  // The end of the counters, from `first` on, that are evaluated together.
  size_t batch_end(const std::vector<uint32_t>& counters, size_t first) const;
  void count_batch(std::span<const uint32_t> counters, uint32_t tile, const ProfileMap& map, const FragmentsByType& fragments,
                   EdgeFinder& edges, NodeSets& sets, std::vector<CounterWork>& work);
  void count_fragment(FragmentReader& fragment, uint32_t index, size_t type, const EdgeRows* edge, BitCounter& counter,
                      CounterWork& work);
  void count_periods(uint32_t index, uint32_t tile, const FragmentsByType& fragments, const ProfileMap& map, EdgeFinder& edges,
                     NodeSets& sets, CounterWork& work);
  void count_chunk(uint32_t index, uint32_t tile, const FragmentsByType& fragments, std::span<const TimeRange> periods,
                   const EdgeRows* edge, PeriodCounter& counter, CounterWork& work);
  void finish_counter(uint32_t index, BitCounter& counter, const ProfileMap& map, NodeSets& sets, CounterWork& work);

  const EvaluationPlan& plan;
  Interrupt& interrupt;
  Stopwatch* stopwatch;
  Restrictions restrictions;
  NodeGraph graph;
  FoldEvaluator folds;
  DistinctEvaluator distincts;
  ValueEvaluator values;
  std::vector<uint32_t> plane_counts;  // by counter
  std::vector<uint32_t> most_counts;   // by counter: larger counts need not be told apart
  // Those that a needed node asks for, by edge and types.
  std::map<std::tuple<uint32_t, bool, uint32_t, std::vector<int32_t>>, std::vector<uint32_t>> counters_by_types;
  std::vector<uint32_t> periodic_counters;
};

std::vector<ValueCounts> TileEvaluator::Implementation::count_values(uint32_t tile, const ProfileMap& map,
                                                                     const std::vector<FragmentSource*>& fragments) {
  std::vector<ValueCounts> counts(plan.counted_fields.size());
  for (FragmentSource* source : fragments) {
    FragmentReader reader(*source, tile, restrictions);
    for (size_t i = 0; i < counts.size(); ++i) {
      const CountedField& field = plan.counted_fields[i];
      const CounterPlan& counter = plan.counters[field.counter];
      if (counter.types.front().type_id != source->type_id()) continue;
      interrupt.poll();
      segments::count_values(field, counter, restrictions.of_counter(field.counter, 0), reader, *source, map, counts[i]);
    }
  }
  return counts;
}

size_t TileEvaluator::Implementation::batch_end(const std::vector<uint32_t>& counters, size_t first) const {
  uint32_t planes = plane_counts[counters[first]];
  size_t end = first + 1;
  while (end < counters.size() && planes + plane_counts[counters[end]] <= kPlanesAtATime) {
    planes += plane_counts[counters[end++]];
  }
  return end;
}

// Counters of the same types and edge.
void TileEvaluator::Implementation::count_batch(std::span<const uint32_t> counters, uint32_t tile, const ProfileMap& map,
                                                const FragmentsByType& fragments, EdgeFinder& edges, NodeSets& sets,
                                                std::vector<CounterWork>& work) {
  const uint64_t beginning = now();
  const std::shared_ptr<const EdgeRows> edge = edges.of_counter(counters.front());
  work[counters.front()].nanoseconds += now() - beginning;
  std::vector<std::optional<BitCounter>> batch(counters.size());
  for (size_t i = 0; i < counters.size(); ++i) batch[i].emplace(plane_counts[counters[i]]);
  const std::vector<CountedType>& types = plan.counters[counters.front()].types;
  for (size_t type = 0; type < types.size(); ++type) {
    const auto found = fragments.find(types[type].type_id);
    if (found == fragments.end()) continue;
    for (FragmentSource* source : found->second) {
      FragmentReader fragment(*source, tile, restrictions);
      for (size_t i = 0; i < counters.size(); ++i) {
        interrupt.poll();
        const uint64_t start = now();
        count_fragment(fragment, counters[i], type, edge.get(), *batch[i], work[counters[i]]);
        fragment.release();
        work[counters[i]].nanoseconds += now() - start;
      }
    }
  }
  for (size_t i = 0; i < counters.size(); ++i) {
    interrupt.poll();
    finish_counter(counters[i], *batch[i], map, sets, work[counters[i]]);
    batch[i].reset();
  }
}

void TileEvaluator::Implementation::count_fragment(FragmentReader& fragment, uint32_t index, size_t type, const EdgeRows* edge,
                                                   BitCounter& counter, CounterWork& work) {
  const CounterPlan& counted = plan.counters[index];
  CountedRows counted_rows(fragment, restrictions.of_counter(index, type), counted.window, counted.hole, edge);
  if (counted_rows.fold() == Truth::kNone) {
    ++work.fragments_pruned;
    return;
  }
  ++work.fragments_read;
  if (counted_rows.fold() == Truth::kAll) {
    add_all_rows(fragment.blocks(most_counts[index]), most_counts[index], counter);
    work.rows_scanned += fragment.tile_row_count();
    return;
  }
  work.rows_scanned += fragment.tile_row_count();
  const RowSet* rows = nullptr;
  const Truth truth = counted_rows.select(&rows);
  if (truth == Truth::kAll) add_all_rows(fragment.blocks(), most_counts[index], counter);
  if (truth == Truth::kSome) add_rows(fragment.blocks(), *rows, counter);
}

void TileEvaluator::Implementation::count_chunk(uint32_t index, uint32_t tile, const FragmentsByType& fragments,
                                                std::span<const TimeRange> periods, const EdgeRows* edge, PeriodCounter& counter,
                                                CounterWork& work) {
  const CounterPlan& counted = plan.counters[index];
  const TimeRange window = {periods.front().first, periods.back().last};
  for (size_t type = 0; type < counted.types.size(); ++type) {
    const auto found = fragments.find(counted.types[type].type_id);
    if (found == fragments.end()) continue;
    for (FragmentSource* source : found->second) {
      interrupt.poll();
      FragmentReader fragment(*source, tile, restrictions);
      CountedRows counted_rows(fragment, restrictions.of_counter(index, type), window, counted.hole, edge);
      if (counted_rows.fold() == Truth::kNone) {
        ++work.fragments_pruned;
        continue;
      }
      ++work.fragments_read;
      work.rows_scanned += fragment.tile_row_count();
      const RowSet* rows = nullptr;
      if (counted_rows.select(&rows) != Truth::kNone) counter.add(fragment.blocks(), rows, fragment.row_times());
    }
  }
}

// Many periods are gone through some at a time, so that their counters fit.
void TileEvaluator::Implementation::count_periods(uint32_t index, uint32_t tile, const FragmentsByType& fragments,
                                                  const ProfileMap& map, EdgeFinder& edges, NodeSets& sets, CounterWork& work) {
  const uint64_t start = now();
  const std::shared_ptr<const EdgeRows> edge = edges.of_counter(index);
  const std::span<const TimeRange> periods = plan.counters[index].periods;
  std::vector<std::unique_ptr<PeriodTally>> tallies;
  for (const uint32_t node : graph.conditions(index)) tallies.push_back(std::make_unique<PeriodTally>(plan.nodes[node]));
  const size_t chunk_size = std::max<size_t>(1, kPeriodPlanesAtATime / plane_counts[index]);
  for (size_t first = 0; first < periods.size(); first += chunk_size) {
    const auto chunk = periods.subspan(first, std::min(chunk_size, periods.size() - first));
    PeriodCounter counter(chunk, plane_counts[index]);
    count_chunk(index, tile, fragments, chunk, edge.get(), counter, work);
    for (size_t period = 0; period < chunk.size(); ++period) {
      interrupt.poll();
      counter.of_period(period).fold(map);
      for (size_t i = 0; i < tallies.size(); ++i) {
        const PlanNode& node = plan.nodes[graph.conditions(index)[i]];
        DenseSet holding;
        counter.of_period(period).between(node.period_minimum, node.period_maximum, holding);
        tallies[i]->add(holding);
      }
    }
  }
  work.nanoseconds += now() - start;
  for (size_t i = 0; i < tallies.size(); ++i) {
    auto set = std::make_unique<DenseSet>(map.profiles());
    tallies[i]->restrict(*set);
    sets.finish_condition(graph.conditions(index)[i], std::move(set), 0);
  }
}

void TileEvaluator::Implementation::finish_counter(uint32_t index, BitCounter& counter, const ProfileMap& map, NodeSets& sets,
                                                   CounterWork& work) {
  const uint64_t start = now();
  const bool of_profiles = plan.output != PlanOutput::kRecords;
  if (of_profiles) counter.fold(map);
  work.nanoseconds += now() - start;
  for (const uint32_t node : graph.conditions(index)) {
    const uint64_t node_start = now();
    auto set = std::make_unique<DenseSet>();
    counter.between(plan.nodes[node].minimum, plan.nodes[node].maximum, *set);
    if (of_profiles) *set &= map.profiles();
    sets.finish_condition(node, std::move(set), now() - node_start);
  }
}

TileEvaluator::TileEvaluator(const EvaluationPlan& plan, ValueMatcherFactory& matchers, Interrupt& interrupt,
                             Stopwatch* stopwatch)
    : implementation_(std::make_unique<Implementation>(plan, matchers, interrupt, stopwatch)) {}

TileEvaluator::~TileEvaluator() = default;

TileResult TileEvaluator::evaluate(uint32_t tile, const ProfileMap& map, const std::vector<FragmentSource*>& fragments) {
  Implementation& own = *implementation_;
  TileResult result;
  if (own.plan.output == PlanOutput::kEvidence) {
    result.evidence = evidence_of(own.plan.subject, own.plan, own.restrictions, tile, map, fragments, own.interrupt);
    return result;
  }
  if (own.plan.output == PlanOutput::kValueCounts) {
    result.value_counts = own.count_values(tile, map, fragments);
    return result;
  }
  if (own.plan.output == PlanOutput::kShares) {
    TileShares shares = value_shares(own.plan, own.restrictions, tile, map, fragments, own.interrupt);
    result.counts = std::move(shares.sizes);
    result.shares = std::move(shares.fields);
    return result;
  }
  std::vector<CounterWork> work(own.plan.counters.size());
  FragmentsByType fragments_by_type;
  for (FragmentSource* fragment : fragments) fragments_by_type[fragment->type_id()].push_back(fragment);

  NodeSets sets(own.plan, own.graph, tile, map, own.stopwatch, result);
  sets.finish_constants();
  EdgeFinder edges(own.plan, own.restrictions, own.interrupt, tile, map, fragments_by_type);
  for (const auto& [which, counters] : own.counters_by_types) {
    for (size_t first = 0, end = 0; first < counters.size(); first = end) {
      end = own.batch_end(counters, first);
      own.count_batch(std::span(counters).subspan(first, end - first), tile, map, fragments_by_type, edges, sets, work);
    }
  }
  for (const uint32_t counter : own.periodic_counters) {
    own.count_periods(counter, tile, fragments_by_type, map, edges, sets, work[counter]);
  }
  own.folds.evaluate(tile, map, fragments_by_type, edges, sets, work);
  own.distincts.evaluate(tile, map, fragments_by_type, edges, sets, work);
  own.values.evaluate(tile, map, fragments_by_type, edges, sets, work);
  if (own.plan.output == PlanOutput::kExplain) result.counters = std::move(work);
  return result;
}

}  // namespace segments
