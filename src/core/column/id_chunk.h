// The ids of 2^13 neighbouring ordinals, so that many ordinals become ids in one go.
//
//   0  directory bytes u32 | count of blocks u32 | block … | crc u32      a block: bytes u32 and, unless that is 0, its least and
//                                                                          its greatest id (u32 and bytes each)
//   directory bytes  run … crc u32 | run … crc u32 | …
//
// A block is a run of the ids of 2^8 neighbouring ordinals, and can be read alone.  Most ids stand as the server holds short
// texts: a byte 2 * n + 1 and n - 1 bytes, so that a value can point into the run.  The bytes 0, 2 and 4 begin what is none: an
// ordinal without id, one with the id of the nearest one before that has any, and a long id, whose length follows in four bytes.
// A run ends with the last ordinal that has an id; blocks and chunks do so, too.  Checksums are sealed by the chunk and the
// block.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/column/section.h"
#include "core/ordinal.h"

namespace segments {

inline constexpr uint32_t kIdChunkBits = 13;
inline constexpr uint32_t kIdChunkSize = 1u << kIdChunkBits;
inline constexpr uint32_t kIdChunksPerTile = kTileSize / kIdChunkSize;
inline constexpr uint32_t kIdBlockBits = 8;
inline constexpr uint32_t kIdBlockSize = 1u << kIdBlockBits;
inline constexpr uint32_t kIdBlocks = kIdChunkSize / kIdBlockSize;

constexpr uint32_t id_chunk_of(Ordinal ordinal) { return ordinal >> kIdChunkBits; }
constexpr uint32_t offset_in_id_chunk(Ordinal ordinal) { return ordinal & (kIdChunkSize - 1); }
constexpr uint64_t first_of_id_chunk(uint32_t chunk) { return uint64_t{chunk} << kIdChunkBits; }
constexpr uint32_t id_block_of(uint32_t offset) { return offset >> kIdBlockBits; }

class IdChunkWriter {
 public:
  // REQUIRES: offsets ascending and below kIdChunkSize.
  void add(uint32_t offset, std::string_view id);
  bool empty() const { return blocks_.empty(); }
  // The least and the greatest id by their bytes; empty if there is none.
  std::string_view lowest() const { return lowest_; }
  std::string_view highest() const { return highest_; }
  // What was added, and begins anew.
  Bytes finish(uint32_t chunk);

 private:
  struct Block {
    Bytes run;
    std::string lowest;
    std::string highest;
  };
  std::vector<Block> blocks_;
  uint32_t next_ = 0;  // the first offset that was not written
  std::string last_;
  std::string lowest_;
  std::string highest_;
};

// What the directory says of a block.
struct IdBlock {
  uint64_t begin = 0;  // its bytes, within those of the chunk
  uint64_t size = 0;   // 0: it has no ids
  std::string_view lowest;
  std::string_view highest;
};

// A chunk as far as it was read.  All bytes that it is given must outlive what it gives.
class IdChunk {
 public:
  static constexpr size_t kSizeBytes = sizeof(uint32_t);
  // The size of the directory, of which `start` are the first bytes.  Throws Error{kDataCorrupted}, as everything that reads.
  static size_t directory_bytes(BytesView start);

  // Forgets all, and reads the directory of a chunk of `size` bytes; no bytes: the chunk has no ids.
  void begin(BytesView directory, uint64_t size, uint32_t chunk);
  const IdBlock& block(uint32_t number) const { return blocks_[number]; }
  bool is_open(uint32_t block) const { return (open_ >> block & 1) != 0; }
  // REQUIRES: first < end.
  bool are_open(uint32_t first, uint32_t end) const {
    const uint32_t wanted = UINT32_MAX >> (kIdBlocks - (end - first)) << first;
    return (open_ & wanted) == wanted;
  }
  // The bytes of a block.
  void open_block(uint32_t block, BytesView bytes);
  // A chunk as a whole.
  void open(BytesView bytes, uint32_t chunk);
  // Another id, or none, for one ordinal of a block that is open.
  void replace(uint32_t offset, std::optional<std::string_view> id);

  // REQUIRES: its block is open.
  std::optional<std::string_view> at(uint32_t offset) const {
    const Even& even = even_[id_block_of(offset)];
    if (even.step != 0) {
      const uint32_t place = offset & (kIdBlockSize - 1);
      if (place >= even.count) return std::nullopt;
      return std::string_view(even.first + size_t{place} * even.step, even.step - 1);
    }
    const std::string_view id = ids_[offset];
    return id.data() == nullptr ? std::nullopt : std::optional(id);
  }
  // Whether the byte before the id, of which there is one, is the head of a short text, as the server has it.
  bool has_head(uint32_t offset) const { return even_[id_block_of(offset)].step != 0 || has_head_[offset]; }

 private:
  // Short ids of one length for the first ordinals of a block, and none for the others: found without being read one by one.
  struct Even {
    const char* first = nullptr;
    uint32_t step = 0;  // 0: a block that is not so
    uint32_t count = 0;
  };
  static Even even(BytesView run);
  void read_run(BytesView run, uint32_t first);

  static_assert(kIdBlocks == 32);
  uint32_t chunk_ = 0;
  uint32_t open_ = 0;  // a bit a block
  std::array<IdBlock, kIdBlocks> blocks_;
  std::array<Even, kIdBlocks> even_;
  // Filled block by block, when that is opened.
  std::unique_ptr<std::string_view[]> ids_ = std::make_unique_for_overwrite<std::string_view[]>(kIdChunkSize);
  std::unique_ptr<bool[]> has_head_ = std::make_unique_for_overwrite<bool[]>(kIdChunkSize);
};

}  // namespace segments
