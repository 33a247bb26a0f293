// The ids of 2^13 neighbouring ordinals in one run of bytes, so that many ordinals become ids in one go.
//
// Most ids stand as the server holds short texts: a byte 2 * n + 1 and n - 1 bytes, so that a value can point into the run.  The
// bytes 0, 2 and 4 begin what is none: an ordinal without id, one with the id of the nearest one before that has any, and a long
// id, whose length follows in four bytes.  The run ends with the last ordinal that has an id, and a checksum sealed by the chunk.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "core/column/section.h"
#include "core/ordinal.h"

namespace segments {

inline constexpr uint32_t kIdChunkBits = 13;
inline constexpr uint32_t kIdChunkSize = 1u << kIdChunkBits;

constexpr uint32_t id_chunk_of(Ordinal ordinal) { return ordinal >> kIdChunkBits; }
constexpr uint32_t offset_in_id_chunk(Ordinal ordinal) { return ordinal & (kIdChunkSize - 1); }
constexpr uint64_t first_of_id_chunk(uint32_t chunk) { return uint64_t{chunk} << kIdChunkBits; }

class IdChunkWriter {
 public:
  // REQUIRES: offsets ascending and below kIdChunkSize.
  void add(uint32_t offset, std::string_view id);
  bool empty() const { return next_ == 0; }
  // The least and the greatest id by their bytes; empty if there is none.
  std::string_view lowest() const { return lowest_; }
  std::string_view highest() const { return highest_; }
  // What was added, and begins anew.
  Bytes finish(uint32_t chunk);

 private:
  Bytes bytes_;
  uint32_t next_ = 0;  // the first offset that was not written
  std::string last_;
  std::string lowest_;
  std::string highest_;
};

class IdChunk {
 public:
  // Reads the run, which must outlive what this gives.  Throws Error{kDataCorrupted}.
  void open(BytesView bytes, uint32_t chunk);
  // Another id, or none, for one ordinal; its bytes must outlive this.
  void replace(uint32_t offset, std::optional<std::string_view> id);
  // Forgets all.
  void clear();

  std::optional<std::string_view> at(uint32_t offset) const {
    const std::string_view id = ids_[offset];
    return id.data() == nullptr ? std::nullopt : std::optional(id);
  }
  // Whether the byte before the id is the head of a short text, as the server has it.
  bool has_head(uint32_t offset) const { return has_head_[offset]; }

 private:
  std::vector<std::string_view> ids_ = std::vector<std::string_view>(kIdChunkSize);
  std::vector<bool> has_head_ = std::vector<bool>(kIdChunkSize);
};

}  // namespace segments
