// What a run, or a change of the mapping, makes of the members of segments: who entered and left, and since when the others are
// members.
//
// Stored members are ordinals of an earlier refresh.  What the mapping has moved since is applied to them first, so that profiles
// are compared with themselves.  A merge is neither leaving nor entering: of two members, the earlier instant stays.
#pragma once
#include <map>
#include <set>
#include <vector>

#include "core/evaluation/member_since.h"
#include "pg/evaluation/evaluation.h"
#include "pg/store/membership_writer.h"
#include "pg/store/moved_profile.h"

namespace segments::pg {

// REQUIRES for all of it: within with_spi, as the extension's owner; nobody else writes members of these segments.
class MemberUpdate {
 public:
  // What is read is what `visibility` says; what is written is of the state `refresh_id`.
  MemberUpdate(std::span<const int32_t> segment_ids, int64_t refresh_id, Visibility visibility);

  // These were found at the instant `at` (without `since`); as many are in `found` as belong to them.
  void compare(Members found, Timestamp at);
  // Members stay those they were.  Those of damaged segments are left as they are.
  void carry();

  // Only what differs from the stored rows is written.
  void write();

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
    Bytes stored_since;
  };
  using Tiles = std::map<uint32_t, Before>;
  struct State {
    int64_t refresh_id = 0;
    Timestamp as_of = 0;
  };

  void read_states();
  void read_moves();
  void read_rows();
  void take_row(const Datum* values, const bool* nulls);
  bool is_same(const TileMembers& found, const Datum* values, const bool* nulls) const;
  bool is_moved(uint32_t segment, uint32_t tile) const;
  void carry_held();
  void settle(uint32_t segment, uint32_t tile, Before& before);
  void settle_damaged();

  std::vector<int32_t> ids_;
  int64_t refresh_id_;
  Visibility visibility_;
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
};

}  // namespace segments::pg
