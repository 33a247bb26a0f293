#include "core/fragment/value_bounds.h"

#include <algorithm>

namespace segments {
namespace {

// Eight bytes that memcmp orders like the integers.
Bytes ordered_bytes(int64_t value) {
  const uint64_t flipped = static_cast<uint64_t>(value) ^ (uint64_t{1} << 63);
  Bytes bytes(8);
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<uint8_t>(flipped >> (56 - 8 * i));
  return bytes;
}

Bytes prefix_of(std::string_view value) {
  const std::string_view prefix = value.substr(0, kBoundBytes);
  return Bytes(prefix.begin(), prefix.end());
}

// The smallest string of at most kBoundBytes that is above everything that begins with `prefix`; empty if there is
// none.
Bytes round_up(Bytes prefix) {
  while (!prefix.empty() && prefix.back() == 0xFF) prefix.pop_back();
  if (!prefix.empty()) ++prefix.back();
  return prefix;
}

}  // namespace

std::optional<ValueBounds> bounds_of(const Dictionary& dictionary, std::span<const uint32_t> codes) {
  uint32_t smallest = UINT32_MAX;  // less one, so that null comes last
  uint32_t largest = 0;
  for (const uint32_t code : codes) {
    smallest = std::min(smallest, code - 1);
    largest = std::max(largest, code);
  }
  if (largest == 0) return std::nullopt;
  ValueBounds bounds;
  if (dictionary.kind() != ValueKind::kBytes) {
    bounds.lower = ordered_bytes(dictionary.integer(smallest));
    bounds.upper = ordered_bytes(dictionary.integer(largest - 1));
    return bounds;
  }
  const std::string_view last = dictionary.bytes(largest - 1);
  bounds.lower = prefix_of(dictionary.bytes(smallest));
  bounds.upper = prefix_of(last);
  if (last.size() > kBoundBytes) {
    bounds.upper = round_up(std::move(bounds.upper));
    bounds.has_upper = !bounds.upper.empty();
  }
  return bounds;
}

}  // namespace segments
