// Profiles that changes of the mapping have given other ordinals, in segments.moved_step and segments.moved_profile, until the
// members of all segments are carried over.  REQUIRES for all of it: within with_spi, as the extension's owner.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/ordinal.h"
#include "core/set/profile_set.h"

namespace segments::pg {

// What became of a profile.
enum class Move : int16_t {
  kRenumbered,  // it goes by `to`
  kGone,        // it has no record any more
  kMerged,      // it is no more, and its first record belongs to another profile, which goes by `to`
  kSplit,  // it stays, or is merged, and some of its records are another profile, which there was not before, and goes by `to`
};
struct MovedProfile {
  Move move;
  Ordinal from;
  std::optional<Ordinal> to = {};
  std::string profile_id = {};  // of the one that is gone or merged, or of the new one
  std::string other_id = {};    // of the one it is merged into, or was split from
};

// What one change of the mapping has moved.
struct ProfileMoves {
  int64_t refresh_id = 0;              // the first one that shows it
  std::vector<MovedProfile> profiles;  // by `from`
  ProfileSet from;
  ProfileSet departing;  // those of them that go by `from` no more
};

// Notes profiles that one change of the mapping has given other ordinals, all at once.  REQUIRES: of each `from`, all but one are
// kSplit.
void note_moved_profiles(int64_t refresh_id, std::span<const MovedProfile> profiles);

// What refreshes after one and up to another have moved, in the order of the changes.  `read_only`: as the calling statement
// sees it.
std::vector<ProfileMoves> noted_moves(int64_t after, int64_t up_to, bool read_only);
// What members of this refresh, and of later ones, show.
void forget_moves_until(int64_t refresh_id);

// These ordinals (ascending) stand for nobody any more; a profile that went by one of them goes by what `names` says, or is gone.
void erase_moves(std::span<const Ordinal> gone, const std::map<Ordinal, Ordinal>& names);

}  // namespace segments::pg
