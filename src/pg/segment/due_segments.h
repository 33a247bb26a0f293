// The saved segments that a refresh evaluates, and those it leaves out.
#pragma once
#include "pg/run/refresh_context.h"
#include "pg/segment/saved_segment.h"

namespace segments::pg {

struct DueSegment {
  SavedSegment segment;
  size_t part;              // its number in RefreshContext::parts
  bool runs_alone = false;  // it took too long last time
};

// The segments that are due, as parts of the refresh; those that nobody else has locked and that have an owner, locked, in the
// order in which they are evaluated.  REQUIRES: within with_spi, as the extension's owner.
std::vector<DueSegment> lock_due_segments(RefreshContext& context);

// Its members stay.
void leave_out(RefreshPart& part, const char* sqlstate, std::string reason);

// Tells the client which were left out, and why.
void warn_of_left_out(const std::vector<RefreshPart>& parts);

}  // namespace segments::pg
