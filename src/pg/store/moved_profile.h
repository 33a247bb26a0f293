// Profiles that changes of the mapping have given other ordinals, in segments.moved_profile, until the members of all segments
// are carried over.  REQUIRES for all of it: within with_spi, as the extension's owner.
#pragma once
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/ordinal.h"
#include "core/set/profile_set.h"

namespace segments::pg {

struct MovedProfile {
  Ordinal from;
  std::optional<Ordinal> to;  // nothing: the profile has no record any more
};

// What one change of the mapping has moved.
struct ProfileMoves {
  std::vector<MovedProfile> profiles;  // by `from`
  ProfileSet from;
};

// Notes profiles that one change of the mapping has given other ordinals, all at once.  REQUIRES: no `from` twice.
void note_moved_profiles(std::span<const MovedProfile> profiles);

// What is noted, in the order of the changes.
std::vector<ProfileMoves> noted_moves();
void forget_moves();

// These ordinals (ascending) stand for nobody any more; a profile that went by one of them goes by what `names` says, or is gone.
void erase_moves(std::span<const Ordinal> gone, const std::map<Ordinal, Ordinal>& names);

}  // namespace segments::pg
