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

// All members of the chosen segments, tile by tile and, within, chunk of ids by chunk of ids.
class MembersByTile final : public MemberRows {
 public:
  MembersByTile(ChosenSegments& chosen, ProfileIdReader* ids, TextMemory& memory) : chosen_(chosen), ids_(ids), memory_(memory) {}
  bool next(MemberRow& row) override;

 private:
  bool next_part();
  bool next_tile();
  void fill();

  ChosenSegments& chosen_;
  ProfileIdReader* ids_;  // null: ids are not wanted
  TextMemory& memory_;
  ServerInterrupt interrupt_;
  std::optional<uint32_t> last_tile_;
  bool has_begun_ = false;
  size_t group_ = 0;  // the first segment of those that are read together
  uint32_t tile_ = 0;
  uint32_t chunk_ = 0;  // of the tile
  std::vector<TileMembers> members_;
  size_t part_ = 0;  // of members_
  std::vector<Ordinal> ordinals_;
  size_t position_ = 0;
  size_t count_ = 0;
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

// In the order of ids: chunks are opened when their lowest id is due (descending: the highest), and closed when they are read.
class MembersInOrder final : public MemberRows {
 public:
  MembersInOrder(ChosenSegments& chosen, ProfileIdReader& ids, TextMemory& memory, IdRange range, bool descending)
      : chosen_(chosen), ids_(ids), memory_(memory), range_(std::move(range)), descending_(descending) {}
  bool next(MemberRow& row) override;

 private:
  struct Entry {
    std::string_view id;
    uint32_t segment;
    Timestamp since;
  };
  struct OpenChunk {
    std::string bytes;
    std::vector<Entry> entries;
    size_t position = 0;
  };
  bool is_before(std::string_view a, std::string_view b) const { return descending_ ? b < a : a < b; }
  std::string_view first_of(const IdChunkBounds& bounds) const { return descending_ ? bounds.highest : bounds.lowest; }
  void begin();
  void open_next();
  void collect(uint32_t chunk, OpenChunk& open);
  bool is_later(const OpenChunk& a, const OpenChunk& b) const;

  ChosenSegments& chosen_;
  ProfileIdReader& ids_;
  TextMemory& memory_;
  IdRange range_;
  bool descending_;
  ServerInterrupt interrupt_;
  bool has_begun_ = false;
  std::vector<IdChunkBounds> bounds_;             // those to come last
  std::vector<std::unique_ptr<OpenChunk>> open_;  // a heap, what is due first on top
  std::optional<uint32_t> tile_;
  std::vector<TileMembers> members_;
};

}  // namespace segments::pg
