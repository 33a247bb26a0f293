// Names → interaction types: those that are registered, and events.
#include "core/language/idiom.h"
#include "core/text/lexer.h"
#include "core/text/nearest.h"
#include "pg/catalog/catalog_name.h"
#include "pg/catalog/type_catalog.h"

namespace segments::pg {

// What is registered comes first: whoever may insert an event must not change what a name leads to.
const InteractionType& TypeCatalog::find(const Name& name) const {
  const InteractionType* type = find_registered(name);
  if (type == nullptr) type = find_event(name);
  if (type == nullptr) throw_unknown(name);
  return *type;
}

bool TypeCatalog::leads_somewhere(const Name& name) const {
  try {
    return find_registered(name) != nullptr || find_event(name) != nullptr;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kAmbiguous) throw;
    return true;
  }
}

// A technical name wins over the display name of another type.
std::vector<const InteractionType*> TypeCatalog::registered(const std::string& name) const {
  const std::string key = fold_name(name);
  std::vector<const InteractionType*> found;
  for (const InteractionType& type : types_) {
    if (std::find(type.keys.begin(), type.keys.end(), key) != type.keys.end()) found.push_back(&type);
  }
  const auto exact = std::ranges::find_if(found, [&](const auto* type) { return type->keys[0] == key; });
  if (exact != found.end()) found = {*exact};
  return found;
}

const InteractionType* TypeCatalog::find_registered(const Name& name) const {
  const std::vector<const InteractionType*> found = registered(name.text);
  if (found.size() > 1) {
    std::vector<std::string> candidates;
    for (const InteractionType* type : found) candidates.push_back(type->name);
    throw Error(ErrorCode::kAmbiguous, "interaction type " + in_quotes(name.text) + " is ambiguous",
                "It can be any of: " + joined(candidates) + ".", "Use the technical name.", name.position);
  }
  return found.empty() ? nullptr : found[0];
}

// Behind the name of its source ("source: value"), else by itself: what begins with the name of a source is never another's,
// whoever inserts what.
const InteractionType* TypeCatalog::find_event(const Name& name) const {
  const bool has_events = std::ranges::any_of(types_, [&](const auto& type) { return shows_events(type); });
  if (!has_events) return nullptr;
  const std::vector<Qualified> readings = qualified(name.text);
  for (const Qualified& reading : readings) {
    const InteractionType* source = find_registered({reading.source, true, Error::kNoPosition});
    if (const InteractionType* found = event(events_named(source->type_id, reading.value), name)) return found;
  }
  return readings.empty() ? event(events_named(name.text), name) : nullptr;
}

std::vector<TypeCatalog::Qualified> TypeCatalog::qualified(const std::string& name) const {
  constexpr std::string_view kSeparator = ": ";
  std::vector<Qualified> readings;
  for (size_t at = name.find(kSeparator); at != std::string::npos; at = name.find(kSeparator, at + 1)) {
    std::string source = name.substr(0, at);
    const bool has_events = std::ranges::any_of(registered(source), [](const auto* type) { return !type->type_column.empty(); });
    if (has_events) readings.push_back({std::move(source), name.substr(at + kSeparator.size())});
  }
  return readings;
}

// An alias or a display name is told apart by nobody else's value; a value in another case could come to be another's.
std::string TypeCatalog::exact_name(const InteractionType& event, const std::string& written) const {
  if (!qualified(written).empty()) return event.source_name + ": " + *event.event;
  return fold_name(written) == fold_name(*event.event) ? event.name : written;
}

std::string TypeCatalog::name_of(const EventName& event) const {
  const bool is_alone =
      event.answers_alone && !event.value.empty() && registered(event.value).empty() && qualified(event.value).empty();
  return is_alone ? event.value : type_of(event.type_id)->name + ": " + event.value;
}

// Where policies may hide rows, who has guessed a name all but for its case is not told how it is written.
bool TypeCatalog::shows(const EventName& event, const std::string& written) const {
  const InteractionType* type = type_of(event.type_id);
  if (type == nullptr || !shows_events(*type)) return false;
  const bool is_guessed = event.found_in_data && !written.ends_with(event.value);
  return !(is_guessed && OidIsValid(viewer_) && may_hide_rows(type->relation));
}

const InteractionType* TypeCatalog::event(std::vector<EventName> found, const Name& name) const {
  std::erase_if(found, [&](const EventName& event) { return !shows(event, name.text); });
  if (found.empty()) return nullptr;
  if (found.size() > 1) {
    std::vector<std::string> candidates;
    for (const EventName& event : found) candidates.push_back(in_quotes(name_of(event)));
    throw Error(ErrorCode::kAmbiguous, "interaction type " + in_quotes(name.text) + " is ambiguous",
                "It can be any of: " + joined(candidates) + ".", "Write it exactly as it is.", name.position);
  }
  const EventName& event = found.front();
  const auto [place, is_new] = events_.try_emplace({event.type_id, event.value});
  InteractionType& type = place->second;
  if (is_new) {
    type = *type_of(event.type_id);
    type.name = name_of(event);
    type.display_name = event.display_name;
    type.event = event.value;
  }
  return &type;
}

const InteractionType* TypeCatalog::type_of(int32_t type_id) const {
  const auto found = std::ranges::find(types_, type_id, &InteractionType::type_id);
  return found == types_.end() ? nullptr : &*found;
}

bool TypeCatalog::shows_events(const InteractionType& type) const {
  if (type.type_column.empty()) return false;
  return !OidIsValid(viewer_) || may_read_column(viewer_, type.relation, column_number(type.relation, type.type_column));
}

bool TypeCatalog::lists_events(const InteractionType& type) const { return shows_events(type) && !may_hide_rows(type.relation); }

const std::vector<std::string>& TypeCatalog::event_names() const {
  if (event_names_) return *event_names_;
  std::vector<int32_t> sources;
  for (const InteractionType& type : types_) {
    if (lists_events(type)) sources.push_back(type.type_id);
  }
  std::vector<std::string> names;
  for (const EventName& event : events_of(sources)) names.push_back(name_of(event));
  return event_names_.emplace(std::move(names));
}

void TypeCatalog::throw_unknown(const Name& name) const {
  std::vector<std::string> candidates = event_names();
  for (const InteractionType& type : types_) candidates.push_back(type.name);
  const std::vector<std::string> near = nearest_names(name.text, candidates);
  std::string hint = near.empty() ? "SELECT name FROM segments.interaction_catalog(true) lists all." : did_you_mean(near);
  if (near.empty() && std::ranges::any_of(types_, [&](const auto& type) { return lists_events(type); })) {
    hint =
        "SELECT name FROM segments.interaction_catalog(true) lists all, SELECT name FROM segments.event_catalog lists events; "
        "new ones are found by CALL segments.refresh().";
  }
  if (const std::string_view meant = name.quoted ? "" : hint_of_type_word(name.text); !meant.empty()) hint = meant;
  if (types_.empty()) {
    hint =
        "No interaction type is registered. SELECT segments.register_interaction(...) makes one of a table, "
        "segments.create_interaction_tables() makes tables for the built-in ones.";
  }
  throw Error(ErrorCode::kUndefined, "unknown interaction type " + in_quotes(name.text), "", hint, name.position);
}

}  // namespace segments::pg
