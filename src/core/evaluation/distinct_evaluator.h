// The numbers of different values that a plan asks for, over one tile.
#pragma once
#include <vector>

#include "core/evaluation/counted_fragments.h"
#include "core/evaluation/edge_rows.h"
#include "core/evaluation/node_sets.h"
#include "core/evaluation/number_comparison.h"

namespace segments {

// Of one of a plan's distincts over a tile.  All must outlive this.
struct DistinctOfTile {
  const EvaluationPlan& plan;
  const DistinctPlan& distinct;
  Restrictions& restrictions;
  ValueMatcherFactory& matchers;
  Interrupt& interrupt;
  uint32_t tile;
  const ProfileMap& map;
  const FragmentsByType& fragments;
  EdgeFinder& edges;

  // By first record: how many different values there are.  `identity`: made if it is needed and there is none.  What is read is
  // added to `work`, which may be null.
  std::vector<uint32_t> count(std::unique_ptr<ValueIdentity>& identity, CounterWork* work) const;
};

class DistinctEvaluator {
 public:
  // All must outlive this; `stopwatch` may be null.
  DistinctEvaluator(const EvaluationPlan& plan, const NodeGraph& graph, Restrictions& restrictions, ValueMatcherFactory& matchers,
                    Interrupt& interrupt, Stopwatch* stopwatch);

  // Hands in the sets of the conditions that ask for them.
  void evaluate(uint32_t tile, const ProfileMap& map, const FragmentsByType& fragments, EdgeFinder& edges, NodeSets& sets,
                std::vector<CounterWork>& work);

 private:
  struct Distinct {
    uint32_t index;
    std::vector<uint32_t> nodes;
    std::vector<NumberComparison> comparisons;  // by node
    std::unique_ptr<ValueIdentity> identity;    // once used; kServer
  };

  uint64_t now() const { return stopwatch_ != nullptr ? stopwatch_->nanoseconds() : 0; }
  void evaluate(Distinct& distinct, uint32_t tile, const ProfileMap& map, const FragmentsByType& fragments, EdgeFinder& edges,
                NodeSets& sets, CounterWork& work);

  const EvaluationPlan& plan_;
  Restrictions& restrictions_;
  ValueMatcherFactory& matchers_;
  Interrupt& interrupt_;
  Stopwatch* const stopwatch_;
  std::vector<Distinct> distincts_;
};

}  // namespace segments
