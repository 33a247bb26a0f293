// The folds of a plan over one tile: some at a time, so that their sums fit, which share what is read of a fragment.
#pragma once
#include <vector>

#include "core/evaluation/counted_fragments.h"
#include "core/evaluation/edge_rows.h"
#include "core/evaluation/node_sets.h"
#include "core/evaluation/number_comparison.h"

namespace segments {

class FoldEvaluator {
 public:
  // All must outlive this; `stopwatch` may be null.
  FoldEvaluator(const EvaluationPlan& plan, const NodeGraph& graph, Restrictions& restrictions, Interrupt& interrupt,
                Stopwatch* stopwatch);

  // Hands in the sets of the conditions that ask for folds.
  void evaluate(uint32_t tile, const ProfileMap& map, const FragmentsByType& fragments, EdgeFinder& edges, NodeSets& sets,
                std::vector<CounterWork>& work);

 private:
  struct Fold {
    uint32_t index;
    bool averages;  // one of the conditions does
    std::vector<uint32_t> nodes;
    std::vector<NumberComparison> comparisons;  // by node
  };
  struct Running;

  uint64_t now() const { return stopwatch_ != nullptr ? stopwatch_->nanoseconds() : 0; }
  const CounterPlan& counter_of(const Fold& fold) const { return plan_.counters[plan_.folds[fold.index].counter]; }
  void evaluate(std::span<Running> running, uint32_t tile, const ProfileMap& map, const FragmentsByType& fragments,
                NodeSets& sets, std::vector<CounterWork>& work);
  void add_fragment(FragmentSource& source, uint32_t tile, std::span<Running> running, std::vector<CounterWork>& work);
  void evaluate_wide(const Running& running, uint32_t tile, const ProfileMap& map, const FragmentsByType& fragments,
                     std::span<std::unique_ptr<DenseSet>> results);

  const EvaluationPlan& plan_;
  Restrictions& restrictions_;
  Interrupt& interrupt_;
  Stopwatch* const stopwatch_;
  std::vector<Fold> folds_;
};

}  // namespace segments
