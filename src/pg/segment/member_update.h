// What a run, or a change of the mapping, makes of the members of segments: who entered and left, and since when the others are
// members.
//
// Stored members are ordinals of an earlier refresh.  What the mapping has moved since is applied to them first, so that profiles
// are compared with themselves.  A merge is neither leaving nor entering: of two members, the earlier instant stays; and the
// parts of a member that is split are members since then.  What changes becomes history.
#pragma once
#include <map>
#include <set>
#include <vector>

#include "core/evaluation/member_since.h"
#include "pg/evaluation/evaluation.h"
#include "pg/server/subtransaction.h"
#include "pg/store/history_profile.h"
#include "pg/store/membership_history.h"
#include "pg/store/membership_writer.h"
#include "pg/store/moved_profile.h"

namespace segments::pg {

// REQUIRES for all of it: within with_spi, as the extension's owner; nobody else writes members of these segments.
class MemberUpdate {
 public:
  // What is read is what `visibility` says; what is written is of the state `refresh_id`.  `numbers` outlives this.
  MemberUpdate(std::span<const int32_t> segment_ids, int64_t refresh_id, Visibility visibility, HistoryNumbers& numbers);

  // These were found at the instant `at` (without `since`); as many are in `found` as belong to them.
  void compare(Members found, Timestamp at);
  // Members stay those they were, as of `at`.  Those of damaged segments stay as they are.
  void carry(Timestamp at);

  // Only what differs from the stored rows is written.  A segment whose history can never be written any further loses it: a
  // warning says so, and so does its last_error once note_lost() was called.  It begins again with all members when the segment
  // is run.
  void write();
  void note_lost() const;
  // Whether a segment has other members than before; how many have.
  bool has_changed(int32_t segment_id) const;
  int64_t changed_segments() const { return static_cast<int64_t>(history_.size() + lost_.size()); }

  // Segments whose stored members could not be read.
  std::vector<int32_t> damaged() const;
  // By how many members a segment (an index into `segment_ids`) has grown.
  int64_t growth(size_t segment) const { return growth_[segment]; }

 private:
  // Members of a segment in a tile, before it is compared.
  struct Before {
    ProfileSet members;
    MemberSince since;
    bool is_stored = false;
    int64_t stored_count = 0;
    Bytes stored_members;
    Bytes stored_pieces;
    Bytes stored_since;
  };
  using Tiles = std::map<uint32_t, Before>;
  struct State {
    int64_t refresh_id = 0;  // 0: no members are stored
    Timestamp as_of = 0;
    bool has_history = false;
    bool has_lost_history() const { return refresh_id != 0 && !has_history; }  // if there are members
  };
  // What changes of the mapping have made of a member.
  struct Event {
    Change change;
    std::string profile_id;
    std::string other_id;
  };
  struct Changes {
    std::vector<std::vector<Event>> steps;
    ProfileSet left, entered;
    ProfileSet vanished;  // numbers of members that the history alone knows, and who are no profiles any more
    bool empty() const { return steps.empty() && left.empty() && entered.empty() && vanished.empty(); }
  };

  void read_states();
  void read_moves();
  void read_rows();
  void take_row(const Datum* values, const bool* nulls);
  bool is_same(const TileMembers& found, const Datum* values, const bool* nulls) const;
  bool is_moved(uint32_t segment, uint32_t tile) const;
  void carry_held();
  std::vector<Event> follow(Tiles& tiles, const ProfileMoves& change) const;
  void recall(uint32_t segment);
  void note_history();
  void number_profiles(const Changes& changes);
  void forget_lost() const;
  HistoryRun history_of(uint32_t segment) const;
  void settle(uint32_t segment, uint32_t tile, Before& before);
  void settle_damaged();

  std::vector<int32_t> ids_;
  int64_t refresh_id_;
  Visibility visibility_;
  HistoryNumbers& numbers_;
  std::map<int32_t, uint32_t> index_of_;
  std::vector<State> states_;
  std::vector<ProfileMoves> moves_;
  std::set<uint32_t> moved_tiles_;
  bool is_run_ = false;
  Timestamp at_ = 0;
  Members found_;                   // then: what is to be written
  std::map<uint32_t, Tiles> held_;  // of segments with members that have moved
  std::set<std::pair<uint32_t, uint32_t>> damaged_;
  std::vector<MembershipKey> ended_;
  std::vector<int64_t> growth_;
  std::vector<Changes> changes_;
  std::vector<HistoryRun> history_;
  std::map<uint32_t, Failure> lost_;  // by segment: why its history cannot be written
};

}  // namespace segments::pg
