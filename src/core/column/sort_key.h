// Integers that order like values, so that most comparisons of a sort need no memory access.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace segments {

inline uint64_t sort_key(int64_t value) { return static_cast<uint64_t>(value) ^ (uint64_t{1} << 63); }

// Orders like the first eight bytes; equal keys leave the order open.
inline uint64_t sort_key(std::string_view value) {
  uint64_t prefix = 0;
  if (!value.empty()) std::memcpy(&prefix, value.data(), std::min<size_t>(8, value.size()));
  return __builtin_bswap64(prefix);
}

}  // namespace segments
