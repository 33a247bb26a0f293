// Numbers values of fields, so that equal values have one number.
//
// To go by little memory, values can be taken in parts: those whose hashes begin with the same bits.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/column/number.h"
#include "core/evaluation/value_matcher.h"
#include "core/ingest/hash_seed.h"
#include "core/ingest/slot_table.h"

namespace segments {

// The values whose hashes begin with the `bits` lowest bits of `prefix`.
struct ValuePartition {
  uint32_t bits = 0;
  uint64_t prefix = 0;

  bool contains(uint64_t hash) const { return bits == 0 || hash >> (64 - bits) == prefix; }
  ValuePartition half(uint64_t which) const { return {bits + 1, prefix << 1 | which}; }
};

class DistinctValues {
 public:
  static constexpr uint32_t kElsewhere = UINT32_MAX;  // of another part

  // `identity`, which must outlive this, may be null: then there is no kServer.
  DistinctValues(ValueIdentity* identity, HashSeed seed, ValuePartition part) : identity_(identity), seed_(seed), part_(part) {}

  uint32_t number(const Dictionary& dictionary, uint32_t index, ValueEquality equality);
  uint32_t size() const { return static_cast<uint32_t>(ends_.size()); }
  size_t memory_bytes() const { return ends_.size() * sizeof(size_t) + bytes_.size() + slots_.memory_bytes(); }

 private:
  // Bytes that are the same for equal values, but of kServer; valid until the next call.
  std::string_view key(const Dictionary& dictionary, uint32_t index, ValueEquality equality);
  std::string_view number_key(const Dictionary& dictionary, uint32_t index);
  std::string_view at(uint32_t number) const;

  ValueIdentity* const identity_;
  const HashSeed seed_;
  const ValuePartition part_;
  SlotTable slots_;
  std::vector<size_t> ends_;
  std::vector<char> bytes_;
  Number number_;
  std::vector<char> key_;
};

}  // namespace segments
