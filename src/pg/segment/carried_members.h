// Members of segments that a refresh does not evaluate: not due, or failing.
//
// Stored members are ordinals: those that profiles went by when the segment was evaluated.  A change of the mapping may give a
// profile another one, and its old one to another profile; so what Regrouping changes is noted, and members are carried over
// to the ordinals that the same profiles go by now.  A profile that is no more is no member any more.
#pragma once
#include <cstdint>
#include <span>

#include "pg/run/change_context.h"

namespace segments::pg {

// Carries over the members of all segments but the `evaluated` ones, and forgets what was noted.  REQUIRES: within with_spi, as
// the extension's owner; lock_memberships().
void carry_members(ChangeContext& context, std::span<const int32_t> evaluated);

}  // namespace segments::pg
