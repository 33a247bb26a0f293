// The life of a saved segment, and what is said of it: draft, active, inactive; description, tags, zone, copies.
//
//   draft     has no members; is counted and explained, never run
//   active    is run by its schedule, and when asked
//   inactive  keeps the members of its last run; never run
//
// Each becomes each.
#pragma once
#include <string_view>

#include "pg/segment/saved_segment.h"

namespace segments::pg {

// Throws Error{kInvalidValue} if there is no such state.
Lifecycle lifecycle_of(std::string_view state);
std::string_view state_of(Lifecycle lifecycle);

// Throws Error{kNotReady} unless it is active.
void check_is_active(const SavedSegment& segment);

}  // namespace segments::pg
