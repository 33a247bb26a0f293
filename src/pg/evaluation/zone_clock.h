// Instants ↔ what a clock in a zone shows, for many of them: the server is asked for the zone's changes once.
#pragma once
#include "pg/evaluation/local_time.h"

namespace segments::pg {

class ZoneClock {
 public:
  explicit ZoneClock(std::string zone) : zone_(std::move(zone)), slow_(zone_) {}

  // As LocalTime's (core/calendar/local_time.h).  REQUIRES: t is finite.
  int64_t reading(Timestamp t);
  Timestamp instant(int64_t reading);
  // As timestamptz + interval; an infinity for what lies outside of all timestamps.  REQUIRES: t is finite.
  Timestamp shifted(Timestamp t, int64_t months, int64_t days, int64_t microseconds);

 private:
  const ZoneOffsets* offsets_around(Timestamp t);

  std::string zone_;
  ServerLocalTime slow_;  // for times too far apart
  Timestamp known_from_ = 0;
  Timestamp known_to_ = -1;
  ZoneOffsets known_;
  size_t last_ = 0;  // the change that was in force for the last time
};

// A reading plus months and days, the end of shorter months as PostgreSQL has it; outside of all timestamps maybe.
int64_t shifted_reading(int64_t reading, int64_t months, int64_t days);

// The readings (of timestamps without time zone) whose instants lie in a range.
std::vector<TimeRange> readings_within(const TimeRange& instants, const std::string& zone);

}  // namespace segments::pg
