// When interactions of some types happened, roughly, as their fragments know it.
#pragma once
#include <vector>

#include "core/calendar/occupied_times.h"

namespace segments::pg {

// Which of the fragments to read.
struct TimesQuery {
  std::vector<int32_t> type_ids;
  int64_t refresh_id = 0;  // of the state that is asked about
  TimeRange window;
};

// From the first to the last time of all rows of those types, whatever the window; empty if there are none.
// REQUIRES: within with_spi, as the extension's owner.
TimeRange stored_span(const TimesQuery& query);

// Adds the times that lie in the window, and maybe others; ends early with more than `most` steps.  Reads the fragments that
// take many steps.  REQUIRES: likewise.
void add_stored_times(const TimesQuery& query, size_t most, OccupiedTimes& times);

}  // namespace segments::pg
