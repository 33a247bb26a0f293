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
    return instant_shown(reading, pg_tzset(zone)).value_or(reading < 0 ? kMinusInfinity : kPlusInfinity);
  });
}

int64_t ServerLocalTime::reading(Timestamp t) {
  const char* zone = zone_.c_str();
  return call([&]() -> int64_t {
    int offset = 0;
    struct pg_tm parts;
    fsec_t fraction;
    const char* abbreviation = nullptr;
    if (timestamp2tm(t, &offset, &parts, &fraction, &abbreviation, pg_tzset(zone)) != 0) return t;
    return t - offset * USECS_PER_SEC;
  });
}

Timestamp ServerLocalTime::first_instant(int64_t reading) {
  const Timestamp last = instant(reading);
  if (last == kMinusInfinity || last == kPlusInfinity) return last;
  const ZoneOffsets zone = zone_offsets(zone_, last - USECS_PER_DAY, last);
  int64_t before = zone.first;
  for (const ZoneOffsets::Change& change : zone.changes) {
    const Timestamp first = reading - before;
    if (before > change.offset && first < change.at && first < last) return first;
    before = change.offset;
  }
  return last;
}

ZoneOffsets zone_offsets(const std::string& zone, Timestamp from, Timestamp to) {
  constexpr int64_t kEpoch = static_cast<int64_t>(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
  ZoneOffsets offsets;
  const char* name = zone.c_str();
  pg_tz* rules = call([&] { return pg_tzset(name); });
  pg_time_t time = from / USECS_PER_SEC - 1 + kEpoch;
  for (bool is_first = true;; is_first = false) {
    long before = 0;
    long after = 0;
    int before_dst = 0;
    int after_dst = 0;
    pg_time_t boundary = 0;
    const int found = pg_next_dst_boundary(&time, &before, &before_dst, &boundary, &after, &after_dst, rules);
    if (is_first) offsets.first = before * USECS_PER_SEC;
    const Timestamp at = found == 1 ? (boundary - kEpoch) * USECS_PER_SEC : kPlusInfinity;
    if (found != 1 || at > to || boundary <= time) return offsets;
    offsets.changes.push_back({at, after * USECS_PER_SEC});
    time = boundary;
  }
}

}  // namespace segments::pg
