// The and/or/not tree of a plan over one tile.
//
// Works in whatever order the conditions become known: every node accumulates its children as they are done, passes
// its set on when it has all of them, and is freed.  So few sets are alive at a time, however many definitions a plan
// holds.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "core/plan/plan.h"
#include "core/evaluation/profile_map.h"
#include "core/evaluation/tile_evaluator.h"

namespace segments {

// Who waits for whom; the same for all tiles.
class NodeGraph {
 public:
  explicit NodeGraph(const EvaluationPlan& plan);

  struct Parent {
    uint32_t node;
    uint32_t position;  // among the parent's children
  };
  // Whether the node's set is asked for: it is below a root, or everything is explained.
  bool is_needed(uint32_t node) const { return needed_[node]; }
  const std::vector<Parent>& parents(uint32_t node) const { return parents_[node]; }
  // The definitions that the node is the root of.
  const std::vector<uint32_t>& definitions(uint32_t node) const { return definitions_[node]; }
  // The needed conditions (is_condition) of a counter.
  const std::vector<uint32_t>& conditions(uint32_t counter) const { return conditions_[counter]; }
  // The needed conditions (is_fold) of a fold.
  const std::vector<uint32_t>& fold_conditions(uint32_t fold) const { return fold_conditions_[fold]; }
  // The needed conditions (kDistinct) of a number of different values.
  const std::vector<uint32_t>& distinct_conditions(uint32_t distinct) const { return distinct_conditions_[distinct]; }
  // The needed comparisons of values (kComparison).
  const std::vector<uint32_t>& comparisons() const { return comparisons_; }
  // Needed nodes that wait for nothing: kAll, kSet, and others without children.
  const std::vector<uint32_t>& constants() const { return constants_; }

 private:
  std::vector<bool> needed_;
  std::vector<std::vector<Parent>> parents_;  // needed parents only
  std::vector<std::vector<uint32_t>> definitions_;
  std::vector<std::vector<uint32_t>> conditions_;
  std::vector<std::vector<uint32_t>> fold_conditions_;
  std::vector<std::vector<uint32_t>> distinct_conditions_;
  std::vector<uint32_t> comparisons_;
  std::vector<uint32_t> constants_;
};

class NodeSets {
 public:
  // All must outlive this; `stopwatch` may be null.
  NodeSets(const EvaluationPlan& plan, const NodeGraph& graph, uint32_t tile, const ProfileMap& map, Stopwatch* stopwatch,
           TileResult& result);

  void finish_constants();
  // Hands in the set of a condition or constant, which took `nanoseconds`: a subset of the profiles.
  void finish_condition(uint32_t node, std::unique_ptr<DenseSet> set, uint64_t nanoseconds);

 private:
  struct Done {
    uint32_t node;
    std::unique_ptr<DenseSet> set;
  };

  void finish(Done&& first);
  void report(const Done& done);
  // Combines a child's set into its parent's.
  void accumulate(const NodeGraph::Parent& parent, const DenseSet& child);
  std::unique_ptr<DenseSet> constant(const PlanNode& node) const;
  uint64_t now() const { return stopwatch_ != nullptr ? stopwatch_->nanoseconds() : 0; }

  const EvaluationPlan& plan_;
  const NodeGraph& graph_;
  const uint32_t tile_;
  const ProfileMap& map_;
  Stopwatch* const stopwatch_;
  TileResult& result_;
  std::vector<std::unique_ptr<DenseSet>> sets_;  // of nodes that have some of their children
  std::vector<uint32_t> missing_children_;
};

}  // namespace segments
