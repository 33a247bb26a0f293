// Reads ids of profiles, by chunks and blocks of ordinals, as a snapshot shows them; without a statement.
#pragma once
#include "core/column/id_chunk.h"
#include "pg/server/boundary.h"
#include "pg/server/stored_value.h"
#include "pg/store/id_bounds.h"

namespace segments::pg {

// A chunk of ids as far as it was read.
class StoredIdChunk {
 public:
  const IdChunk& ids() const { return ids_; }
  uint32_t number() const { return number_; }
  // Whether a block may have ids; if so, none of them is less or greater than these, which live as long as this.
  struct Bounds {
    uint32_t block;
    std::string_view lowest;
    std::string_view highest;
  };
  std::vector<Bounds> blocks() const;
  // Its memory is kept for others.
  static std::shared_ptr<StoredIdChunk> make();

 private:
  friend class ProfileIdReader;
  uint8_t* data() { return bytes_.get() + VARHDRSZ; }
  void reserve(size_t bytes);
  void open_blocks(uint32_t first, uint32_t end);

  uint32_t number_ = 0;
  StoredValue value_{};
  bool is_stored_ = false;
  std::unique_ptr<uint8_t[]> bytes_;  // VARHDRSZ bytes, and then those of the chunk that were read, each at its place
  size_t room_ = 0;
  size_t start_ = 0;  // as many bytes from the first one on are there
  IdChunk ids_;
  std::vector<std::pair<uint32_t, std::optional<std::string>>> changed_;  // by offset, ascending
};

// Tables are open from the first read until close(), or until the transaction is aborted.
class ProfileIdReader {
 public:
  ProfileIdReader(Snapshot snapshot, MemoryContext context) : snapshot_(snapshot), slices_(snapshot, context) {}
  ProfileIdReader(const ProfileIdReader&) = delete;
  ProfileIdReader& operator=(const ProfileIdReader&) = delete;

  // All throw Error{kDataCorrupted}.
  // The ids of a chunk, valid until another one is read this way.
  const IdChunk& read(uint32_t chunk) { return read(chunk, 0, kIdBlocks); }
  // At least these blocks of it, likewise.
  const IdChunk& read(uint32_t chunk, uint32_t first, uint32_t end);
  // A chunk on its own, without any blocks yet.
  std::shared_ptr<StoredIdChunk> open_chunk(uint32_t chunk);
  // At least these blocks.
  void read_blocks(StoredIdChunk& chunk, uint32_t first, uint32_t end);
  // Kept between calls for as long as snapshots see the same.
  std::shared_ptr<const IdBounds> bounds();
  // Chunks that have been opened.
  uint64_t chunks_read() const { return chunks_read_; }
  void close();

 private:
  void open();
  bool open_changes();
  void open_into(StoredIdChunk& chunk, uint32_t number, size_t start_bytes);
  bool find_stored(StoredIdChunk& chunk);
  void read_changes(StoredIdChunk& chunk);
  void copy(StoredIdChunk& chunk, size_t begin, size_t end);
  std::shared_ptr<const IdBounds> load_bounds();

  Snapshot snapshot_;
  Relation chunks_ = nullptr;
  Relation chunk_index_ = nullptr;
  Relation changes_ = nullptr;  // and its index: open if there may be any
  Relation change_index_ = nullptr;
  ToastTable slices_;  // of chunks
  std::shared_ptr<StoredIdChunk> current_;
  uint64_t chunks_read_ = 0;
};

}  // namespace segments::pg
