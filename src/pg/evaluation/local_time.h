// Calendar arithmetic in the zone of a segment, by the server's own functions.
#pragma once
#include <string>

#include "core/language/window.h"
#include "pg/server/boundary.h"

namespace segments::pg {

class ServerLocalTime final : public LocalTime {
 public:
  // `zone`: a name that the setting TimeZone accepts.
  explicit ServerLocalTime(std::string zone) : zone_(std::move(zone)) {}

  Timestamp subtract(Timestamp t, int64_t months, int64_t days) override;
  // REQUIRES: is_time_zone(zone).
  Timestamp instant(int64_t reading) override;

 private:
  std::string zone_;
};

// Whether the server knows the zone.
bool is_time_zone(const std::string& zone);

// The zone of the session.
std::string session_time_zone();

}  // namespace segments::pg
