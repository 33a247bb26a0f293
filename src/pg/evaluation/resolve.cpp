#include "pg/evaluation/resolve.h"

#include "pg/catalog/field_value.h"
#include "pg/catalog/mapping_access.h"
#include "pg/evaluation/bucket_members.h"
#include "pg/evaluation/lookup_keys.h"
#include "pg/evaluation/record_condition.h"

namespace segments::pg {
namespace {

// Equal for predicates that the same records satisfy.
std::string record_predicate_key(const Predicate& predicate, const FieldColumnName& field, bool of_lookups,
                                 const LiteralReader& reader) {
  std::string key = std::string(of_lookups ? "l " : "") + std::to_string(static_cast<int>(field.role)) + ' ' +
                    std::to_string(static_cast<int>(predicate.part)) + ' ' + std::to_string(static_cast<int>(predicate.op)) +
                    (predicate.ignore_case ? " i " : " ") + std::to_string(field.type) + ' ' + std::to_string(field.collation);
  if (depends_on_settings(field.type)) {
    const DefinitionSettings& settings = reader.settings();
    key += ' ' + settings.time_zone + ' ' + settings.interval_style + ' ' + settings.monetary_locale;
  }
  for (const Literal& literal : predicate.literals) {
    key += ' ' + std::to_string(static_cast<int>(literal.kind)) + ' ' + std::to_string(literal.text.size()) + ' ' + literal.text;
  }
  return key;
}

// An event is frozen with all of its source.
std::string source_called(InteractionType type) {
  type.name = type.source_name;
  return type.called();
}

[[noreturn]] void throw_frozen(const FrozenType& type) {
  throw Error(ErrorCode::kNotReady, frozen_reason(type), "Members of segments that read it stay as they are.",
              "segments.refresh_log says why.  What was not run yet runs with the first refresh that can read the type.");
}

}  // namespace

std::string frozen_reason(const FrozenType& type) {
  if (!type.hidden_in.empty()) return called(type.hidden_in) + " reads what is frozen";
  const Timestamp since = type.frozen_at;
  return type.called + " is frozen since " + call([&] { return timestamptz_to_str(since); });
}

Resolver::Resolver(EvaluationPlan& plan, Timestamp as_of, int64_t refresh_id, bool share_nodes)
    : plan_(plan), as_of_(as_of), refresh_id_(refresh_id), share_nodes_(share_nodes), catalog_(refresh_id) {}

void Resolver::set_as_of(Timestamp as_of) {
  as_of_ = as_of;
  ordinal_sets_.clear();  // their literals may follow as_of
  expanded_.clear();
}

void Resolver::add(const EvaluationRequest& request) {
  LiteralReader reader(request.settings, as_of_);
  frozen_types_.clear();
  path_.clear();
  viewer_ = request.role;
  segment_id_ = request.segment_id;
  new_name_ = request.segment_id == 0 ? request.segment_name : "";
  nodes_before_ = plan_.nodes.size();
  try {
    lists_ = list_nodes(request.segment_id);
    const uint32_t root = with_lists(resolve(*request.definition->root, request, reader), lists_);
    if (refuses_frozen_ && !frozen_types_.empty()) throw_frozen(frozen_types_.front());
    plan_.roots.push_back(root);
  } catch (Error& error) {
    error.set_source(request.text);
    throw;
  }
}

void Resolver::note_frozen(FrozenType&& type) {
  const bool is_noted = std::ranges::any_of(
      frozen_types_, [&](const FrozenType& frozen) { return frozen.type_id == type.type_id && frozen.within == type.within; });
  if (!is_noted) frozen_types_.push_back(std::move(type));
}

uint32_t Resolver::ordinal_set(const Predicate& predicate, const FieldColumnName& field, bool of_lookups, LiteralReader& reader) {
  const std::string key = record_predicate_key(predicate, field, of_lookups, reader);
  const auto known = ordinal_sets_.find(key);
  if (known != ordinal_sets_.end()) return known->second;
  plan_.ordinal_sets.push_back(records_that_satisfy(predicate, field, of_lookups, reader));
  return ordinal_sets_[key] = static_cast<uint32_t>(plan_.ordinal_sets.size() - 1);
}

const std::vector<std::string>& Resolver::keys_that_satisfy(const InteractionType& lookup, RowTest&& test) {
  const EvaluationPlan plan = plan_of_rows(lookup.type_id, std::move(test), plan_.ordinal_sets);
  const auto [found, added] = keys_.try_emplace(plan.encode());
  if (added && needs_data_) found->second = record_ids_of(plan, refresh_id_);
  return found->second;
}

void Resolver::begin_type(const InteractionType& type, uint32_t position) {
  if (type.frozen_at) note_frozen({type.type_id, source_called(type), *type.frozen_at});
  check_exists(type, position);
}

const CapturedKeys& Resolver::captured_keys(const InteractionType& type) {
  const auto known = captured_keys_.find(type.type_id);
  if (known != captured_keys_.end()) return known->second;
  return captured_keys_.emplace(type.type_id, CapturedKeys(type.relation, refresh_id_)).first->second;
}

void Resolver::check_is_captured(const InteractionType& type, uint32_t position) {
  if (needs_data_) pg::check_is_captured(type, captured_keys(type), position);
}

std::optional<MissingValue> Resolver::missing_value(const InteractionType& type, const FieldColumnName& field,
                                                    uint32_t position) {
  if (!type.has_leaves || !needs_data_) return std::nullopt;
  const auto [found, added] = captured_columns_.try_emplace(type.type_id);
  if (added) found->second = captured_columns(type.type_id, refresh_id_);
  const auto column = found->second.find(field.attnum);
  if (column == found->second.end() || (!field.path.empty() && !captured_keys(type).has("json", field.column))) {
    throw Error(
        ErrorCode::kNotReady,
        (field.path.empty() ? "column \"" : "field \"") + field.name() + "\" of " + type.called() + " has not been refreshed yet",
        field.path.empty() ? "It was added after the last refresh."
                           : "It was declared, or its column was renamed or altered, since it was read.",
        "Run CALL segments.refresh().", position);
  }
  // Values in fragments are of the type that the column had: the bytes of one type must not be read as those of another.
  if (!is_stored_alike(column->second.type, field.type)) {
    throw Error(ErrorCode::kNotReady, "column \"" + field.column + "\" of " + type.called() + " has not been refreshed yet",
                "It was given another type after the last refresh.", "Run CALL segments.refresh().", position);
  }
  return column->second.missing;
}

uint32_t Resolver::add_node(PlanNode&& node) {
  plan_.nodes.push_back(std::move(node));
  return static_cast<uint32_t>(plan_.nodes.size() - 1);
}

// Equal ones are one node if nodes are shared.
uint32_t Resolver::add_connective(PlanNode&& node) {
  if (!share_nodes_) return add_node(std::move(node));
  const auto key = std::make_pair(node.kind, node.children);
  const auto known = connective_nodes_.find(key);
  if (known != connective_nodes_.end()) return known->second;
  return connective_nodes_[key] = add_node(std::move(node));
}

uint32_t Resolver::resolve_bucket(const Node& node, const EvaluationRequest& request) {
  check_may_ask_for_buckets(request.role, refresh_id_);
  const BucketCondition& bucket = *node.bucket;
  const auto key = std::make_tuple(bucket.first, bucket.last, bucket.count, bucket.salt);
  const auto known = bucket_nodes_.find(key);
  if (known != bucket_nodes_.end()) return known->second;
  return bucket_nodes_[key] = add_set(needs_data_ ? bucket_members(bucket, refresh_id_) : ProfileSet());
}

uint32_t Resolver::resolve(const Node& node, const EvaluationRequest& request, LiteralReader& reader) {
  PlanNode result;
  for (const auto& child : node.children) result.children.push_back(resolve(*child, request, reader));
  uint32_t index = 0;
  switch (node.kind) {
    case NodeKind::kInteraction:
      index = resolve_interaction(*node.interaction, request, reader);
      if (!share_nodes_) conditions_[node.interaction.get()] = std::move(condition_);
      break;
    case NodeKind::kComparison:
      index = resolve_comparison(*node.comparison, request, reader);
      break;
    case NodeKind::kSegment:
      index = resolve_reference(node, request, reader);
      break;
    case NodeKind::kBucket:
      index = resolve_bucket(node, request);
      break;
    case NodeKind::kAnd:
      result.kind = PlanNodeKind::kAnd;
      break;
    case NodeKind::kOr:
      result.kind = PlanNodeKind::kOr;
      break;
    case NodeKind::kNot:
      result.kind = PlanNodeKind::kNot;
      break;
    case NodeKind::kExcept:
      result.kind = PlanNodeKind::kExcept;
      break;
    case NodeKind::kAll:
      result.kind = PlanNodeKind::kAll;
      break;
  }
  if (!is_one_condition(node.kind)) index = add_connective(std::move(result));
  if (!share_nodes_) plan_nodes_[&node] = index;
  return index;
}

}  // namespace segments::pg
