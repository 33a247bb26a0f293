// Profiles that changes of the mapping have given other ordinals, in segments.moved_step and segments.moved_profile, until the
// members of all segments are carried over.  REQUIRES for all of it: within with_spi, as the extension's owner.
#pragma once
#include <cstdint>
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
  int64_t refresh_id = 0;              // the first one that shows it
  std::vector<MovedProfile> profiles;  // by `from`
  ProfileSet from;
};

// Notes profiles that one change of the mapping has given other ordinals, all at once.  REQUIRES: no `from` twice.
void note_moved_profiles(int64_t refresh_id, std::span<const MovedProfile> profiles);

// What refreshes after one and up to another have moved, in the order of the changes.  `read_only`: as the calling statement
// sees it.
std::vector<ProfileMoves> noted_moves(int64_t after, int64_t up_to, bool read_only);
// What members of this refresh, and of later ones, show.
void forget_moves_until(int64_t refresh_id);

// These ordinals (ascending) stand for nobody any more; a profile that went by one of them goes by what `names` says, or is gone.
void erase_moves(std::span<const Ordinal> gone, const std::map<Ordinal, Ordinal>& names);

}  // namespace segments::pg
