#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/column/column.h"

namespace segments {

int64_t float_to_ordered(double value) {
  if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
  if (value == 0) value = 0;  // -0 equals 0
  const auto bits = std::bit_cast<int64_t>(value);
  return bits < 0 ? bits ^ INT64_MAX : bits;
}

double ordered_to_float(int64_t ordered) { return std::bit_cast<double>(ordered < 0 ? ordered ^ INT64_MAX : ordered); }

Dictionary Dictionary::of_integers(ValueKind kind, std::vector<int64_t> sorted_distinct) {
  Dictionary dictionary;
  dictionary.kind_ = kind;
  dictionary.integers_ = std::move(sorted_distinct);
  return dictionary;
}

Dictionary Dictionary::of_bytes(std::vector<uint32_t> end_offsets, Bytes blob) {
  Dictionary dictionary;
  dictionary.kind_ = ValueKind::kBytes;
  dictionary.ends_ = std::move(end_offsets);
  dictionary.blob_ = std::move(blob);
  return dictionary;
}

uint32_t Dictionary::size() const { return static_cast<uint32_t>(kind_ == ValueKind::kBytes ? ends_.size() : integers_.size()); }

std::string_view Dictionary::bytes(uint32_t index) const {
  const uint32_t start = index == 0 ? 0 : ends_[index - 1];
  return {reinterpret_cast<const char*>(blob_.data()) + start, ends_[index] - start};
}

uint32_t Dictionary::lower_bound(int64_t value) const {
  return static_cast<uint32_t>(std::lower_bound(integers_.begin(), integers_.end(), value) - integers_.begin());
}

uint32_t Dictionary::lower_bound(std::string_view value) const {
  uint32_t first = 0;
  for (uint32_t count = size(); count > 0;) {
    const uint32_t half = count / 2;
    if (bytes(first + half) < value) {
      first += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return first;
}

size_t Dictionary::memory_bytes() const {
  return integers_.capacity() * sizeof(int64_t) + ends_.capacity() * sizeof(uint32_t) + blob_.capacity();
}

}  // namespace segments
