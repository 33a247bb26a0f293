// The segments that one execution of a scan is about, and their members, a tile at a time.
#pragma once
#include <vector>

#include "core/set/sets_of_ordinal.h"
#include "pg/segment/carried_members.h"
#include "pg/segment/segment_directory.h"
#include "pg/store/membership_reader.h"

namespace segments::pg {

struct ChosenSegment {
  const ListedSegment* listed;
  Datum name;             // a text in the scan's memory
  SharedMembers carried;  // all members, if the stored ones have yet to follow a change of the mapping
};

struct ChosenMembers {
  size_t segment;         // among the chosen ones
  SharedMembers members;  // maybe those of other tiles, too
};

// The members that are first … first + size - 1.
inline void read_some(const ProfileSet& members, uint64_t first, uint32_t size, std::vector<Ordinal>& ordinals) {
  ordinals.resize(members.count_in(first, first + size));
  ordinals.resize(ordinals.empty() ? 0 : members.read(static_cast<Ordinal>(first), ordinals));
}

struct FoundSegment {
  size_t segment;   // among the chosen ones
  Timestamp since;  // if that is wanted
};

// A tile that is looked at again and again.
class KeptTile {
 public:
  KeptTile(uint32_t tile, std::vector<ChosenMembers> members);
  // The segments that an ordinal is in, in their order; valid until the next question.  May take `room` bytes more from now on.
  const std::vector<const ChosenMembers*>& of(Ordinal ordinal, size_t room);
  size_t bytes() const { return member_bytes_ + sets_.memory_bytes(); }

 private:
  std::vector<ChosenMembers> members_;
  size_t member_bytes_ = 0;
  SetsOfOrdinal sets_;
  std::vector<uint32_t> places_;
  std::vector<const ChosenMembers*> found_;
};

// As many of them as the setting allows, those that were asked last.
class KeptTiles {
 public:
  void clear();
  bool has(uint32_t number) const { return tiles_.contains(number); }
  void add(uint32_t number, KeptTile tile);
  // As KeptTile::of().  REQUIRES: has(number).
  const std::vector<const ChosenMembers*>& ask(uint32_t number, Ordinal ordinal);
  // How often a tile was looked at since it was kept last; who looks, counts.
  uint32_t& looks(uint32_t number) { return looks_[number]; }

 private:
  struct Kept {
    KeptTile tile;
    uint64_t asked;  // when
  };
  void drop_oldest();

  std::unordered_map<uint32_t, Kept> tiles_;
  std::unordered_map<uint32_t, uint32_t> looks_;
  uint64_t questions_ = 0;
  size_t bytes_ = 0;
};

// Members by segment, or what stands for one, and by tile.
class TileSource {
 public:
  virtual ~TileSource() = default;
  virtual size_t size() const = 0;
  // Since when those are members of whom nothing is known: the segment's last run.
  virtual Timestamp as_of(size_t segment) const = 0;
  // The members in a tile of the segments first … end - 1, in their order; those without any are left out.
  virtual void read_tile(uint32_t tile, size_t first, size_t end, std::vector<ChosenMembers>& members) = 0;
  // The last tile with members of any of them; nothing: there are none.
  virtual std::optional<uint32_t> last_tile() = 0;
};

// Since when an ordinal is a member, if that was read.
inline Timestamp since_of(const TileSource& source, const ChosenMembers& members, Ordinal ordinal) {
  return members.members->knows_since ? members.members->since_of(ordinal, source.as_of(members.segment)) : 0;
}

class ChosenSegments final : public TileSource {
 public:
  ChosenSegments(Snapshot snapshot, std::shared_ptr<const SegmentDirectory> directory, bool wants_since, MemoryContext context)
      : snapshot_(snapshot), directory_(std::move(directory)), context_(context),
        reader_(snapshot, directory_->published, wants_since, context), wants_since_(wants_since) {}

  const SegmentDirectory& directory() const { return *directory_; }
  void clear() {
    chosen_.clear();
    all_ = nullptr;
    tiles_.clear();
  }
  // REQUIRES: in the order of the directory.
  void add(const ListedSegment& segment, Datum name) { chosen_.push_back({&segment, name, nullptr}); }
  size_t size() const override { return chosen_.size(); }
  Timestamp as_of(size_t segment) const override { return chosen_[segment].listed->as_of; }
  const ChosenSegment& operator[](size_t index) const { return chosen_[index]; }
  // Damaged members are an error: who reads these segments has asked for them by a condition.  Else a warning.
  void refuse_damage(bool refuse) { refuses_damage_ = refuse; }

  void read_tile(uint32_t tile, size_t first, size_t end, std::vector<ChosenMembers>& members) override;
  // Those chosen are all that these are, in their order.
  void are_all(std::shared_ptr<const ReadableSegments> readable) { all_ = std::move(readable); }
  // The segments that an ordinal is in, in their order.
  void find(Ordinal ordinal, std::vector<FoundSegment>& found);
  std::optional<uint32_t> last_tile() override;
  int64_t count(size_t index);
  uint64_t rows_decoded() const { return reader_.rows_decoded(); }
  void close() { reader_.close(); }

 private:
  // Where members of tiles are kept: whoever looks profiles up comes back.
  KeptTiles& kept_tiles();
  KeptTiles& keep_tile(uint32_t number);
  void look_up(Ordinal ordinal, std::vector<FoundSegment>& found);
  void add_answer(size_t index, const MemberAnswer& answer, std::vector<FoundSegment>& found);
  // Which of the segments first … end - 1 it is, if its members are read as they are stored.
  std::optional<size_t> stored_index(int32_t segment_id, size_t first, size_t end) const;
  void add_row(size_t index, TileRow&& row, std::vector<ChosenMembers>& members);
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
  std::shared_ptr<const ReadableSegments> all_;
  KeptTiles tiles_;
  std::set<int32_t> reported_;
  bool refuses_damage_ = true;
};

}  // namespace segments::pg
