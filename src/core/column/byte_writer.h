// Appends little-endian numbers and bytes to a buffer.
#pragma once
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace segments {

static_assert(std::endian::native == std::endian::little, "stored bytes are little-endian and copied as they are");

class ByteWriter {
 public:
  size_t size() const { return bytes_.size(); }
  void reserve(size_t size) { bytes_.reserve(size); }

  template <std::integral T>
  void put(T value) {
    const size_t at = bytes_.size();
    bytes_.resize(at + sizeof(T));
    std::memcpy(bytes_.data() + at, &value, sizeof(T));
  }
  // The `width` low bytes of `value`: 0, 1, 2, 4 or 8.
  void put_narrow(uint64_t value, uint32_t width) {
    const size_t at = bytes_.size();
    bytes_.resize(at + width);
    std::memcpy(bytes_.data() + at, &value, width);
  }
  template <class T>
  void put_array(std::span<const T> values) {
    const auto* data = reinterpret_cast<const uint8_t*>(values.data());
    bytes_.insert(bytes_.end(), data, data + values.size_bytes());
  }
  void put_text(std::string_view text) { put_array(std::span<const char>(text)); }
  // Overwrites what was put at `at`.
  template <std::integral T>
  void patch(size_t at, T value) {
    std::memcpy(bytes_.data() + at, &value, sizeof(T));
  }
  // Appends `size` zero bytes for the caller to fill in.
  uint8_t* extend(size_t size) {
    const size_t at = bytes_.size();
    bytes_.resize(at + size);
    return bytes_.data() + at;
  }

  std::span<const uint8_t> view(size_t first = 0) const { return std::span<const uint8_t>(bytes_).subspan(first); }
  std::vector<uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<uint8_t> bytes_;
};

// The narrowest of 0, 1, 2, 4 and 8 bytes that holds every number up to `largest`.
constexpr uint32_t narrow_width(uint64_t largest) {
  if (largest == 0) return 0;
  if (largest <= UINT8_MAX) return 1;
  if (largest <= UINT16_MAX) return 2;
  return largest <= UINT32_MAX ? 4 : 8;
}

}  // namespace segments
