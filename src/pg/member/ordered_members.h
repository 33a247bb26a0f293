// Members in the order of ids.
#pragma once
#include "pg/member/member_rows.h"

namespace segments::pg {

// What ids are compared with; nothing: no such condition.
struct IdRange {
  std::optional<std::string> low;
  std::optional<std::string> high;
  bool includes_low = true;
  bool includes_high = true;

  bool contains(std::string_view id) const {
    return (!low || id > *low || (includes_low && id == *low)) && (!high || id < *high || (includes_high && id == *high));
  }
};

// In the order of ids: chunks are opened when their lowest id is due (descending: the highest), and so are their blocks, which
// are closed when they are read.
class MembersInOrder final : public MemberRows {
 public:
  MembersInOrder(ChosenSegments& chosen, ProfileIdReader& ids, TextMemory& memory, IdRange range, bool descending, size_t wanted)
      : chosen_(chosen), ids_(ids), memory_(memory), range_(std::move(range)), descending_(descending), wanted_(wanted) {}
  bool next(MemberRow& row) override;

 private:
  struct Entry {
    std::string_view id;
    uint32_t segment;
    uint32_t offset;  // in the chunk
    Timestamp since;
  };
  using Members = std::shared_ptr<const std::vector<ChosenMembers>>;
  // A chunk of which not all blocks are read yet.
  struct OpenChunk {
    std::shared_ptr<StoredIdChunk> ids;
    Members members;
    std::vector<StoredIdChunk::Bounds> blocks;  // those to come last
  };
  // Members in some blocks.
  struct Run {
    std::shared_ptr<StoredIdChunk> ids;
    std::vector<Entry> entries;
    size_t position = 0;
  };
  bool is_before(std::string_view a, std::string_view b) const { return descending_ ? b < a : a < b; }
  template <class Bounds>
  std::string_view first_of(const Bounds& bounds) const {
    return descending_ ? bounds.highest : bounds.lowest;
  }
  template <class Bounds>
  std::string_view last_of(const Bounds& bounds) const {
    return descending_ ? bounds.lowest : bounds.highest;
  }
  template <class Bounds>
  bool is_out_of_range(const Bounds& bounds) const {
    return (range_.low && bounds.highest < *range_.low) || (range_.high && bounds.lowest > *range_.high);
  }
  void begin();
  bool open_what_is_due();
  void open_chunk(uint32_t number);
  void read_due_blocks();
  std::vector<uint32_t> take_due(OpenChunk& chunk);
  size_t count(const OpenChunk& chunk, uint32_t block) const;
  void read(StoredIdChunk& chunk, std::vector<uint32_t> blocks);
  void collect(const OpenChunk& chunk, uint32_t block, std::vector<Entry>& entries);
  Members members_of(uint32_t tile);
  void push(std::unique_ptr<OpenChunk> chunk);
  bool is_later(const Run& a, const Run& b) const;

  ChosenSegments& chosen_;
  ProfileIdReader& ids_;
  TextMemory& memory_;
  IdRange range_;
  bool descending_;
  size_t wanted_;  // rows whose ids are not read yet and will be; 0: that is not known
  ServerInterrupt interrupt_;
  bool has_begun_ = false;
  std::shared_ptr<const IdBounds> bounds_;
  std::span<const IdChunkBounds> chunks_;           // those to come, in their order
  std::vector<std::unique_ptr<OpenChunk>> opened_;  // a heap, whose next block is due first on top
  std::vector<std::unique_ptr<Run>> runs_;          // a heap, whose next entry is due first on top
  size_t blocks_ = 1;                               // that are read at once
  std::unique_ptr<Run> finished_;                   // has the id of the row that was given last
  std::unordered_map<uint32_t, std::weak_ptr<const std::vector<ChosenMembers>>> tiles_;  // those of opened chunks
  Members last_members_;                                                                 // of the tile that was read last
  std::vector<Ordinal> ordinals_;
};

}  // namespace segments::pg
