// What random tests draw from.
#pragma once
#include <cstdint>
#include <random>
#include <span>

namespace segments::model {

// Draws from given bytes while there are any, then from a generator seeded with them.
class Choices {
 public:
  explicit Choices(uint64_t seed) : random_(seed) {}
  explicit Choices(std::span<const uint8_t> bytes) : bytes_(bytes) {
    std::seed_seq seed(bytes.begin(), bytes.end());
    random_.seed(seed);
  }
  // 0 <= result < limit.
  uint32_t below(uint32_t limit) {
    if (bytes_.empty()) return static_cast<uint32_t>(random_() % limit);
    uint32_t value = bytes_[0];
    bytes_ = bytes_.subspan(1);
    if (limit > 256 && !bytes_.empty()) {
      value = value << 8 | bytes_[0];
      bytes_ = bytes_.subspan(1);
    }
    return value % limit;
  }
  bool chance(uint32_t one_in) { return below(one_in) == 0; }
  // Never from the bytes: for what there is a lot of.
  uint32_t bulk(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }

 private:
  std::span<const uint8_t> bytes_;
  std::mt19937_64 random_;
};

}  // namespace segments::model
