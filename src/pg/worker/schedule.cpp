#include "pg/worker/schedule.h"

#include "core/text/nearest.h"
#include "core/schedule/next_run.h"
#include "pg/evaluation/evaluation.h"
#include "pg/evaluation/local_time.h"
#include "pg/segment/segment.h"
#include "pg/worker/worker.h"

namespace segments::pg {
namespace {

// The names that look like an unknown time zone.
std::string zone_hint(const std::string& zone) {
  const std::vector<std::string> names = take_texts(run("SELECT name FROM pg_timezone_names", {}, {.read_only = true}));
  const std::vector<std::string> nearest = nearest_names(zone, names);
  return nearest.empty() ? "SELECT name FROM pg_timezone_names lists all." : "Perhaps you meant '" + nearest.front() + "'.";
}

// REQUIRES: within with_spi.
void check_zone_of(const Schedule& schedule, std::string_view text) {
  if (is_time_zone(schedule.time_zone)) return;
  Error error(ErrorCode::kInvalidValue, "unknown time zone \"" + schedule.time_zone + "\"", "", zone_hint(schedule.time_zone),
              schedule.time_zone_position);
  error.set_source(text);
  throw error;
}

// Reads what a user wrote; times of day without a zone are in `default_zone` from now on.
Schedule read_new_schedule(std::string_view text, const std::string& default_zone) {
  Schedule schedule = read_schedule(text);
  if (!schedule.has_times_of_day()) return schedule;
  if (schedule.time_zone.empty()) schedule.time_zone = default_zone;
  check_zone_of(schedule, text);
  return schedule;
}

std::optional<std::string> optional_text(FunctionCallInfo fcinfo, int argument) {
  if (PG_ARGISNULL(argument)) return std::nullopt;
  return text_of(PG_GETARG_DATUM(argument));
}

// The text that is stored: with its zone, whatever the session's.  Nothing: off.
std::optional<std::string> refresh_schedule_argument(const std::optional<std::string>& text, const std::string& zone) {
  if (!text) return std::nullopt;
  const Schedule schedule = read_new_schedule(*text, zone);
  if (schedule.kind == ScheduleKind::kManual || schedule.kind == ScheduleKind::kWithEveryRefresh) {
    throw Error(ErrorCode::kInvalidValue, "\"" + print_schedule(schedule) + "\" is no schedule of the refresh itself",
                "It is one of a segment.", "Null turns the refresh schedule off; set_segment_schedule() is for segments.");
  }
  return print_schedule(schedule);
}

// Nothing: with every refresh.
std::optional<std::string> segment_schedule_argument(const std::optional<std::string>& text, const std::string& zone) {
  if (!text) return std::nullopt;
  const Schedule schedule = read_new_schedule(*text, zone);
  if (schedule.kind == ScheduleKind::kWithEveryRefresh) return std::nullopt;
  return print_schedule(schedule);
}

// A schedule that says the same as before goes on counting.
void store_refresh_schedule(const std::optional<std::string>& schedule) {
  if (!schedule) {
    run("DELETE FROM segments.refresh_schedule");
    return;
  }
  run("INSERT INTO segments.refresh_schedule AS s (schedule) VALUES ($1)"
      " ON CONFLICT (only_one) DO UPDATE SET schedule = excluded.schedule, set_at = excluded.set_at"
      " WHERE s.schedule <> excluded.schedule",
      {pg::text(*schedule)});
}

void store_segment_schedule(int32_t segment_id, const std::optional<std::string>& schedule) {
  if (!schedule) {
    run("DELETE FROM segments.segment_schedule WHERE segment_id = $1", {int4(segment_id)});
    return;
  }
  run("INSERT INTO segments.segment_schedule (segment_id, schedule) VALUES ($1, $2)"
      " ON CONFLICT (segment_id) DO UPDATE SET schedule = excluded.schedule",
      {int4(segment_id), pg::text(*schedule)});
}

// The one time that a query finds; nothing if it finds none.
std::optional<Timestamp> time_of(const char* sql, std::initializer_list<Parameter> parameters) {
  Rows rows = run(sql, parameters);
  std::optional<Timestamp> time;
  if (!rows.empty() && !rows.is_null(0, 0)) time = rows.timestamptz(0, 0);
  rows.release();
  return time;
}

// The values of an array of timestamptz but nulls.
std::vector<Timestamp> times_of_array(Datum value) {
  const ArrayElements elements = elements_of(value, TIMESTAMPTZOID);
  std::vector<Timestamp> times;
  for (int i = 0; i < elements.count; ++i) {
    if (!elements.nulls[i]) times.push_back(DatumGetTimestampTz(elements.values[i]));
  }
  return times;
}

// That no refresh comes by itself, which would evaluate a segment.
void note_unscheduled(bool refreshes_are_scheduled) {
  if (refreshes_are_scheduled) return warn_without_worker();
  call([] {
    ereport(NOTICE, (errmsg("no refresh is scheduled in this database"),
                     errdetail("A schedule of a segment says which refreshes evaluate it, whoever calls them; it calls none."),
                     errhint("SELECT segments.set_refresh_schedule('every 15 minutes') lets the background worker refresh.")));
  });
}

Datum time_datum(FunctionCallInfo fcinfo, std::optional<Timestamp> time) {
  if (!time || *time == kPlusInfinity) PG_RETURN_NULL();
  PG_RETURN_TIMESTAMPTZ(*time);
}

}  // namespace

Schedule read_schedule(std::string_view text) {
  ServerInterrupt interrupt;
  try {
    return parse_schedule(text, interrupt);
  } catch (Error& error) {
    error.set_source(text);
    throw;
  }
}

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_set_refresh_schedule) {
  const std::optional<std::string> schedule = optional_text(fcinfo, 0);
  const std::string zone = current_time_zone();
  const std::optional<Timestamp> next = as_owner([&](Oid) {
    store_refresh_schedule(refresh_schedule_argument(schedule, zone));
    return time_of("SELECT segments_internal.next_due_at(clock_timestamp())", {});
  });
  if (schedule) warn_without_worker();
  return time_datum(fcinfo, next);
}

SEGMENTS_FUNCTION(segments_set_segment_schedule) {
  const std::string name = required_text(fcinfo, 0, "name");
  const std::optional<std::string> schedule = optional_text(fcinfo, 1);
  const std::string zone = current_time_zone();
  bool is_manual = false;
  bool refreshes_are_scheduled = false;
  const std::optional<Timestamp> next = as_owner([&](Oid caller) {
    const SavedSegment segment = find_owned(name, caller);
    const std::optional<std::string> planned = segment_schedule_argument(schedule, zone);
    store_segment_schedule(segment.segment_id, planned);
    is_manual = planned && read_schedule(*planned).kind == ScheduleKind::kManual;
    Rows scheduled = run("SELECT FROM segments.refresh_schedule");
    refreshes_are_scheduled = !scheduled.empty();
    scheduled.release();
    return time_of("SELECT next_run FROM segments.segment_overview WHERE name = $1", {pg::text(name)});
  });
  if (schedule && !is_manual) note_unscheduled(refreshes_are_scheduled);
  return time_datum(fcinfo, next);
}

SEGMENTS_FUNCTION(segments_next_run) {
  const std::string written = text_of(PG_GETARG_DATUM(0));
  const std::string zone = current_time_zone();
  const Schedule schedule = with_spi([&] { return read_new_schedule(written, zone); });
  ServerLocalTime local_time(schedule.time_zone);
  return time_datum(fcinfo, next_after(schedule, PG_GETARG_TIMESTAMPTZ(1), local_time));
}

SEGMENTS_FUNCTION(segments_next_attempt) {
  if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(4)) PG_RETURN_NULL();
  const Schedule schedule = read_schedule(text_of(PG_GETARG_DATUM(0)));
  if (schedule.has_times_of_day() && !is_time_zone(schedule.time_zone)) {
    const char* zone = schedule.time_zone.c_str();
    call([&] {
      ereport(WARNING, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("time zone \"%s\" of a schedule is unknown", zone),
                        errdetail("The server has known it when the schedule was set."),
                        errhint("Set the schedule again, in a zone of pg_timezone_names.")));
    });
    PG_RETURN_NULL();
  }
  RunHistory history{.runs = times_of_array(PG_GETARG_DATUM(1))};
  if (!PG_ARGISNULL(2) && !PG_ARGISNULL(3)) {
    history.failures = static_cast<uint32_t>(std::max(0, PG_GETARG_INT32(2)));
    history.failed_at = PG_GETARG_TIMESTAMPTZ(3);
  }
  ServerLocalTime local_time(schedule.time_zone);
  return time_datum(fcinfo, next_run(schedule, history, PG_GETARG_TIMESTAMPTZ(4), local_time));
}
