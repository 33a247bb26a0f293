// Members of segments that a refresh does not evaluate: not due, failing, or locked by somebody.
//
// Stored members are ordinals: those that profiles went by at the refresh they belong to (segment_state.refresh_id).  A change of
// the mapping may give a profile another one, and its old one to another profile; so what Regrouping changes is noted, and
// members are carried over to the ordinals that the same profiles go by now.  Of a member that is merged into another profile,
// that one is a member, and of one that is split, all parts; a profile that is no more and left nobody behind is no member any
// more.
//
// What somebody has locked is not waited for: it stays at its refresh, as do members that a transaction has found and not yet
// committed.  What was noted since is kept as long as there may be such, and whoever reads them carries them over.
#pragma once
#include <cstdint>
#include <unordered_map>

#include "core/interrupt.h"
#include "core/set/profile_set.h"
#include "core/time.h"

namespace segments::pg {

// REQUIRES for all: within with_spi, as the extension's owner.

// Carries over members to a refresh, and forgets what was noted if all of them are.  Returns how many segments that has changed.
int64_t carry_members(int64_t refresh_id, Interrupt& interrupt);

// Carries over all members to the published refresh.  REQUIRES: lock_memberships_within().
void settle_members(Interrupt& interrupt);

// Stored members of a segment, as of the published refresh that the calling statement sees.
ProfileSet carried_to_published(int32_t segment_id, ProfileSet members);
// The same of what is told by member: since when they are members.  Of two that became one, the earlier stays.
using SinceByMember = std::unordered_map<Ordinal, Timestamp>;
void carry_since_to_published(int32_t segment_id, SinceByMember& since);

}  // namespace segments::pg
