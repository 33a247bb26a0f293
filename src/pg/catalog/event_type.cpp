#include "pg/catalog/event_type.h"

#include "pg/catalog/catalog_name.h"
#include "pg/query/query.h"
#include "pg/query/saved_statement.h"
#include "pg/server/datum.h"

namespace segments::pg {
namespace {

#define SEGMENTS_EVENTS "SELECT type_id, value, display_name, found_by IS NOT NULL, answers_alone FROM segments.event_type"

std::vector<EventName> read_events(Rows&& rows) {
  std::vector<EventName> events;
  for (uint64_t i = 0; i < rows.size(); ++i)
    events.push_back({rows.int4(i, 0), rows.text(i, 1), rows.text(i, 2), rows.boolean(i, 3), rows.boolean(i, 4)});
  rows.release();
  return events;
}

}  // namespace

std::vector<EventName> events_named(const std::string& name) {
  static SavedStatement by_value(SEGMENTS_EVENTS
                                 " WHERE value = $1 AND "
                                 "answers_alone",
                                 {TEXTOID});
  std::vector<EventName> events = read_events(by_value.run({text(name)}));
  if (!events.empty()) return events;
  static SavedStatement by_key(SEGMENTS_EVENTS
                               " WHERE keys @> ARRAY[$1] "
                               "AND answers_alone"
                               " ORDER BY type_id, value",
                               {TEXTOID});
  return read_events(by_key.run({text(fold_name(name))}));
}

std::vector<EventName> events_named(int32_t type_id, const std::string& name) {
  static SavedStatement by_value(SEGMENTS_EVENTS
                                 " WHERE type_id = $1 AND "
                                 "value = $2",
                                 {INT4OID, TEXTOID});
  std::vector<EventName> events = read_events(by_value.run({int4(type_id), text(name)}));
  if (!events.empty()) return events;
  static SavedStatement by_key(SEGMENTS_EVENTS
                               " WHERE type_id = $1 AND "
                               "keys @> ARRAY[$2] "
                               "ORDER BY value",
                               {INT4OID, TEXTOID});
  return read_events(by_key.run({int4(type_id), text(fold_name(name))}));
}

std::vector<EventName> events_of(std::span<const int32_t> type_ids) {
  if (type_ids.empty()) return {};
  // What was found where the type column is no more is no name to tell.
  return read_events(run(SEGMENTS_EVENTS
                         " WHERE type_id = ANY ($1) AND (found_by IS NULL OR (type_id, found_in_table, found_in_column) IN"
                         "  (SELECT type_id, relation, number FROM segments.type_column))"
                         " ORDER BY type_id, value LIMIT 10000",
                         {int4_array(type_ids)}, {.read_only = true}));
}

std::vector<std::string> names_of_event(int32_t type_id, const std::string& value) {
  return take_texts(
      run("SELECT called.name FROM segments.event_type event JOIN segments.interaction_type type USING (type_id),"
          " unnest(ARRAY[event.value, type.name || ': ' || event.value] || event.aliases || event.display_name)"
          " WITH ORDINALITY AS called (name, number) WHERE type_id = $1 AND value = $2 ORDER BY number",
          {int4(type_id), text(value)}));
}

std::optional<EventSource> event_source(int32_t type_id) {
  static SavedStatement statement(
      "SELECT type_column::text, takes_new, waiting, (SELECT count(*) FROM segments.event_type event WHERE event.type_id = "
      "source.type_id)"
      " FROM segments.event_source source WHERE type_id = $1",
      {INT4OID});
  Rows rows = statement.run({int4(type_id)}, false);
  if (rows.empty()) return std::nullopt;
  EventSource source{rows.text(0, 0), rows.boolean(0, 1), rows.int8(0, 2), rows.int8(0, 3)};
  rows.release();
  return source;
}

void follow_labels(int32_t type_id, Oid labels) {
  run("SELECT segments_internal.follow_labels($1, $2)", {int4(type_id), oid(labels)}).release();
}

std::unordered_set<std::string> known_event_values(int32_t type_id) {
  std::unordered_set<std::string> values;
  const Parameter parameters[] = {int4(type_id)};
  run_streaming("SELECT value FROM segments.event_type WHERE type_id = $1", parameters, {},
                [&](const Datum* row, const bool*) { values.insert(text_of(row[0])); });
  return values;
}

NotedEvents note_event_values(int32_t type_id, std::span<const std::string> values, int32_t most, int64_t refresh_id) {
  const std::vector<std::string_view> views(values.begin(), values.end());
  Rows rows =
      run("SELECT noted.left_over, name.value FROM segments_internal.note_event_values($1, $2, $3, $4) noted"
          " LEFT JOIN LATERAL unnest(noted.qualified) AS name (value) ON true",
          {int4(type_id), text_array(views), int4(most), int8(refresh_id)});
  NotedEvents noted;
  noted.left_over = rows.int8(0, 0);
  for (uint64_t i = 0; i < rows.size(); ++i) {
    if (!rows.is_null(i, 1)) noted.qualified.push_back(rows.text(i, 1));
  }
  rows.release();
  return noted;
}

}  // namespace segments::pg
