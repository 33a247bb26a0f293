#include "core/ingest/record_index.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "core/error.h"
#include "core/ingest/hash.h"
#include "core/ingest/row_batch.h"
#include "core/ingest/slot_table.h"

namespace segments {
namespace {

// An entry is {ordinal u32, key length u32, key}, aligned to 4 bytes; slots hold its place in units of 4 bytes: 16 GB
// of keys.
constexpr size_t kEntryHead = 2;

size_t entry_words(size_t key_bytes) {
  return kEntryHead + (key_bytes + 3) / 4;
}

}  // namespace

struct RecordIndex::Implementation {
  SlotTable slots;
  std::vector<uint32_t> entries;
  size_t size = 0;

  std::string_view key_of(uint32_t entry) const {
    return {reinterpret_cast<const char*>(entries.data() + entry + kEntryHead), entries[entry + 1]};
  }
  uint32_t find(uint64_t hash, std::string_view key) const {
    return slots.find(hash, [&](uint32_t entry) { return key_of(entry) == key; });
  }
};

RecordIndex::RecordIndex(size_t expected_records) : implementation_(std::make_unique<Implementation>()) {
  implementation_->slots.reserve(expected_records);
}

RecordIndex::~RecordIndex() = default;

void RecordIndex::insert(std::string_view key, Ordinal ordinal) {
  Implementation& index = *implementation_;
  const size_t entry = index.entries.size();
  if (entry + entry_words(key.size()) >= SlotTable::kAbsent) {
    throw Error(ErrorCode::kLimitExceeded, "the keys of the records take too much memory");
  }
  index.entries.resize(entry + entry_words(key.size()));
  index.entries[entry] = ordinal;
  index.entries[entry + 1] = static_cast<uint32_t>(key.size());
  if (!key.empty()) std::memcpy(index.entries.data() + entry + kEntryHead, key.data(), key.size());
  index.slots.insert(hash_bytes(key), static_cast<uint32_t>(entry));
  ++index.size;
}

std::optional<Ordinal> RecordIndex::find(std::string_view key) const {
  const Implementation& index = *implementation_;
  const uint32_t entry = index.find(hash_bytes(key), key);
  if (entry == SlotTable::kAbsent) return std::nullopt;
  return index.entries[entry];
}

// Three passes over a few keys at a time, so that the cache misses on slots and on entries overlap.
std::vector<Ordinal> RecordIndex::find_all(const StringTable& keys) const {
  constexpr uint32_t kTogether = 16;
  const Implementation& index = *implementation_;
  std::vector<Ordinal> ordinals(keys.size(), RowBatch::kNoOrdinal);
  std::array<uint64_t, kTogether> hashes;
  for (uint32_t first = 0; first < keys.size(); first += kTogether) {
    const uint32_t count = std::min(kTogether, keys.size() - first);
    for (uint32_t i = 0; i < count; ++i) {
      hashes[i] = hash_bytes(keys.at(first + i));
      index.slots.prefetch(hashes[i]);
    }
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t entry = index.slots.candidate(hashes[i]);
      if (entry != SlotTable::kAbsent) __builtin_prefetch(index.entries.data() + entry);
    }
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t entry = index.find(hashes[i], keys.at(first + i));
      if (entry != SlotTable::kAbsent) ordinals[first + i] = index.entries[entry];
    }
  }
  return ordinals;
}

size_t RecordIndex::size() const {
  return implementation_->size;
}

size_t RecordIndex::memory_bytes() const {
  return implementation_->slots.memory_bytes() + implementation_->entries.capacity() * sizeof(uint32_t);
}

size_t RecordIndex::estimated_bytes(size_t records, size_t average_key_bytes) {
  // Growing the entries holds the old and the new copy for a moment.
  return SlotTable::bytes_for(records) + 3 * records * entry_words(average_key_bytes) * sizeof(uint32_t);
}

}  // namespace segments
