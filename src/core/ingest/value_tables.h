// The distinct values of a batch's columns, numbered in order of appearance.
#pragma once
#include <string_view>
#include <vector>

#include "core/column/byte_reader.h"
#include "core/column/byte_writer.h"
#include "core/ingest/hash.h"
#include "core/ingest/row_batch.h"
#include "core/ingest/slot_table.h"

namespace segments {

struct StringTable::Implementation {
  explicit Implementation(HashSeed hash_seed) : seed(hash_seed) {}

  HashSeed seed;
  std::vector<uint32_t> ends;
  std::vector<char> blob;
  SlotTable slots;
  bool is_indexed = true;  // a table that was read is indexed only when something is inserted

  uint32_t size() const { return static_cast<uint32_t>(ends.size()); }
  std::string_view at(uint32_t number) const {
    const uint32_t start = number == 0 ? 0 : ends[number - 1];
    return {blob.data() + start, ends[number] - start};
  }
  uint32_t insert(std::string_view text) { return insert(text, hash_of(text)); }
  uint32_t insert(std::string_view text, uint64_t hash) {
    if (!is_indexed) index();
    const uint32_t found = slots.find(hash, [&](uint32_t number) { return at(number) == text; });
    return found != SlotTable::kAbsent ? found : append(text, hash);
  }
  uint64_t hash_of(std::string_view text) const { return hash_bytes(text, seed); }
  void prefetch(uint64_t hash) const { slots.prefetch(hash); }
  uint32_t append(std::string_view text, uint64_t hash);
  void index();
  size_t memory_bytes() const { return ends.capacity() * sizeof(uint32_t) + blob.capacity() + slots.memory_bytes(); }

  void write(ByteWriter& out) const;
  void read(ByteReader& in);
};

class IntegerTable {
 public:
  explicit IntegerTable(HashSeed seed) : seed_(seed) {}
  uint32_t size() const { return static_cast<uint32_t>(values_.size()); }
  int64_t at(uint32_t number) const { return values_[number]; }
  uint32_t insert(int64_t value) {
    if (!is_indexed_) index();
    const uint64_t hash = hash_of(value);
    const uint32_t found = slots_.find(hash, [&](uint32_t number) { return values_[number] == value; });
    return found != SlotTable::kAbsent ? found : append(value, hash);
  }
  size_t memory_bytes() const { return values_.capacity() * sizeof(int64_t) + slots_.memory_bytes(); }

  void write(ByteWriter& out) const;
  void read(ByteReader& in);

 private:
  uint64_t hash_of(int64_t value) const { return hash_integer(static_cast<uint64_t>(value), seed_); }
  uint32_t append(int64_t value, uint64_t hash);
  void index();

  HashSeed seed_;
  std::vector<int64_t> values_;
  SlotTable slots_;
  bool is_indexed_ = true;
};

}  // namespace segments
