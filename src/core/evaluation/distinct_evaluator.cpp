#include "core/evaluation/distinct_evaluator.h"

#include "core/evaluation/distinct_counter.h"

namespace segments {
namespace {

// The profiles of whose values there are as many as the comparison wants.
std::unique_ptr<DenseSet> compared(const NumberComparison& comparison, const std::vector<uint32_t>& counts,
                                   const ProfileMap& map) {
  std::vector<ScaledNumber> literals;
  for (const Number& literal : comparison.literals()) literals.push_back(scaled(literal, 0));
  auto holding = std::make_unique<DenseSet>();
  map.profiles().for_each([&](uint32_t first) {
    const bool holds = comparison.holds([&](size_t i) {
      const NumberClass kind = comparison.literals()[i].kind;
      if (kind != NumberClass::kFinite) return kind < NumberClass::kFinite ? 1 : -1;
      return order_of(counts[first], 1, literals[i]);
    });
    if (holds) holding->insert(first);
  });
  return holding;
}

}  // namespace

DistinctEvaluator::DistinctEvaluator(const EvaluationPlan& plan, const NodeGraph& graph, Restrictions& restrictions,
                                     ValueMatcherFactory& matchers, Interrupt& interrupt, Stopwatch* stopwatch)
    : plan_(plan), restrictions_(restrictions), matchers_(matchers), interrupt_(interrupt), stopwatch_(stopwatch) {
  for (uint32_t index = 0; index < plan.distincts.size(); ++index) {
    if (graph.distinct_conditions(index).empty()) continue;
    Distinct& distinct = distincts_.emplace_back(Distinct{index, graph.distinct_conditions(index), {}, nullptr});
    for (const uint32_t node : distinct.nodes) distinct.comparisons.emplace_back(plan.nodes[node]);
  }
}

std::vector<uint32_t> DistinctOfTile::count(std::unique_ptr<ValueIdentity>& identity, CounterWork* work) const {
  const bool by_server = distinct.fields.front().equality == ValueEquality::kServer;
  if (by_server && !identity) identity = matchers.make_identity(distinct.type_oid, distinct.collation_oid);
  DistinctCounter counter(map, identity.get(), matchers.hash_seed(), interrupt);
  const std::shared_ptr<const EdgeRows> edge = edges.of_counter(distinct.counter);
  const CountedFragments counted(plan, distinct.counter, restrictions, tile, fragments, interrupt, edge.get());
  counter.count([&](const DistinctCounter::Use& use) {
    counted.for_each(std::exchange(work, nullptr), [&](FragmentReader& fragment, CountedRows& rows, size_t place) {
      const DistinctField& field = distinct.fields[place];
      ValuedRows values(fragment, rows, field.field, field.kind, field.missing);
      if (!values.empty()) use(values, field);
    });
  });
  return counter.counts();
}

void DistinctEvaluator::evaluate(Distinct& distinct, uint32_t tile, const ProfileMap& map, const FragmentsByType& fragments,
                                 EdgeFinder& edges, NodeSets& sets, CounterWork& work) {
  const uint64_t start = now();
  const DistinctOfTile counted{plan_, plan_.distincts[distinct.index], restrictions_, matchers_, interrupt_, tile, map, fragments,
                               edges};
  const std::vector<uint32_t> counts = counted.count(distinct.identity, &work);
  work.nanoseconds += now() - start;
  for (size_t i = 0; i < distinct.nodes.size(); ++i) {
    sets.finish_condition(distinct.nodes[i], compared(distinct.comparisons[i], counts, map), 0);
  }
}

void DistinctEvaluator::evaluate(uint32_t tile, const ProfileMap& map, const FragmentsByType& fragments, EdgeFinder& edges,
                                 NodeSets& sets, std::vector<CounterWork>& work) {
  for (Distinct& distinct : distincts_) {
    interrupt_.poll();
    evaluate(distinct, tile, map, fragments, edges, sets, work[plan_.distincts[distinct.index].counter]);
  }
}

}  // namespace segments
