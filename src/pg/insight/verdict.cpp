#include "pg/insight/verdict.h"

#include "pg/insight/window_passing.h"
#include "pg/server/time_limit.h"

namespace segments::pg {
namespace {

bool moves_with_time(const Restriction& restriction) {
  return std::ranges::any_of(restriction.children, [](const auto& child) { return moves_with_time(*child); }) ||
         std::ranges::any_of(restriction.predicate.literals, [](const Literal& literal) { return follows_as_of(literal); });
}

int64_t nearest_threshold(const Having& having, int64_t count) {
  const bool holds = having.minimum <= count && count <= having.maximum;
  if (!holds) return count < having.minimum ? having.minimum : having.maximum;
  const int64_t more = having.maximum == INT64_MAX ? INT64_MAX : having.maximum + 1;
  if (having.minimum == 0) return more;
  const int64_t fewer = having.minimum - 1;
  return more == INT64_MAX || count - fewer < more - count ? fewer : more;
}

// One condition over time.
class ConditionPassing {
 public:
  ConditionPassing(const InteractionCondition& condition, const DefinitionSettings& settings, const std::vector<Timestamp>& times)
      : condition_(condition), having_(condition.having.value_or(Having{})), times_(times),
        window_(condition.window ? &*condition.window : nullptr, settings) {}

  Evidence evidence_at(Timestamp as_of) {
    const auto [first, end] = counted_at(as_of);
    Evidence evidence;
    evidence.interactions = end - first;
    if (first != end) evidence.first = *first;
    if (first != end) evidence.last = *std::prev(end);
    evidence.threshold = nearest_threshold(having_, evidence.interactions);
    return evidence;
  }

  Verdict verdict_from(Timestamp as_of) {
    Verdict verdict;
    verdict.holds = holds_at(as_of);
    if (condition_.restriction != nullptr && moves_with_time(*condition_.restriction)) {
      verdict.is_foreseen = false;
      return verdict;
    }
    LimitedInterrupt interrupt;
    std::set<Timestamp> instants;
    for (size_t i = 0; i < times_.size(); ++i) {
      interrupt.poll();
      if (i == 0 || times_[i] != times_[i - 1]) window_.add_instants(times_[i], as_of, instants);
    }
    bool holds = verdict.holds;
    for (const Timestamp instant : instants) {
      interrupt.poll();
      if (instant >= kEndTimestamp || holds_at(instant) == holds) continue;
      holds = !holds;
      verdict.changes.push_back(instant);
    }
    return verdict;
  }

 private:
  using Place = std::vector<Timestamp>::const_iterator;

  std::pair<Place, Place> counted_at(Timestamp as_of) {
    const TimeRange range = window_.range_at(as_of);
    if (range.empty()) return {times_.begin(), times_.begin()};
    return {std::ranges::lower_bound(times_, range.first), std::ranges::upper_bound(times_, range.last)};
  }

  bool holds_at(Timestamp as_of) {
    const auto [first, end] = counted_at(as_of);
    return having_.minimum <= end - first && end - first <= having_.maximum;
  }

  const InteractionCondition& condition_;
  Having having_;
  const std::vector<Timestamp>& times_;
  WindowPassing window_;
};

bool combined(NodeKind kind, const std::vector<bool>& children) {
  switch (kind) {
    case NodeKind::kAnd:
      return std::ranges::all_of(children, [](bool child) { return child; });
    case NodeKind::kOr:
      return std::ranges::any_of(children, [](bool child) { return child; });
    case NodeKind::kExcept:
      return children[0] && !children[1];
    case NodeKind::kNot:
      return !children[0];
    case NodeKind::kAll:
    case NodeKind::kInteraction:
      return true;
  }
  return false;
}

Verdict combined(NodeKind kind, const std::vector<const Verdict*>& children) {
  std::vector<bool> holds;
  std::map<Timestamp, std::vector<size_t>> changes;
  Verdict verdict;
  for (size_t i = 0; i < children.size(); ++i) {
    holds.push_back(children[i]->holds);
    if (!children[i]->is_foreseen) verdict.is_foreseen = false;
    for (const Timestamp at : children[i]->changes) changes[at].push_back(i);
  }
  verdict.holds = combined(kind, holds);
  if (!verdict.is_foreseen) return verdict;
  bool now = verdict.holds;
  for (const auto& [at, changed] : changes) {
    for (const size_t child : changed) holds[child] = !holds[child];
    if (combined(kind, holds) == now) continue;
    now = !now;
    verdict.changes.push_back(at);
  }
  return verdict;
}

class VerdictReader {
 public:
  VerdictReader(const DefinitionSettings& settings, Timestamp as_of, const Resolver& resolver, const EvaluationPlan& plan,
                const std::vector<std::vector<Timestamp>>& times)
      : settings_(settings), as_of_(as_of), resolver_(resolver), plan_(plan), times_(times) {}

  void add(const Node& node, int32_t parent, int32_t depth) {
    const size_t place = verdicts_.size();
    verdicts_.push_back({&node, parent, depth, {}, std::nullopt});
    std::vector<size_t> children;
    for (const auto& child : node.children) {
      children.push_back(verdicts_.size());
      add(*child, static_cast<int32_t>(place) + 1, depth + 1);
    }
    if (node.kind == NodeKind::kInteraction) {
      ConditionPassing condition(*node.interaction, settings_, times_.at(plan_.nodes[resolver_.plan_node(&node)].counter));
      verdicts_[place].evidence = condition.evidence_at(as_of_);
      verdicts_[place].verdict = condition.verdict_from(as_of_);
      return;
    }
    std::vector<const Verdict*> parts;
    for (const size_t child : children) parts.push_back(&verdicts_[child].verdict);
    verdicts_[place].verdict = combined(node.kind, parts);
  }

  std::vector<NodeVerdict> take() { return std::move(verdicts_); }

 private:
  const DefinitionSettings& settings_;
  Timestamp as_of_;
  const Resolver& resolver_;
  const EvaluationPlan& plan_;
  const std::vector<std::vector<Timestamp>>& times_;
  std::vector<NodeVerdict> verdicts_;
};

}  // namespace

std::vector<NodeVerdict> verdicts_of(const Definition& definition, const DefinitionSettings& settings, Timestamp as_of,
                                     const Resolver& resolver, const EvaluationPlan& plan,
                                     const std::vector<std::vector<Timestamp>>& times) {
  VerdictReader reader(settings, as_of, resolver, plan, times);
  reader.add(*definition.root, 0, 0);
  return reader.take();
}

}  // namespace segments::pg
