// Members one by one, in the three ways of a scan.
#pragma once
#include "pg/member/chosen_segments.h"
#include "pg/store/profile_id_reader.h"
#include "pg/store/record_reader.h"

namespace segments::pg {

struct MemberRow {
  size_t segment;    // among the chosen ones
  Timestamp since;   // if that is wanted
  Datum profile_id;  // a text, valid until the next row; 0 if ids are not wanted
};

class MemberRows {
 public:
  virtual ~MemberRows() = default;
  // False after the last row.
  virtual bool next(MemberRow& row) = 0;
};

// Memory for texts that cannot point into what was read; emptied now and then.
class TextMemory {
 public:
  explicit TextMemory(MemoryContext context) : context_(context) {}
  Datum text(std::string_view bytes);
  // The id of an ordinal of the chunk.
  Datum id(const IdChunk& ids, uint32_t offset, std::string_view id) {
    return ids.has_head(offset) ? PointerGetDatum(id.data() - 1) : text(id);
  }
  void clear();

 private:
  MemoryContext context_;
  size_t bytes_ = 0;
};

// All members of the chosen segments, tile by tile and, within, chunk of ids by chunk of ids.  Whoever wants the first rows alone
// has little more read than these: segments are read one by one in the first chunk, and more and more of its ids.
class MembersByTile final : public MemberRows {
 public:
  MembersByTile(ChosenSegments& chosen, ProfileIdReader* ids, TextMemory& memory) : chosen_(chosen), ids_(ids), memory_(memory) {}
  bool next(MemberRow& row) override;

 private:
  bool next_part();
  bool next_tile();
  bool read_segments();
  void fill();
  void read_ids(uint32_t offset);

  ChosenSegments& chosen_;
  ProfileIdReader* ids_;  // null: ids are not wanted
  TextMemory& memory_;
  ServerInterrupt interrupt_;
  std::optional<uint32_t> last_tile_;
  bool has_begun_ = false;
  size_t group_ = 0;         // the first segment of those that are read together
  size_t next_segment_ = 0;  // of the group: the first one whose members in the tile are not read yet
  size_t step_ = 1;          // how many of them are read at once
  uint32_t tile_ = 0;
  uint32_t chunk_ = 0;  // of the tile
  std::vector<TileMembers> members_;
  std::vector<TileMembers> more_;
  size_t part_ = 0;  // of members_
  std::vector<Ordinal> ordinals_;
  size_t position_ = 0;
  size_t count_ = 0;
  uint32_t blocks_ = 1;      // of ids that are read at once
  uint32_t read_until_ = 0;  // ids of the part are read from where it began up to this offset in the chunk
  const IdChunk* chunk_ids_ = nullptr;
};

// The chosen segments of each of some profiles.
class MembersOfProfiles final : public MemberRows {
 public:
  MembersOfProfiles(ChosenSegments& chosen, RecordReader& records, std::vector<Datum> profile_ids)
      : chosen_(chosen), records_(records), profile_ids_(std::move(profile_ids)) {}
  bool next(MemberRow& row) override;

 private:
  ChosenSegments& chosen_;
  RecordReader& records_;
  std::vector<Datum> profile_ids_;
  size_t next_profile_ = 0;
  std::vector<std::pair<size_t, Timestamp>> found_;
  size_t position_ = 0;
};

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
  MembersInOrder(ChosenSegments& chosen, ProfileIdReader& ids, TextMemory& memory, IdRange range, bool descending)
      : chosen_(chosen), ids_(ids), memory_(memory), range_(std::move(range)), descending_(descending) {}
  bool next(MemberRow& row) override;

 private:
  struct Entry {
    std::string_view id;
    uint32_t segment;
    uint32_t offset;  // in the chunk
    Timestamp since;
  };
  using Members = std::shared_ptr<const std::vector<TileMembers>>;
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
  void read(StoredIdChunk& chunk, std::vector<uint32_t>& blocks);
  void collect(const OpenChunk& chunk, uint32_t block, std::vector<Entry>& entries);
  Members members_of(uint32_t tile);
  void push(std::unique_ptr<OpenChunk> chunk);
  bool is_later(const Run& a, const Run& b) const;

  ChosenSegments& chosen_;
  ProfileIdReader& ids_;
  TextMemory& memory_;
  IdRange range_;
  bool descending_;
  ServerInterrupt interrupt_;
  bool has_begun_ = false;
  std::shared_ptr<const IdBounds> bounds_;
  std::span<const IdChunkBounds> chunks_;           // those to come, in their order
  std::vector<std::unique_ptr<OpenChunk>> opened_;  // a heap, whose next block is due first on top
  std::vector<std::unique_ptr<Run>> runs_;          // a heap, whose next entry is due first on top
  size_t blocks_ = 1;                               // that are read at once
  std::unique_ptr<Run> finished_;                   // has the id of the row that was given last
  std::unordered_map<uint32_t, std::weak_ptr<const std::vector<TileMembers>>> tiles_;  // those of opened chunks
  Members last_members_;                                                               // of the tile that was read last
  std::vector<Ordinal> ordinals_;
};

}  // namespace segments::pg
