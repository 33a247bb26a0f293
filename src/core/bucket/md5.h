// MD5 (RFC 1321): to divide, not to keep secrets.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace segments {

// The first 64 bits of a digest: what its first 16 hexadecimal digits say.
uint64_t md5_beginning(std::string_view message);

// The same of several short messages at once.
class ShortMd5 {
 public:
  static constexpr size_t kLanes = 8;
  static constexpr size_t kMostBytes = 55;  // of a message

  // REQUIRES: lane < kLanes; both together have at most kMostBytes.
  void put(size_t lane, std::string_view beginning, std::string_view rest);
  // Of each lane; of one that was never put: anything.
  std::array<uint64_t, kLanes> beginnings() const;

 private:
  using Lanes = uint32_t __attribute__((vector_size(kLanes * sizeof(uint32_t))));
  std::array<Lanes, 16> block_ = {};  // word by word
};

}  // namespace segments
