#include "pg/server/time_zone.h"

#include "pg/server/boundary.h"

namespace segments::pg {

pg_tz* time_zone_rules(const std::string& zone) {
  if (zone.empty()) return nullptr;
  const char* name = zone.c_str();
  return call([&] {
    pg_tz* found = pg_tzset(name);
    return found != nullptr && pg_tz_acceptable(found) ? found : nullptr;
  });
}

bool is_time_zone(const std::string& zone) { return time_zone_rules(zone) != nullptr; }

std::optional<Timestamp> instant_shown(int64_t reading, pg_tz* rules) {
  if (TIMESTAMP_NOT_FINITE(reading)) return reading;
  struct pg_tm parts;
  fsec_t fraction;
  if (timestamp2tm(reading, nullptr, &parts, &fraction, nullptr, nullptr) != 0) return std::nullopt;
  const TimestampTz instant = reading + DetermineTimeZoneOffset(&parts, rules) * USECS_PER_SEC;
  return IS_VALID_TIMESTAMP(instant) ? std::optional(instant) : std::nullopt;
}

std::string session_time_zone() { return pg_get_timezone_name(session_timezone); }

}  // namespace segments::pg
