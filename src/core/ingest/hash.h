// A fast 64-bit hash of short byte strings and integers: multiply and fold, as in wyhash (Wang Yi, 2019).  Not stored
// anywhere.
//
// Whoever chooses values does not know the seed, so cannot choose such that collide: both factors of each product hold
// some of it.
#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/ingest/hash_seed.h"

namespace segments {

inline uint64_t fold_multiply(uint64_t a, uint64_t b) {
  __extension__ typedef unsigned __int128 Wide;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

inline uint64_t hash_integer(uint64_t value, HashSeed seed) { return fold_multiply(value ^ seed.first, seed.second); }

// REQUIRES: hash is of the same seed.
inline uint64_t hash_combine(uint64_t hash, uint64_t value, HashSeed seed) {
  return fold_multiply(hash ^ value, seed.second ^ (hash << 1));
}

inline uint64_t hash_bytes(std::string_view bytes, HashSeed seed) {
  const auto load8 = [](const char* data) {
    uint64_t word;
    std::memcpy(&word, data, 8);
    return word;
  };
  const auto load4 = [](const char* data) {
    uint32_t word;
    std::memcpy(&word, data, 4);
    return uint64_t{word};
  };
  const char* data = bytes.data();
  size_t size = bytes.size();
  uint64_t hash = seed.first;
  if (size > 16) {
    for (; size > 16; data += 16, size -= 16) hash = fold_multiply(load8(data) ^ hash, load8(data + 8) ^ seed.second);
    data -= 16 - size;  // the last 16 bytes, some of them once more
    size = 16;
  }
  uint64_t low = 0;
  uint64_t high = 0;
  if (size >= 8) {
    low = load8(data);
    high = load8(data + size - 8);
  } else if (size >= 4) {
    low = load4(data);
    high = load4(data + size - 4);
  } else if (size > 0) {
    const auto byte = [&](size_t i) { return uint64_t{static_cast<uint8_t>(data[i])}; };
    low = byte(0) << 16 | byte(size / 2) << 8 | byte(size - 1);
  }
  return hash_integer(fold_multiply(low ^ seed.second, high ^ hash) ^ bytes.size(), seed);
}

}  // namespace segments
