#include "core/column/bit_planes.h"

#include <gtest/gtest.h>

#include <random>

#include "core/error.h"
#include "core/column/byte_writer.h"

namespace segments {
namespace {

struct Sample {
  std::vector<uint64_t> codes;
  uint32_t plane_count;
  BitPlanes planes;
};

Sample make_sample(std::mt19937_64& random, uint32_t row_count, uint32_t plane_count) {
  Sample sample;
  sample.plane_count = plane_count;
  const uint64_t mask = plane_count == 64 ? UINT64_MAX : (uint64_t{1} << plane_count) - 1;
  for (uint32_t i = 0; i < row_count; ++i) sample.codes.push_back(random() & mask & (random() % 4 == 0 ? 3 : UINT64_MAX));
  ByteWriter out;
  append_planes(out, std::span<const uint64_t>(sample.codes), plane_count);
  sample.planes = BitPlanes(AlignedBytes(out.view()), row_count, plane_count);
  return sample;
}

constexpr uint32_t kRowCounts[] = {0, 1, 63, 64, 65, 511, 512, 513, 1000, 2049};
constexpr uint32_t kPlaneCounts[] = {0, 1, 2, 7, 8, 9, 16, 17, 31, 32, 33, 63, 64};

TEST(BitPlanes, bytes_and_planes_are_transposes) {
  std::mt19937_64 random(2);
  uint8_t bytes[64];
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  uint64_t planes[8];
  bytes_to_planes(bytes, planes);
  for (int row = 0; row < 64; ++row) {
    for (int bit = 0; bit < 8; ++bit) ASSERT_EQ(planes[bit] >> row & 1, bytes[row] >> bit & 1u);
  }
  uint8_t back[64];
  planes_to_bytes(planes, back);
  EXPECT_TRUE(std::equal(bytes, bytes + 64, back));
}

TEST(BitPlanes, decodes_what_was_encoded) {
  std::mt19937_64 random(3);
  for (const uint32_t rows : kRowCounts) {
    for (const uint32_t plane_count : kPlaneCounts) {
      const Sample sample = make_sample(random, rows, plane_count);
      std::vector<uint64_t> wide(rows);
      sample.planes.decode(wide);
      ASSERT_EQ(wide, sample.codes);
      if (plane_count > 32) continue;
      std::vector<uint32_t> narrow(rows);
      sample.planes.decode(narrow);
      ASSERT_TRUE(std::equal(narrow.begin(), narrow.end(), sample.codes.begin(), sample.codes.end()));
      ByteWriter from_wide;
      ByteWriter from_narrow;
      append_planes(from_wide, std::span<const uint64_t>(sample.codes), plane_count);
      append_planes(from_narrow, std::span<const uint32_t>(narrow), plane_count);
      ASSERT_EQ(from_wide.take(), from_narrow.take());
    }
  }
}

TEST(BitPlanes, selects_ranges_like_a_loop) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 3000; ++round) {
    const uint32_t rows = kRowCounts[random() % std::size(kRowCounts)];
    const uint32_t plane_count = kPlaneCounts[random() % std::size(kPlaneCounts)];
    const Sample sample = make_sample(random, rows, plane_count);
    std::vector<CodeRange> ranges(random() % 4);
    for (CodeRange& range : ranges) {
      const auto pick = [&]() -> uint64_t {
        switch (random() % 4) {
          case 0:
            return random() % 5;
          case 1:
            return random() >> (64 - std::max(1u, plane_count));
          case 2:
            return rows == 0 ? 0 : sample.codes[random() % rows];
          default:
            return random() % 8 == 0 ? UINT64_MAX : uint64_t{1} << (random() % 64);
        }
      };
      range = {pick(), pick()};
      if (random() % 4 == 0) range.last = range.first;
    }
    const bool complement = random() % 2 == 0;
    uint32_t first = random() % 3 == 0 || rows == 0 ? 0 : static_cast<uint32_t>(random() % rows);
    uint32_t end = random() % 3 == 0 ? rows : static_cast<uint32_t>(random() % (rows + 1));
    std::vector<uint64_t> result((rows + 63) / 64);
    sample.planes.select_ranges(ranges, complement, first, end, result.data());
    for (uint32_t row = 0; row < result.size() * 64; ++row) {
      bool expected = false;
      if (row >= first && row < end) {
        for (const CodeRange& range : ranges) {
          expected |= range.first <= sample.codes[row] && sample.codes[row] <= range.last;
        }
        expected ^= complement;
      }
      ASSERT_EQ(result[row / 64] >> (row % 64) & 1, expected ? 1u : 0u);
    }
  }
}

TEST(BitPlanes, selects_members_like_a_loop_and_ignores_codes_past_the_set) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 500; ++round) {
    const uint32_t rows = kRowCounts[random() % std::size(kRowCounts)];
    const uint32_t plane_count = static_cast<uint32_t>(random() % 19);
    const Sample sample = make_sample(random, rows, plane_count);
    std::vector<uint64_t> members(1 + random() % 40);
    for (uint64_t& word : members) word = random();
    uint32_t first = rows == 0 ? 0 : static_cast<uint32_t>(random() % rows);
    uint32_t end = static_cast<uint32_t>(random() % (rows + 1));
    std::vector<uint64_t> result((rows + 63) / 64);
    sample.planes.select_members(members, first, end, result.data());
    for (uint32_t row = 0; row < result.size() * 64; ++row) {
      bool expected = false;
      if (row >= first && row < end) {
        const uint64_t code = sample.codes[row];
        expected = code / 64 < members.size() && (members[code / 64] >> (code % 64) & 1) != 0;
      }
      ASSERT_EQ(result[row / 64] >> (row % 64) & 1, expected ? 1u : 0u);
    }
  }
}

TEST(BitPlanes, counts_codes_like_a_loop) {
  std::mt19937_64 random(9);
  for (const uint32_t row_count : kRowCounts) {
    for (const uint32_t plane_count : {0U, 1U, 4U, 8U, 9U, 12U, 15U}) {
      const Sample sample = make_sample(random, row_count, plane_count);
      std::vector<uint64_t> rows((row_count + 63) / 64);
      for (uint64_t& word : rows) word = random() % 3 == 0 ? ~uint64_t{0} : random() % 3 == 0 ? 0 : random();
      if (row_count % 64 != 0) rows.back() &= ~(~uint64_t{0} << (row_count % 64));
      std::vector<uint64_t> expected(size_t{1} << plane_count, 1);
      for (uint32_t row = 0; row < row_count; ++row) expected[sample.codes[row]] += rows[row / 64] >> (row % 64) & 1;
      std::vector<uint64_t> counts(size_t{1} << plane_count, 1);
      sample.planes.count(rows.data(), counts);
      ASSERT_EQ(counts, expected) << row_count << " rows, " << plane_count << " planes";
    }
  }
}

TEST(BitPlanes, refuses_a_wrong_size_and_bits_past_the_end) {
  std::vector<uint8_t> bytes(16, 0);
  EXPECT_THROW(BitPlanes(AlignedBytes(bytes), 64, 1), Error);
  EXPECT_THROW(BitPlanes(AlignedBytes(bytes), 64, 3), Error);
  EXPECT_NO_THROW(BitPlanes(AlignedBytes(bytes), 60, 2));
  bytes[15] = 0x80;
  EXPECT_NO_THROW(BitPlanes(AlignedBytes(bytes), 64, 2));
  EXPECT_THROW(BitPlanes(AlignedBytes(bytes), 63, 2), Error);
}

}  // namespace
}  // namespace segments
