#include "pg/evaluation/window_check.h"

#include "core/text/lexer.h"
#include "pg/evaluation/literal_hint.h"

namespace segments::pg {
namespace {

std::string written(const Literal& literal) {
  const char* type = literal.type == LiteralType::kDate          ? "date "
                     : literal.type == LiteralType::kTimestamp   ? "timestamp "
                     : literal.type == LiteralType::kTimestamptz ? "timestamptz "
                                                                 : "";
  return type + in_quotes(literal.text, '\'');
}

// The day after an instant that is a midnight of the zone, as a literal; nothing if it is none.
std::optional<std::string> next_day(Timestamp instant, LiteralReader& reader) {
  const char* zone = reader.settings().time_zone.c_str();
  const Timestamp reading = call([&] {
    return DatumGetTimestamp(DirectFunctionCall2(timestamptz_zone, CStringGetTextDatum(zone), TimestampTzGetDatum(instant)));
  });
  if (reading % USECS_PER_DAY != 0) return std::nullopt;
  return iso_date(reading / USECS_PER_DAY + 1);
}

}  // namespace

void check_holds_time(const Window& window, LiteralReader& reader) {
  if (window.kind != WindowKind::kFromTo || follows_as_of(window.start) || follows_as_of(window.end)) return;
  const Timestamp start = reader.parse(window.start);
  const Timestamp end = reader.parse(window.end);
  if (start < end) return;
  const std::string from = written(window.start);
  const std::string to = written(window.end);
  std::string hint = "Write from " + to + " to " + from + ".";
  if (start == end) {
    const std::optional<std::string> day = TIMESTAMP_NOT_FINITE(start) ? std::nullopt : next_day(start, reader);
    hint = day ? "Write from " + from + " to " + in_quotes(*day, '\'') + " for that day." : "Write a later end.";
  }
  throw Error(ErrorCode::kInvalidValue, "\"from " + from + " to " + to + "\" matches no interaction",
              start == end ? "The start is included, the end is not." : "The end is before the start.", hint, window.position);
}

std::optional<std::string> empty_window_note(const TimeRange& range, Timestamp as_of) {
  if (!range.empty()) return std::nullopt;
  return range.first > as_of ? "the window begins after as_of" : "the window ends before it begins";
}

}  // namespace segments::pg
