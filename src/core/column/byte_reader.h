// Reads little-endian numbers and bytes from untrusted input; never past its end.
#pragma once
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <span>

#include "core/error.h"

namespace segments {

static_assert(std::endian::native == std::endian::little, "stored bytes are little-endian and copied as they are");

// Throws Error{kDataCorrupted}; `detail` is a sentence that says what was found.
[[noreturn]] void throw_corrupted(const char* detail);

class ByteReader {
 public:
  explicit ByteReader(std::span<const uint8_t> bytes) : rest_(bytes) {}

  size_t remaining() const { return rest_.size(); }

  std::span<const uint8_t> take(uint64_t size) {
    if (size > rest_.size()) throw_corrupted("The bytes end too early.");
    const auto taken = rest_.first(static_cast<size_t>(size));
    rest_ = rest_.subspan(static_cast<size_t>(size));
    return taken;
  }
  template <std::integral T>
  T get() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  // `count` items of `width` bytes each.
  std::span<const uint8_t> take_array(uint64_t count, uint32_t width) {
    if (width != 0 && count > rest_.size() / width) throw_corrupted("The bytes end too early.");
    return take(count * width);
  }
  void expect_end() const {
    if (!rest_.empty()) throw_corrupted("There are more bytes than there should be.");
  }

 private:
  std::span<const uint8_t> rest_;
};

// One of narrow_width()'s results.
inline void check_width(uint32_t width, uint32_t widest) {
  if (width > widest || (width & (width - 1)) != 0) throw_corrupted("A number has an impossible width.");
}

// Calls visit(index, number) for every `width` bytes of `bytes`; width 0 gives `count` zeros.
template <class F>
void for_each_narrow(std::span<const uint8_t> bytes, uint32_t width, size_t count, F visit) {
  const auto each = [&]<class T>(T) {
    for (size_t i = 0; i < count; ++i) {
      T value;
      std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
      visit(i, uint64_t{value});
    }
  };
  switch (width) {
    case 0:
      for (size_t i = 0; i < count; ++i) visit(i, uint64_t{0});
      break;
    case 1:
      each(uint8_t{});
      break;
    case 2:
      each(uint16_t{});
      break;
    case 4:
      each(uint32_t{});
      break;
    default:
      each(uint64_t{});
      break;
  }
}

}  // namespace segments
