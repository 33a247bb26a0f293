#include "core/column/column_source.h"

#include <cstdlib>
#include <cstring>
#include <new>

namespace segments {

AlignedBytes::AlignedBytes(size_t size) : size_(size) {
  static_assert(kHeadroom % kAlignment == 0);
  const size_t allocated = (kHeadroom + size + kPadding + kAlignment - 1) / kAlignment * kAlignment;
  memory_.reset(static_cast<uint8_t*>(std::aligned_alloc(kAlignment, allocated)));
  if (memory_ == nullptr) throw std::bad_alloc();
  std::memset(data() + size, 0, kPadding);
}

AlignedBytes::AlignedBytes(std::span<const uint8_t> bytes) : AlignedBytes(bytes.size()) {
  if (!bytes.empty()) std::memcpy(data(), bytes.data(), bytes.size());
}

void AlignedBytes::Free::operator()(uint8_t* memory) const { std::free(memory); }

}  // namespace segments
