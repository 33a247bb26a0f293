// Time zones as the server knows them.
#pragma once
#include <optional>
#include <string>

#include "core/time.h"
#include "pg/server/server.h"

namespace segments::pg {

// Whether the server knows the zone.
bool is_time_zone(const std::string& zone);

// The rules of a zone, which stay until the process ends; null: the server does not know it.
pg_tz* time_zone_rules(const std::string& zone);

// The instant at which clocks in a zone show a reading (of a timestamp without time zone), as AT TIME ZONE has it: of two, the
// later one; of readings that are skipped, as if clocks had not been put forward.  Nothing: it is out of range.  Server calls
// only.
std::optional<Timestamp> instant_shown(int64_t reading, pg_tz* rules);

// The zone of the session.
std::string session_time_zone();

}  // namespace segments::pg
