#include "pg/insight/verdict.h"

#include "pg/evaluation/bucket_members.h"

#include <span>

#include "core/calendar/time_span.h"
#include "core/language/period.h"
#include "pg/insight/window_passing.h"
#include "pg/server/time_limit.h"

namespace segments::pg {
namespace {

bool has_moving_literal(const Predicate& predicate) {
  return std::ranges::any_of(predicate.literals, [](const Literal& literal) { return follows_as_of(literal); });
}

bool moves_with_time(const Restriction& restriction) {
  const Predicate& predicate = restriction.predicate;
  if (predicate.op == PredicateOperator::kTimes &&
      (predicate.times->kind != WindowKind::kOn || follows_as_of(predicate.times->start))) {
    return true;
  }
  return std::ranges::any_of(restriction.children, [](const auto& child) { return moves_with_time(*child); }) ||
         has_moving_literal(restriction.predicate);
}

int64_t nearest_threshold(const Having& having, int64_t count) {
  const bool holds = having.minimum <= count && count <= having.maximum;
  if (!holds) return count < having.minimum ? having.minimum : having.maximum;
  const int64_t more = having.maximum == INT64_MAX ? INT64_MAX : having.maximum + 1;
  if (having.minimum == 0) return more;
  const int64_t fewer = having.minimum - 1;
  return more == INT64_MAX || count - fewer < more - count ? fewer : more;
}

// Whether times alone do not tell who satisfies it.
bool has_values(const InteractionCondition& condition) { return condition.aggregate || condition.latest; }

// One condition over time.
class ConditionPassing {
 public:
  // `is_timeless`: of rows of a profile source, which are counted by what they are as of one instant.
  ConditionPassing(const InteractionCondition& condition, bool is_timeless, const DefinitionSettings& settings,
                   const std::vector<Timestamp>& times)
      : condition_(condition), is_timeless_(is_timeless), settings_(settings), having_(effective_having(condition)),
        times_(times), window_(condition.window && !is_timeless ? &*condition.window : nullptr, settings),
        but_not_(condition.but_not ? &*condition.but_not : nullptr, settings), local_time_(settings.time_zone) {}

  Evidence evidence_at(Timestamp as_of) {
    Evidence evidence;
    for (const Span& span : counted_at(as_of)) {
      if (span.empty()) continue;
      if (evidence.interactions == 0 && !is_timeless_) evidence.first = span.front();
      evidence.interactions += static_cast<int64_t>(span.size());
      if (!is_timeless_) evidence.last = span.back();
    }
    const bool is_plain = !condition_.but_not && !condition_.occurrence && !condition_.periods && !has_values(condition_);
    if (is_plain) evidence.threshold = nearest_threshold(having_, evidence.interactions);
    return evidence;
  }

  // `decided`: whether it holds, where times do not tell.
  Verdict verdict_from(Timestamp as_of, std::optional<bool> decided = {}) {
    Verdict verdict;
    verdict.holds = decided ? *decided : holds_at(as_of);
    verdict.unforeseen = unforeseen();
    if (verdict.unforeseen != Unforeseen::kNothing) return verdict;
    LimitedInterrupt interrupt;
    std::set<Timestamp> instants;
    for (size_t i = 0; i < times_.size(); ++i) {
      interrupt.poll();
      if (i > 0 && times_[i] == times_[i - 1]) continue;
      window_.add_instants(times_[i], as_of, instants);
      if (condition_.but_not) but_not_.add_instants(times_[i], as_of, instants);
    }
    if (decided) {
      if (!instants.empty()) verdict.unforeseen = Unforeseen::kValues;
      return verdict;
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
  Unforeseen unforeseen() const {
    if (is_timeless_ && condition_.window) return Unforeseen::kWindow;
    if (condition_.periods && condition_.periods->kind == PeriodsKind::kOfTheLast) return Unforeseen::kPeriods;
    const bool follows = (condition_.restriction != nullptr && moves_with_time(*condition_.restriction)) ||
                         (condition_.aggregate && has_moving_literal(condition_.aggregate->comparison));
    return follows ? Unforeseen::kRestriction : Unforeseen::kNothing;
  }

  using Span = std::span<const Timestamp>;  // of equal or later times each

  Span within(const TimeRange& range) const {
    if (range.empty()) return {};
    return {std::ranges::lower_bound(times_, range.first), std::ranges::upper_bound(times_, range.last)};
  }

  // What is outside of another range, before and after it.
  std::array<Span, 2> outside(const TimeRange& range, const TimeRange& hole) const {
    if (hole.empty()) return {within(range), Span{}};
    const Span before =
        hole.first == kMinusInfinity ? Span{} : within({range.first, std::min(range.last, just_before(hole.first))});
    return {before, within({std::max(range.first, hole.last == kPlusInfinity ? kPlusInfinity : hole.last + 1), range.last})};
  }

  // Of all windows and periods.
  std::vector<Span> counted_at(Timestamp as_of) {
    const TimeRange range = window_.range_at(as_of);
    if (condition_.but_not) {
      const auto [before, after] = outside(range, but_not_.range_at(as_of));
      return {before, after};
    }
    if (condition_.occurrence) return {within({kMinusInfinity, range.last})};
    if (!condition_.periods) return {within(range)};
    std::vector<Span> spans;
    for (const TimeRange& period : periods_at(range, as_of)) spans.push_back(within(period));
    return spans;
  }

  std::vector<TimeRange> periods_at(TimeRange range, Timestamp as_of) {
    if (condition_.periods->kind == PeriodsKind::kDistinct) {
      std::vector<TimeRange> instants;
      for (const Timestamp time : within(range)) {
        if (instants.empty() || instants.back().first != time) instants.push_back({time, time});
      }
      return occupied_units(*condition_.periods, range, instants, settings_.week_start, local_time_);
    }
    return periods_of(*condition_.periods, range, as_of, settings_.week_start, local_time_);
  }

  bool holds_having(int64_t count) const { return having_.minimum <= count && count <= having_.maximum; }

  bool holds_at(Timestamp as_of) {
    if (condition_.occurrence) return holds_occurrence_at(as_of);
    const std::vector<Span> counted = counted_at(as_of);
    if (condition_.periods) return holds_periods(counted);
    int64_t count = 0;
    for (const Span& span : counted) count += static_cast<int64_t>(span.size());
    return holds_having(count) && (!condition_.but_not || within(but_not_.range_at(as_of)).empty());
  }

  bool holds_occurrence_at(Timestamp as_of) {
    const TimeRange range = window_.range_at(as_of);
    if (range.empty()) return false;
    const auto before = std::ranges::lower_bound(times_, range.first) - times_.begin();
    const auto until = std::ranges::upper_bound(times_, range.last) - times_.begin();
    return before < *condition_.occurrence && *condition_.occurrence <= until;
  }

  bool holds_periods(const std::vector<Span>& counted) const {
    const Periods& periods = *condition_.periods;
    int64_t holding = 0;
    int64_t run = 0;
    int64_t longest = 0;
    for (const Span& span : counted) {
      const bool holds = holds_having(static_cast<int64_t>(span.size()));
      holding += holds ? 1 : 0;
      run = holds ? run + 1 : 0;
      longest = std::max(longest, run);
    }
    const int64_t number = periods.kind == PeriodsKind::kInARow ? longest : holding;
    return periods.minimum <= number && number <= periods.maximum;
  }

  const InteractionCondition& condition_;
  bool is_timeless_;
  const DefinitionSettings& settings_;
  Having having_;
  const std::vector<Timestamp>& times_;
  WindowPassing window_;
  WindowPassing but_not_;
  ServerLocalTime local_time_;
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
    case NodeKind::kSegment:
      return children[0];
    case NodeKind::kAll:
    case NodeKind::kInteraction:
    case NodeKind::kBucket:
    case NodeKind::kComparison:
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
    verdict.unforeseen = std::max(verdict.unforeseen, children[i]->unforeseen);
    for (const Timestamp at : children[i]->changes) changes[at].push_back(i);
  }
  verdict.holds = combined(kind, holds);
  if (verdict.unforeseen != Unforeseen::kNothing) return verdict;
  bool now = verdict.holds;
  for (const auto& [at, changed] : changes) {
    for (const size_t child : changed) holds[child] = !holds[child];
    if (combined(kind, holds) == now) continue;
    now = !now;
    verdict.changes.push_back(at);
  }
  return verdict;
}

Verdict constant(bool holds) {
  Verdict verdict;
  verdict.holds = holds;
  return verdict;
}

class VerdictReader {
 public:
  VerdictReader(Timestamp as_of, const Resolver& resolver, const EvaluationPlan& plan,
                const std::vector<std::vector<Timestamp>>& times, const std::set<uint32_t>& holding, const AskedProfile& profile)
      : as_of_(as_of), resolver_(resolver), plan_(plan), times_(times), holding_(holding), profile_(profile) {}

  // A definition with what was listed by hand beside it.
  size_t add(const Node& root, const DefinitionSettings& settings, const ListNodes& lists, int32_t parent, int32_t depth) {
    if (lists.empty()) return add(root, settings, parent, depth);
    const size_t place = verdicts_.size();
    verdicts_.push_back({nullptr, parent, depth, {}, std::nullopt});
    verdicts_[place].text = kWithLists;
    const auto number = static_cast<int32_t>(place) + 1;
    Verdict verdict = verdicts_[add(root, settings, number, depth + 1)].verdict;
    if (lists.included && add_list(*lists.included, kIncludedByHand, number, depth + 1)) verdict = constant(true);
    if (lists.excluded && add_list(*lists.excluded, kExcludedByHand, number, depth + 1)) verdict = constant(false);
    verdicts_[place].verdict = verdict;
    return place;
  }

  // Returns its place among the verdicts.
  size_t add(const Node& node, const DefinitionSettings& settings, int32_t parent, int32_t depth) {
    const size_t place = verdicts_.size();
    verdicts_.push_back({&node, parent, depth, {}, std::nullopt});
    std::vector<size_t> children;
    for (const auto& child : node.children) {
      children.push_back(add(*child, settings, static_cast<int32_t>(place) + 1, depth + 1));
    }
    if (const Expansion* expansion = resolver_.expansion(&node)) children.push_back(add_segment(*expansion, place, depth));
    if (node.kind == NodeKind::kInteraction) {
      const Resolver::ConditionParts& parts = resolver_.parts_of(*node.interaction);
      ConditionPassing condition(*node.interaction, parts.is_timeless, settings, times_.at(parts.counters.front()));
      verdicts_[place].evidence = condition.evidence_at(as_of_);
      std::optional<bool> decided;
      if (has_values(*node.interaction)) decided = holding_.contains(resolver_.plan_node(&node));
      verdicts_[place].verdict = condition.verdict_from(as_of_, decided);
      return place;
    }
    if (node.kind == NodeKind::kComparison) {
      verdicts_[place].verdict = constant(holding_.contains(resolver_.plan_node(&node)));
      verdicts_[place].verdict.unforeseen = Unforeseen::kValues;
      return place;
    }
    if (node.kind == NodeKind::kBucket) {
      const BucketCondition& bucket = *node.bucket;
      const uint32_t number = bucket_of(bucket, profile_.id);
      verdicts_[place].verdict = constant(bucket.first <= number && number <= bucket.last);
      verdicts_[place].note = "in bucket " + std::to_string(number) + " of " + std::to_string(bucket.count);
      return place;
    }
    if (const ReferencedSegment* segment = resolver_.past_of(&node)) {
      add_past(*segment, *node.segment, settings, verdicts_[place]);
      return place;
    }
    std::vector<const Verdict*> parts;
    for (const size_t child : children) parts.push_back(&verdicts_[child].verdict);
    verdicts_[place].verdict = combined(node.kind, parts);
    if (verdicts_[place].is_opaque) {
      // When it changes would tell of windows that are not to be seen.
      verdicts_[place].verdict.changes.clear();
      verdicts_[place].verdict.unforeseen = Unforeseen::kHidden;
    }
    return place;
  }

  // Without what is not to be seen.
  std::vector<NodeVerdict> take() {
    std::vector<NodeVerdict> shown;
    std::vector<int32_t> numbers(verdicts_.size() + 1, 0);
    std::vector<bool> hidden(verdicts_.size() + 1, false);
    for (size_t i = 0; i < verdicts_.size(); ++i) {
      const auto parent = static_cast<size_t>(verdicts_[i].parent);
      hidden[i + 1] = parent != 0 && (hidden[parent] || verdicts_[parent - 1].is_opaque);
      if (hidden[i + 1]) continue;
      numbers[i + 1] = static_cast<int32_t>(shown.size()) + 1;
      shown.push_back(std::move(verdicts_[i]));
      shown.back().parent = numbers[parent];
    }
    return shown;
  }

 private:
  // Where a segment is named again, what is below is not said again.
  size_t add_segment(const Expansion& expansion, size_t place, int32_t depth) {
    const ReferencedSegment& segment = expansion.segment;
    verdicts_[place].is_opaque = !resolver_.shows(segment);
    const auto known = segments_.find(segment.segment_id);
    if (known != segments_.end()) return known->second;
    const size_t root =
        add(*expansion.definition.root, segment.settings, expansion.lists, static_cast<int32_t>(place) + 1, depth + 1);
    segments_[segment.segment_id] = root;
    return root;
  }

  // Whether it entered, left, or was a member at a time.
  void add_past(const ReferencedSegment& segment, const SegmentReference& reference, const DefinitionSettings& settings,
                NodeVerdict& verdict) const {
    if (reference.kind == ReferenceKind::kAsOf) {
      verdict.verdict =
          constant(plan_.ordinal_sets[plan_.nodes[resolver_.plan_node(verdict.node)].set].contains(profile_.ordinal));
      if (follows_as_of(*reference.at)) verdict.verdict.unforeseen = Unforeseen::kPast;
      return;
    }
    const std::vector<Timestamp> times = change_times(segment, reference.kind, profile_.id);
    InteractionCondition condition;
    condition.window = reference.window;
    ConditionPassing passing(condition, false, settings, times);
    verdict.evidence = passing.evidence_at(as_of_);
    verdict.verdict = passing.verdict_from(as_of_);
  }

  // Whether the profile is on it.
  bool add_list(uint32_t node, const char* text, int32_t parent, int32_t depth) {
    const bool listed = plan_.ordinal_sets[plan_.nodes[node].set].contains(profile_.ordinal);
    verdicts_.push_back({nullptr, parent, depth, constant(listed), std::nullopt});
    verdicts_.back().text = text;
    return listed;
  }

  Timestamp as_of_;
  const Resolver& resolver_;
  const EvaluationPlan& plan_;
  const std::vector<std::vector<Timestamp>>& times_;
  const std::set<uint32_t>& holding_;
  AskedProfile profile_;
  std::vector<NodeVerdict> verdicts_;
  std::map<int32_t, size_t> segments_;  // by number: the place of its definition
};

// `seen`: segments, which several references may lead to.
void add_nodes_with_values(const Node& node, const Resolver& resolver, std::set<int32_t>& seen, std::vector<uint32_t>& nodes) {
  const bool has_values_alone = node.interaction != nullptr && has_values(*node.interaction);
  if (has_values_alone || node.comparison != nullptr) nodes.push_back(resolver.plan_node(&node));
  for (const auto& child : node.children) add_nodes_with_values(*child, resolver, seen, nodes);
  const Expansion* expansion = resolver.expansion(&node);
  if (expansion == nullptr || !seen.insert(expansion->segment.segment_id).second) return;
  add_nodes_with_values(*expansion->definition.root, resolver, seen, nodes);
}

}  // namespace

std::vector<uint32_t> nodes_with_values(const Definition& definition, const Resolver& resolver) {
  std::set<int32_t> seen;
  std::vector<uint32_t> nodes;
  add_nodes_with_values(*definition.root, resolver, seen, nodes);
  return nodes;
}

std::vector<NodeVerdict> verdicts_of(const Definition& definition, const DefinitionSettings& settings, Timestamp as_of,
                                     const Resolver& resolver, const EvaluationPlan& plan,
                                     const std::vector<std::vector<Timestamp>>& times, const std::set<uint32_t>& holding,
                                     const AskedProfile& profile) {
  VerdictReader reader(as_of, resolver, plan, times, holding, profile);
  reader.add(*definition.root, settings, resolver.lists(), 0, 0);
  return reader.take();
}

}  // namespace segments::pg
