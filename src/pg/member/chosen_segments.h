// The segments that one execution of a scan is about, and their members, a tile at a time.
#pragma once
#include <vector>

#include "pg/segment/carried_members.h"
#include "pg/segment/segment_directory.h"
#include "pg/store/membership_reader.h"

namespace segments::pg {

struct ChosenSegment {
  const ListedSegment* listed;
  Datum name;             // a text in the scan's memory
  SharedMembers carried;  // all members, if the stored ones have yet to follow a change of the mapping
};

struct TileMembers {
  size_t segment;         // among the chosen ones
  SharedMembers members;  // maybe those of other tiles, too
};

class ChosenSegments {
 public:
  ChosenSegments(Snapshot snapshot, std::shared_ptr<const SegmentDirectory> directory, bool wants_since, MemoryContext context)
      : snapshot_(snapshot), directory_(std::move(directory)), context_(context),
        reader_(snapshot, directory_->published, wants_since, context), wants_since_(wants_since) {}

  const SegmentDirectory& directory() const { return *directory_; }
  void clear() {
    chosen_.clear();
    tiles_.clear();
    kept_ = 0;
  }
  // REQUIRES: in the order of the directory.
  void add(const ListedSegment& segment, Datum name) { chosen_.push_back({&segment, name, nullptr}); }
  size_t size() const { return chosen_.size(); }
  const ChosenSegment& operator[](size_t index) const { return chosen_[index]; }
  // Damaged members are an error: who reads these segments has asked for them by a condition.  Else a warning.
  void refuse_damage(bool refuse) { refuses_damage_ = refuse; }

  // The members in a tile of the chosen segments first … end - 1, in their order; those without any are left out.
  void read_tile(uint32_t tile, size_t first, size_t end, std::vector<TileMembers>& members);
  // Of all chosen segments, and kept: whoever looks profiles up comes back to a tile.
  const std::vector<TileMembers>& tile(uint32_t number);
  // The last tile with members of any of them; nothing: there are none.
  std::optional<uint32_t> last_tile();
  int64_t count(size_t index);
  uint64_t rows_decoded() const { return reader_.rows_decoded(); }
  void close() { reader_.close(); }

 private:
  void add_row(size_t index, TileRow&& row, std::vector<TileMembers>& members);
  void report_damage(const ListedSegment& segment, const std::string& detail);
  const SharedMembers& carried(size_t index);
  SharedMembers carry(const ListedSegment& segment);
  std::pair<ProfileSet, SinceByMember> stored(const ListedSegment& segment);
  bool is_worth_look_ups(size_t count) const { return count <= 8 || count * 4 < directory_->segments.size(); }

  Snapshot snapshot_;
  std::shared_ptr<const SegmentDirectory> directory_;
  MemoryContext context_;
  MembershipReader reader_;
  bool wants_since_;
  std::vector<ChosenSegment> chosen_;
  std::unordered_map<uint32_t, std::vector<TileMembers>> tiles_;
  size_t kept_ = 0;  // in tiles_, all in all
  std::set<int32_t> reported_;
  bool refuses_damage_ = true;
};

}  // namespace segments::pg
