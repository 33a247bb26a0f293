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

// What processes that share a scan have in common; null: there is one process.
struct SharedScan {
  pg_atomic_uint64* next = nullptr;    // how often chunks were claimed
  uint32_t chunks = kIdChunksPerTile;  // that are claimed together
};

// All members of the chosen segments, tile by tile and, within, chunk of ids by chunk of ids.  Whoever wants the first rows alone
// has little more read than these: segments are read one by one in the first chunk, and more and more of its ids.
class MembersByTile final : public MemberRows {
 public:
  // `wanted`: about as many rows will be read; 0: all.
  MembersByTile(TileSource& chosen, ProfileIdReader* ids, TextMemory& memory, size_t wanted, SharedScan shared)
      : chosen_(chosen), ids_(ids), memory_(memory), wanted_(wanted), shared_(shared) {}
  bool next(MemberRow& row) override;

 private:
  bool next_part();
  bool next_tile();
  bool claim();
  uint32_t last_tile();
  bool read_segments();
  void fill();
  void read_ids(uint32_t offset);

  TileSource& chosen_;
  ProfileIdReader* ids_;  // null: ids are not wanted
  TextMemory& memory_;
  size_t wanted_;  // rows to come that will be read; 0: that is not known
  SharedScan shared_;
  ServerInterrupt interrupt_;
  std::optional<uint32_t> last_tile_;
  bool has_begun_ = false;
  size_t group_ = 0;         // the first segment of those that are read together
  size_t next_segment_ = 0;  // of the group: the first one whose members in the tile are not read yet
  size_t step_ = 1;          // how many of them are read at once
  uint32_t tile_ = 0;
  uint32_t chunk_ = 0;  // of the tile
  uint32_t end_chunk_ = kIdChunksPerTile;
  std::vector<ChosenMembers> members_;
  std::vector<ChosenMembers> more_;
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
  std::vector<FoundSegment> found_;
  size_t position_ = 0;
};

}  // namespace segments::pg
