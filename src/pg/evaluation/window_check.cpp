#include "pg/evaluation/window_check.h"

#include "core/calendar/time_span.h"
#include "core/language/period.h"
#include "core/text/keywords.h"
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

bool units_fit(const Periods& periods, const Window& window, const DefinitionSettings& settings, Timestamp as_of) {
  LiteralReader reader(settings, as_of);
  const TimeRange range = resolve_window(&window, as_of, settings.week_start, reader.local_time(), reader);
  try {
    (void)periods_of(periods, range, as_of, settings.week_start, reader.local_time());
    return true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kLimitExceeded) throw;
    return false;
  }
}

// The day from which on they do not.  REQUIRES: they do at `fitting`, and not at `exceeding`.
std::string exceeding_from(const Periods& periods, const Window& window, LiteralReader& reader, Timestamp fitting,
                           Timestamp exceeding) {
  while (exceeding - fitting > USECS_PER_DAY) {
    const Timestamp middle = fitting + (exceeding - fitting) / 2;
    (units_fit(periods, window, reader.settings(), middle) ? fitting : exceeding) = middle;
  }
  return iso_date(floor_divide(reader.local_time().reading(exceeding), USECS_PER_DAY));
}

}  // namespace

void check_units_fit_later(const Periods& periods, const Window& window, LiteralReader& reader) {
  constexpr int64_t kMonths = 10 * 12;
  const Timestamp as_of = reader.as_of();
  ServerLocalTime& local_time = reader.local_time();
  const bool is_running = window.kind == WindowKind::kThis;
  const Timestamp later = is_running
                              ? just_before(earlier_unit_began(as_of, -1, window.unit, reader.settings().week_start, local_time))
                              : local_time.subtract(as_of, -kMonths, 0);
  if (units_fit(periods, window, reader.settings(), later)) return;
  const std::string units = std::string(unit_word(periods.unit)) + "s";
  const std::string most = std::to_string(most_units(periods.kind));
  throw Error(
      ErrorCode::kLimitExceeded, "the window comes to have too many " + units,
      "At most " + most + " are counted, and it has more from " + exceeding_from(periods, window, reader, as_of, later) + " on.",
      "Give a window that slides, such as within last " + most + " " + units + ", or count longer units.", window.position);
}

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
