#include "core/ingest/record_index.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/ingest/hash.h"
#include "core/ingest/row_batch.h"
#include "core/ingest/slot_table.h"

namespace segments {
namespace {

// An entry is {ordinal u32, number of the type u8 and length of the id u24, id}, aligned to 4 bytes.  There are few
// types and many records, so types are held once; an entry with type kWholeKey holds all of its key instead.
constexpr size_t kEntryHead = 2;
constexpr uint32_t kWholeKey = 255;
constexpr uint32_t kLengthBits = 24;
// Entries lie in chunks that never move, each within one: growing needs no second copy.  Slots hold their places in
// words: 16 GB of entries.
constexpr size_t kChunkWords = size_t{1} << 18;

size_t entry_words(size_t id_bytes) { return kEntryHead + (id_bytes + 3) / 4; }

struct KeyParts {
  uint32_t type;
  std::string_view id;
};

}  // namespace

struct RecordIndex::Implementation {
  explicit Implementation(HashSeed hash_seed) : seed(hash_seed) {}

  HashSeed seed;
  SlotTable slots;
  std::vector<std::unique_ptr<uint32_t[]>> chunks;
  size_t end = 0;  // of the last entry, in words from the first chunk's start
  size_t size = 0;
  std::vector<std::string> types;

  uint32_t* at(uint32_t entry) const { return chunks[entry / kChunkWords].get() + entry % kChunkWords; }
  // An unknown type's number is types.size(), or kWholeKey if there is no room for another.
  KeyParts split(std::string_view key) const {
    const size_t type_end = key.find('\0');
    if (type_end == std::string_view::npos) return {kWholeKey, key};
    for (uint32_t i = 0; i < types.size(); ++i) {
      if (types[i] == key.substr(0, type_end)) return {i, key.substr(type_end + 1)};
    }
    if (types.size() == kWholeKey) return {kWholeKey, key};
    return {static_cast<uint32_t>(types.size()), key.substr(type_end + 1)};
  }
  bool equals(uint32_t entry, const KeyParts& key) const {
    const uint32_t* words = at(entry);
    return words[1] == (key.type << kLengthBits | static_cast<uint32_t>(key.id.size())) &&
           std::memcmp(words + kEntryHead, key.id.data(), key.id.size()) == 0;
  }
  uint32_t find(uint64_t hash, std::string_view key) const {
    const KeyParts parts = split(key);
    return slots.find(hash, [&](uint32_t entry) { return equals(entry, parts); });
  }
  uint32_t allocate(size_t words);
};

uint32_t RecordIndex::Implementation::allocate(size_t words) {
  if (end / kChunkWords != (end + words - 1) / kChunkWords || end == chunks.size() * kChunkWords) {
    end = chunks.size() * kChunkWords;
    chunks.push_back(std::make_unique_for_overwrite<uint32_t[]>(kChunkWords));
  }
  if (words > kChunkWords || end + words >= SlotTable::kAbsent) {
    throw Error(ErrorCode::kLimitExceeded, "the keys of the records take too much memory");
  }
  const auto entry = static_cast<uint32_t>(end);
  end += words;
  return entry;
}

RecordIndex::RecordIndex(size_t expected_records, HashSeed seed) : implementation_(std::make_unique<Implementation>(seed)) {
  implementation_->slots.reserve(expected_records);
}

RecordIndex::~RecordIndex() = default;

void RecordIndex::insert(std::string_view key, Ordinal ordinal) {
  Implementation& index = *implementation_;
  const KeyParts parts = index.split(key);
  if (parts.type != kWholeKey && parts.type == index.types.size())
    index.types.emplace_back(key.substr(0, key.size() - parts.id.size() - 1));
  const uint32_t entry = index.allocate(entry_words(parts.id.size()));
  uint32_t* words = index.at(entry);
  words[0] = ordinal;
  words[1] = parts.type << kLengthBits | static_cast<uint32_t>(parts.id.size());
  if (!parts.id.empty()) std::memcpy(words + kEntryHead, parts.id.data(), parts.id.size());
  index.slots.insert(hash_bytes(key, index.seed), entry);
  ++index.size;
}

std::optional<Ordinal> RecordIndex::find(std::string_view key) const {
  const Implementation& index = *implementation_;
  const uint32_t entry = index.find(hash_bytes(key, index.seed), key);
  if (entry == SlotTable::kAbsent) return std::nullopt;
  return *index.at(entry);
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
      hashes[i] = hash_bytes(keys.at(first + i), index.seed);
      index.slots.prefetch(hashes[i]);
    }
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t entry = index.slots.candidate(hashes[i]);
      if (entry != SlotTable::kAbsent) __builtin_prefetch(index.at(entry));
    }
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t entry = index.find(hashes[i], keys.at(first + i));
      if (entry != SlotTable::kAbsent) ordinals[first + i] = *index.at(entry);
    }
  }
  return ordinals;
}

size_t RecordIndex::size() const { return implementation_->size; }

size_t RecordIndex::memory_bytes() const {
  return implementation_->slots.memory_bytes() + implementation_->chunks.size() * kChunkWords * sizeof(uint32_t);
}

size_t RecordIndex::estimated_bytes(size_t records, size_t average_id_bytes) {
  return SlotTable::bytes_for(records) + (records * entry_words(average_id_bytes) + kChunkWords) * sizeof(uint32_t);
}

}  // namespace segments
