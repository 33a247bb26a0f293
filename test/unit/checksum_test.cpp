#include "core/column/checksum.h"

#include <gtest/gtest.h>

#include <random>
#include <string_view>
#include <vector>

namespace segments {
namespace {

std::span<const uint8_t> bytes_of(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

TEST(Checksum, matches_published_vectors) {
  EXPECT_EQ(crc32c(bytes_of("")), 0u);
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xE3069283u);
  EXPECT_EQ(crc32c(std::vector<uint8_t>(32, 0)), 0x8A9136AAu);     // RFC 3720, B.4
  EXPECT_EQ(crc32c(std::vector<uint8_t>(32, 0xFF)), 0x62A8AB43u);  // RFC 3720, B.4
}

TEST(Checksum, instruction_and_tables_agree_at_every_length_and_alignment) {
  std::mt19937_64 random(1);
  std::vector<uint8_t> bytes(10'000);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  for (size_t start = 0; start < 9; ++start) {
    for (size_t size = 0; size < 200; ++size) {
      const auto part = std::span(bytes).subspan(start, size);
      ASSERT_EQ(crc32c(part), crc32c_by_table(part));
    }
    for (size_t size : {3071u, 3072u, 3073u, 6144u, 9000u}) {
      const auto part = std::span(bytes).subspan(start, size);
      ASSERT_EQ(crc32c(part), crc32c_by_table(part)) << size;
    }
  }
}

}  // namespace
}  // namespace segments
