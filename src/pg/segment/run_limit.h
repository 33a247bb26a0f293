// What saved segments may cost: so many per owner, so long a run, and so long all those of one owner in a refresh.
#pragma once
#include <map>

#include "pg/server/server.h"
#include "pg/server/time_limit.h"

namespace segments::pg {

// Throws Error{kLimitExceeded} if `owner` has as many segments as one may have.  REQUIRES: within with_spi, as the extension's
// owner.
void check_may_have_more(Oid owner);

// The same if the definitions of its segments, with their old versions, are larger than the setting says.
void check_definitions_fit(Oid owner);

// Of one run of a segment, or of several that are evaluated together.
TimeLimit segment_time_limit();

// What the segments of each owner have taken in one refresh.
class OwnerTimes {
 public:
  OwnerTimes();
  // False for the extension's owner, and where the setting is off.
  bool is_used_up(Oid owner) const;
  void add(Oid owner, double seconds) { seconds_[owner] += seconds; }

 private:
  Oid unlimited_;
  std::map<Oid, double> seconds_;
};

// Defines the settings.  Called when the module is loaded.
void define_segment_settings();

}  // namespace segments::pg
