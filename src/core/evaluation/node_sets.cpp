#include "core/evaluation/node_sets.h"

#include <utility>

namespace segments {

NodeGraph::NodeGraph(const EvaluationPlan& plan)
    : needed_(plan.nodes.size(), plan.output == PlanOutput::kExplain), parents_(plan.nodes.size()),
      definitions_(plan.nodes.size()), conditions_(plan.counters.size()), fold_conditions_(plan.folds.size()),
      distinct_conditions_(plan.distincts.size()) {
  for (uint32_t i = 0; i < plan.roots.size(); ++i) {
    definitions_[plan.roots[i]].push_back(i);
    needed_[plan.roots[i]] = true;
  }
  // Parents come after their children, so one pass backwards reaches all.
  for (auto index = static_cast<uint32_t>(plan.nodes.size()); index-- > 0;) {
    if (!needed_[index]) continue;
    const PlanNode& node = plan.nodes[index];
    for (uint32_t position = 0; position < node.children.size(); ++position) {
      needed_[node.children[position]] = true;
      parents_[node.children[position]].push_back({index, position});
    }
    if (is_condition(node.kind)) {
      conditions_[node.counter].push_back(index);
    } else if (is_fold(node.kind)) {
      fold_conditions_[node.fold].push_back(index);
    } else if (node.kind == PlanNodeKind::kDistinct) {
      distinct_conditions_[node.fold].push_back(index);
    } else if (node.kind == PlanNodeKind::kComparison) {
      comparisons_.push_back(index);
    } else if (node.children.empty()) {
      constants_.push_back(index);
    }
  }
}

NodeSets::NodeSets(const EvaluationPlan& plan, const NodeGraph& graph, uint32_t tile, const ProfileMap& map, Stopwatch* stopwatch,
                   TileResult& result)
    : plan_(plan), graph_(graph), tile_(tile), map_(map), stopwatch_(stopwatch), result_(result), sets_(plan.nodes.size()) {
  missing_children_.reserve(plan.nodes.size());
  for (const PlanNode& node : plan.nodes) missing_children_.push_back(static_cast<uint32_t>(node.children.size()));
  switch (plan.output) {
    case PlanOutput::kSets:
    case PlanOutput::kRecords:
      result_.sets.resize(plan.roots.size());
      [[fallthrough]];
    case PlanOutput::kCounts:
      result_.counts.resize(plan.roots.size());
      break;
    case PlanOutput::kExplain:
      result_.nodes.resize(plan.nodes.size());
      break;
    case PlanOutput::kEvidence:
    case PlanOutput::kShares:
    case PlanOutput::kValueCounts:
      break;
  }
}

std::unique_ptr<DenseSet> NodeSets::constant(const PlanNode& node) const {
  // Nothing at all is in an empty "or"; an empty "and" excludes nothing.
  if (node.kind == PlanNodeKind::kOr) return std::make_unique<DenseSet>();
  auto set = std::make_unique<DenseSet>(map_.profiles());
  if (node.kind == PlanNodeKind::kSet) *set &= plan_.ordinal_sets[node.set].to_dense(tile_);
  return set;
}

void NodeSets::finish_constants() {
  for (const uint32_t node : graph_.constants()) {
    const uint64_t start = now();
    auto set = constant(plan_.nodes[node]);
    finish_condition(node, std::move(set), now() - start);
  }
}

void NodeSets::finish_condition(uint32_t node, std::unique_ptr<DenseSet> set, uint64_t nanoseconds) {
  if (plan_.output == PlanOutput::kExplain) result_.nodes[node].nanoseconds += nanoseconds;
  finish({node, std::move(set)});
}

// Iterative: a tree may be as deep as it has nodes.
void NodeSets::finish(Done&& first) {
  std::vector<Done> pending;
  pending.push_back(std::move(first));
  while (!pending.empty()) {
    const Done done = std::move(pending.back());
    pending.pop_back();
    report(done);
    for (const NodeGraph::Parent& parent : graph_.parents(done.node)) {
      const uint64_t start = now();
      accumulate(parent, *done.set);
      if (plan_.output == PlanOutput::kExplain) result_.nodes[parent.node].nanoseconds += now() - start;
      if (--missing_children_[parent.node] == 0) pending.push_back({parent.node, std::move(sets_[parent.node])});
    }
  }
}

void NodeSets::report(const Done& done) {
  if (plan_.output == PlanOutput::kExplain) {
    result_.nodes[done.node].members = done.set->cardinality();
    return;
  }
  const auto& definitions = graph_.definitions(done.node);
  if (definitions.empty()) return;
  const uint32_t count = done.set->cardinality();
  for (const uint32_t definition : definitions) {
    result_.counts[definition] = count;
    if (!result_.sets.empty()) result_.sets[definition] = ProfileSet::from_dense(tile_, *done.set);
  }
}

void NodeSets::accumulate(const NodeGraph::Parent& parent, const DenseSet& child) {
  std::unique_ptr<DenseSet>& set = sets_[parent.node];
  const PlanNodeKind kind = plan_.nodes[parent.node].kind;
  const bool subtracts = kind == PlanNodeKind::kNot || (kind == PlanNodeKind::kExcept && parent.position == 1);
  if (!set) {
    set = std::make_unique<DenseSet>(subtracts ? map_.profiles() : child);
    if (!subtracts) return;
  }
  if (subtracts) {
    *set -= child;
  } else if (kind == PlanNodeKind::kOr) {
    *set |= child;
  } else {
    *set &= child;
  }
}

}  // namespace segments
