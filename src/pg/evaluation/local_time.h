// Calendar arithmetic in the zone of a segment, by the server's own functions.
#pragma once
#include <string>
#include <vector>

#include "core/calendar/local_time.h"
#include "pg/server/boundary.h"
#include "pg/server/time_zone.h"

namespace segments::pg {

class ServerLocalTime final : public LocalTime {
 public:
  // `zone`: a name that the setting TimeZone accepts.
  explicit ServerLocalTime(std::string zone) : zone_(std::move(zone)) {}

  Timestamp subtract(Timestamp t, int64_t months, int64_t days) override;
  // REQUIRES: is_time_zone(zone).
  Timestamp instant(int64_t reading) override;
  int64_t reading(Timestamp t) override;
  Timestamp first_instant(int64_t reading) override;

 private:
  std::string zone_;
};

// What is added to an instant to get what a clock in a zone shows, in microseconds: from a change on, and before the first of
// them.
struct ZoneOffsets {
  struct Change {
    Timestamp at;
    int64_t offset;
  };
  int64_t first = 0;
  std::vector<Change> changes;  // ascending
};
// Of a span of time.  REQUIRES: is_time_zone(zone); from is finite.
ZoneOffsets zone_offsets(const std::string& zone, Timestamp from, Timestamp to);

}  // namespace segments::pg
