#include "pg/store/stored_times.h"

#include "core/column/column.h"
#include "pg/query/query.h"
#include "pg/store/stored_column.h"

namespace segments::pg {
namespace {

// What takes no more steps is added as a whole.
constexpr uint64_t kStepsWorthReading = 32;

bool is_finite(const TimeRange& range) { return range.first != kMinusInfinity && range.last != kPlusInfinity; }

// Adds the spans of short fragments; those that are to be read.
std::vector<FragmentPlace> add_short_ones(const TimesQuery& query, OccupiedTimes& times) {
  std::vector<FragmentPlace> places;
  const Parameter parameters[] = {int4_array(query.type_ids), int8(query.refresh_id), timestamptz(query.window.first),
                                  timestamptz(query.window.last)};
  run_streaming(
      "SELECT shard, fragment_id, min_time, max_time FROM segments.fragment WHERE field = 0 AND type_id = ANY ($1)"
      " AND from_refresh <= $2 AND to_refresh > $2 AND min_time <= $4 AND max_time >= $3",
      parameters, {.read_only = true}, [&](const Datum* values, const bool*) {
        const TimeRange span = {DatumGetTimestampTz(values[2]), DatumGetTimestampTz(values[3])};
        if (is_finite(span) && times.steps(span) <= kStepsWorthReading)
          times.add(span);
        else
          places.push_back({DatumGetInt16(values[0]), DatumGetInt64(values[1])});
      });
  return places;
}

}  // namespace

TimeRange stored_span(const TimesQuery& query) {
  Rows rows =
      run("SELECT min(min_time), max(max_time) FROM segments.fragment"
          " WHERE field = 0 AND type_id = ANY ($1) AND from_refresh <= $2 AND to_refresh > $2",
          {int4_array(query.type_ids), int8(query.refresh_id)}, {.read_only = true});
  TimeRange span = {kPlusInfinity, kMinusInfinity};
  if (!rows.is_null(0, 0)) span = {rows.timestamptz(0, 0), rows.timestamptz(0, 1)};
  rows.release();
  return span;
}

void add_stored_times(const TimesQuery& query, size_t most, OccupiedTimes& times) {
  ServerInterrupt interrupt;
  for (const FragmentPlace& place : add_short_ones(query, times)) {
    if (times.size() > most) return;
    interrupt.poll();
    read_column({place, kTimeColumn, query.refresh_id}, [&](ColumnSource& source) { times.add(TimeColumn(source).times()); });
  }
}

}  // namespace segments::pg
