// Saved segments within definitions: their own definitions expanded, each with its own zone and its owner's privileges.
#include "core/text/lexer.h"
#include "pg/evaluation/resolve.h"
#include "pg/type/definition.h"

namespace segments::pg {
namespace {

// What the references of one definition may come to.
constexpr size_t kMaxExpandedNodes = 65'536;

// The same error, which says where it is.
Error located(const Error& error, const ReferencedSegment& segment) {
  std::string detail = error.detail();
  if (error.source().empty()) detail += (detail.empty() ? "" : " ") + ("In the definition of " + called(segment.name) + ".");
  Error result(error.code(), error.what(), std::move(detail), error.hint(), error.position());
  result.set_source(error.source().empty() ? segment.definition : error.source());
  return result;
}

}  // namespace

bool Resolver::shows(const ReferencedSegment& segment) const { return owns(viewer_, segment.owner); }

bool Resolver::shows_path() const {
  return std::ranges::all_of(path_, [&](const ReferencedSegment* segment) { return shows(*segment); });
}

const Expansion* Resolver::expansion(const Node* node) const {
  const auto found = references_.find(node);
  return found == references_.end() ? nullptr : found->second;
}

const ReferencedSegment* Resolver::past_of(const Node* node) const {
  const auto found = past_.find(node);
  return found == past_.end() ? nullptr : &found->second;
}

// A segment that is being resolved refers to `reference`, which is place `closing` of the path (0: what is asked about).
void Resolver::throw_cycle(const SegmentReference& reference, size_t closing) const {
  const auto is_shown = [&](size_t place) { return place == 0 || shows(*path_[place - 1]); };
  std::string chain = in_quotes(reference.name);
  bool told = true;
  for (size_t place = 0; place <= closing; ++place) told = told && is_shown(place);
  for (size_t place = closing + 1; place <= path_.size(); ++place) {
    chain += " refers to " + in_quotes(path_[place - 1]->name);
    if (is_shown(place)) continue;
    chain += ", whose definition is not yours to see";
    break;
  }
  const bool is_whole = std::all_of(path_.begin() + static_cast<ptrdiff_t>(closing), path_.end(),
                                    [&](const ReferencedSegment* segment) { return shows(*segment); });
  if (is_whole) chain += " refers to " + in_quotes(reference.name);
  const Error error(ErrorCode::kCycle, called(reference.name) + " refers to itself", chain + ".",
                    "Give one of them another definition: segments.update_segment().",
                    path_.empty() ? reference.position : Error::kNoPosition);
  if (told) throw CycleError(error);
  throw error;
}

void Resolver::check_cycle(const SegmentReference& reference, int32_t segment_id) const {
  if (segment_id_ != 0 && segment_id == segment_id_) throw_cycle(reference, 0);
  for (size_t place = 0; place < path_.size(); ++place) {
    if (path_[place]->segment_id == segment_id) throw_cycle(reference, place + 1);
  }
  if (path_.size() < kMaxReferenceDepth) return;
  throw Error(ErrorCode::kLimitExceeded, "segments refer to segments too often",
              "At most " + std::to_string(kMaxReferenceDepth) + " are accepted one within the other.",
              "Write out the definition of one of them.", reference.position);
}

uint32_t Resolver::resolve_reference(const Node& node, const EvaluationRequest& request, LiteralReader& reader) {
  const SegmentReference& reference = *node.segment;
  if (!new_name_.empty() && path_.empty() && reference.name == new_name_) throw_cycle(reference, 0);
  ReferencedSegment segment = find_referenced(reference, request.role);
  if (reference.kind != ReferenceKind::kNow) {
    // What was is evaluated by nobody: through others, a segment may ask its own history.
    if (path_.empty()) check_cycle(reference, segment.segment_id);
    return resolve_past(node, segment, request, reader);
  }
  check_cycle(reference, segment.segment_id);
  auto known = expanded_.find(segment.segment_id);
  if (known == expanded_.end()) {
    const Expansion& added = expand(std::move(segment), reference.position);
    known = expanded_.emplace(added.segment.segment_id, &added).first;
  }
  const Expansion& expansion = *known->second;
  if (!share_nodes_) references_[&node] = &expansion;
  for (FrozenType type : expansion.frozen_types) {
    type.within.insert(type.within.begin(), &expansion.segment);
    const auto hidden = std::ranges::find_if(type.within, [&](const ReferencedSegment* led) { return !shows(*led); });
    type.hidden_in = hidden == type.within.end() ? "" : (*hidden)->name;
    note_frozen(std::move(type));
  }
  return expansion.node;
}

uint32_t Resolver::resolve_past(const Node& node, const ReferencedSegment& segment, const EvaluationRequest& request,
                                LiteralReader& reader) {
  const SegmentReference& reference = *node.segment;
  TimeRange range;
  if (reference.kind == ReferenceKind::kAsOf) {
    range.first = range.last = reader.parse(*reference.at);
  } else {
    range = window_of(reference.window, request, reader);
  }
  if (!needs_data_) return add_set({});
  if (!share_nodes_) past_.emplace(&node, segment);
  const auto key = std::make_tuple(segment.segment_id, reference.kind, range.first, range.last);
  const auto known = past_nodes_.find(key);
  if (known != past_nodes_.end()) return known->second;
  try {
    return past_nodes_[key] = add_set(past_profiles(segment, reference.kind, range));
  } catch (const Error& error) {
    throw Error(error.code(), error.what(), error.detail(), error.hint(), reference.position);
  }
}

uint32_t Resolver::add_set(ProfileSet&& set) {
  PlanNode node;
  node.kind = PlanNodeKind::kSet;
  node.set = static_cast<uint32_t>(plan_.ordinal_sets.size());
  plan_.ordinal_sets.push_back(std::move(set));
  return add_node(std::move(node));
}

const Expansion& Resolver::expand(ReferencedSegment&& segment, uint32_t position) {
  expansions_.push_back(std::make_unique<Expansion>());
  Expansion& expansion = *expansions_.back();
  expansion.segment = std::move(segment);
  // Asked now: after an error of the server, the catalogs are better left alone.
  const bool is_shown = shows(expansion.segment);
  path_.push_back(&expansion.segment);
  std::vector<FrozenType> outer = std::move(frozen_types_);
  frozen_types_.clear();
  try {
    resolve_expansion(expansion);
  } catch (const CycleError&) {
    throw;
  } catch (const Error& error) {
    add_led_through(expansion.segment, is_shown, std::move(outer));
    if (!is_shown) throw_opaque(expansion.segment.name, position);
    throw located(error, expansion.segment);
  } catch (const ServerError& error) {
    add_led_through(expansion.segment, is_shown, std::move(outer));
    if (is_shown || tells_nothing(error)) throw;
    throw_opaque(expansion.segment.name, position);
  }
  if (plan_.nodes.size() - nodes_before_ > kMaxExpandedNodes) {
    throw Error(ErrorCode::kLimitExceeded, "the segments that a definition refers to are too large",
                "Written out, it would have more than " + std::to_string(kMaxExpandedNodes) + " conditions.", "", position);
  }
  expansion.frozen_types = std::move(frozen_types_);
  frozen_types_ = std::move(outer);
  path_.pop_back();
  return expansion;
}

// After an error amid a segment: what was found frozen in it so far, beside `outer`.
void Resolver::add_led_through(const ReferencedSegment& segment, bool is_shown, std::vector<FrozenType>&& outer) {
  std::swap(frozen_types_, outer);
  for (FrozenType& type : outer) {
    type.within.insert(type.within.begin(), &segment);
    if (!is_shown) type.hidden_in = segment.name;
    note_frozen(std::move(type));
  }
}

void Resolver::resolve_expansion(Expansion& expansion) {
  const ReferencedSegment& segment = expansion.segment;
  if (!OidIsValid(segment.owner)) {
    throw Error(ErrorCode::kNotReady, called(segment.name) + " has no owner any more",
                "The role it belonged to was dropped or renamed.", "segments.set_segment_owner() gives it to a role.");
  }
  expansion.definition = read_definition(segment.definition);
  LiteralReader reader(segment.settings, as_of_);
  const EvaluationRequest request{&expansion.definition, segment.definition, segment.owner, segment.settings};
  const uint32_t node = resolve(*expansion.definition.root, request, reader);
  expansion.lists = list_nodes(segment.segment_id);
  expansion.node = with_lists(node, expansion.lists);
}

ListNodes Resolver::list_nodes(int32_t segment_id) {
  if (segment_id == 0 || !needs_data_) return {};
  const auto known = list_nodes_.find(segment_id);
  if (known != list_nodes_.end()) return known->second;
  ListedProfiles listed = listed_profiles(segment_id);
  ListNodes nodes;
  if (listed.included) nodes.included = add_set(std::move(*listed.included));
  if (listed.excluded) nodes.excluded = add_set(std::move(*listed.excluded));
  return list_nodes_[segment_id] = nodes;
}

// Exclusion wins.
uint32_t Resolver::with_lists(uint32_t node, const ListNodes& lists) {
  const auto combine = [&](PlanNodeKind kind, uint32_t listed) {
    PlanNode combined;
    combined.kind = kind;
    combined.children = {node, listed};
    node = add_connective(std::move(combined));
  };
  if (lists.included) combine(PlanNodeKind::kOr, *lists.included);
  if (lists.excluded) combine(PlanNodeKind::kExcept, *lists.excluded);
  return node;
}

}  // namespace segments::pg
