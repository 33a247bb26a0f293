// How CRoaring's failures to allocate become std::bad_alloc.  For the implementation of ProfileSet only.
#pragma once
#include <roaring/roaring.h>

#include <cstddef>
#include <new>

namespace segments {

// CRoaring does not survive every failed malloc.  So what a call can need at most is asked for, and given back, before.
inline void require_memory(size_t bytes) { ::operator delete(::operator new(bytes)); }

// One container in the making: the largest temporary is a run container of 2 * (4096 + 2048) runs.
inline constexpr size_t kContainerBytes = size_t{128} << 10;

inline roaring_bitmap_t* require(roaring_bitmap_t* bitmap) {
  if (bitmap == nullptr) throw std::bad_alloc();
  return bitmap;
}

}  // namespace segments
