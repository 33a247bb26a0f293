// Values of type columns that are interaction types.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "pg/server/boundary.h"

namespace segments::pg {

struct EventName {
  int32_t type_id = 0;  // of all events of the table
  std::string value;
  std::string display_name;
  bool found_in_data = false;  // else it was listed
  bool answers_alone = false;  // else it is found behind the name of its source only
};

// All of these REQUIRE: within with_spi, as the extension's owner.

// Events that answer to a name: the one with this very value, else those that have it in another case, or as another name.
std::vector<EventName> events_named(const std::string& name);
// Likewise, of one source, behind whose name it stands.
std::vector<EventName> events_named(int32_t type_id, const std::string& name);
// Events of sources, as definitions name them; at most 10,000.
std::vector<EventName> events_of(std::span<const int32_t> type_ids);

// What an event may be found by, the surest first; none if there is no such event.
std::vector<std::string> names_of_event(int32_t type_id, const std::string& value);

// A type column.
struct EventSource {
  std::string type_column;
  bool takes_new = false;  // values become types as refreshes find them
  int64_t waiting = 0;     // values that are no types yet
  int64_t types = 0;       // values that are
};
// Nothing: the type has none.
std::optional<EventSource> event_source(int32_t type_id);

// Gives events of a type column of an enum the names that their labels have now.
void follow_labels(int32_t type_id, Oid labels);

std::unordered_set<std::string> known_event_values(int32_t type_id);

struct NotedEvents {
  int64_t left_over = 0;               // that did not become types
  std::vector<std::string> qualified;  // became types that are found behind the name of their source only
};
NotedEvents note_event_values(int32_t type_id, std::span<const std::string> values, int32_t most, int64_t refresh_id);

}  // namespace segments::pg
