// Reads ids of profiles, a chunk of ordinals at a time, as a snapshot shows them; without a statement.
#pragma once
#include "core/column/id_chunk.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// One chunk's bounds: no id of it is less or greater.
struct IdChunkBounds {
  uint32_t chunk;
  std::string lowest;
  std::string highest;
};

// Tables are open from the first read until close(), or until the transaction is aborted.
class ProfileIdReader {
 public:
  explicit ProfileIdReader(Snapshot snapshot) : snapshot_(snapshot) {}
  ProfileIdReader(const ProfileIdReader&) = delete;
  ProfileIdReader& operator=(const ProfileIdReader&) = delete;

  // The ids of a chunk, valid until the next one is read.  Throws Error{kDataCorrupted}.
  const IdChunk& read(uint32_t chunk);
  // Of all chunks that have ids, in no particular order.
  std::vector<IdChunkBounds> bounds();
  // Chunks that have been read.
  uint64_t chunks_read() const { return chunks_read_; }
  void close();

 private:
  void open();
  bool read_stored(uint32_t chunk);
  void read_changes(uint32_t chunk);

  Snapshot snapshot_;
  Relation chunks_ = nullptr;
  Relation chunk_index_ = nullptr;
  Relation changes_ = nullptr;
  Relation change_index_ = nullptr;
  IdChunk ids_;
  std::optional<uint32_t> current_;
  std::vector<uint8_t> stored_;
  std::vector<std::pair<uint32_t, std::optional<std::string>>> changed_;
  uint64_t chunks_read_ = 0;
};

}  // namespace segments::pg
