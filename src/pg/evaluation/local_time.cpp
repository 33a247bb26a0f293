#include "pg/evaluation/local_time.h"

namespace segments::pg {
namespace {

// Beyond these the result lies before the first timestamp, whatever the zone.
constexpr int64_t kMaxMonths = 12 * 300'000;
constexpr int64_t kMaxDays = 366 * 300'000;

// Runs `f` (server calls only) with the zone in force, and puts the session's back, errors or not.
template <class F>
auto in_zone(const char* zone, F f) {
  const int level = call([&] {
    const int nest = NewGUCNestLevel();
    set_config_option("TimeZone", zone, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    return nest;
  });
  try {
    const auto result = call(f);
    call([&] { AtEOXact_GUC(true, level); });
    return result;
  } catch (const ServerError&) {
    call([&] { AtEOXact_GUC(true, level); });
    throw;
  }
}

}  // namespace

Timestamp ServerLocalTime::subtract(Timestamp t, int64_t months, int64_t days) {
  if (months > kMaxMonths || days > kMaxDays) return kMinusInfinity;
  Interval interval{};
  interval.month = static_cast<int32>(months);
  interval.day = static_cast<int32>(days);
  try {
    return in_zone(zone_.c_str(), [&] {
      return DatumGetTimestampTz(
          DirectFunctionCall2(timestamptz_mi_interval, TimestampTzGetDatum(t), IntervalPGetDatum(&interval)));
    });
  } catch (const ServerError& error) {
    if (error.data->sqlerrcode == ERRCODE_DATETIME_VALUE_OUT_OF_RANGE) return kMinusInfinity;
    throw;
  }
}

Timestamp ServerLocalTime::instant(int64_t reading) {
  if (reading < MIN_TIMESTAMP) return kMinusInfinity;
  if (reading >= END_TIMESTAMP) return kPlusInfinity;
  const char* zone = zone_.c_str();
  return call([&]() -> Timestamp {
    struct pg_tm parts;
    fsec_t fraction;
    timestamp2tm(reading, nullptr, &parts, &fraction, nullptr, nullptr);
    const TimestampTz instant = reading + DetermineTimeZoneOffset(&parts, pg_tzset(zone)) * USECS_PER_SEC;
    if (IS_VALID_TIMESTAMP(instant)) return instant;
    return instant < 0 ? kMinusInfinity : kPlusInfinity;
  });
}

bool is_time_zone(const std::string& zone) {
  const char* name = zone.c_str();
  return call([&] {
    pg_tz* found = pg_tzset(name);
    return found != nullptr && pg_tz_acceptable(found);
  });
}

std::string session_time_zone() { return pg_get_timezone_name(session_timezone); }

}  // namespace segments::pg
