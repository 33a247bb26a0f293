#include "core/set/ordinal_counts.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <random>

#include "core/error.h"

namespace segments {
namespace {

NeverInterrupt never;

class OrdinalCountsTest : public testing::TestWithParam<uint32_t> {
 protected:
  // Adds `rows` random rows to counts and oracle.
  void fill(OrdinalCounts& counts, int rows, uint32_t ordinals) {
    for (int i = 0; i < rows; ++i) {
      const Ordinal ordinal = static_cast<Ordinal>(random_() % ordinals) * 77;
      counts.add(ordinal, never);
      ++oracle_[ordinal];
    }
  }
  std::vector<Ordinal> expected() const {
    std::vector<Ordinal> result;
    for (const auto& [ordinal, count] : oracle_) {
      if (count >= GetParam()) result.push_back(ordinal);
    }
    return result;
  }
  std::mt19937 random_{GetParam()};
  std::map<Ordinal, uint32_t> oracle_;
};

INSTANTIATE_TEST_SUITE_P(Limits, OrdinalCountsTest, testing::Values(1, 2, 3, 20, UINT32_MAX));

TEST_P(OrdinalCountsTest, reaches_what_was_added_often_enough) {
  OrdinalCounts counts(GetParam());
  EXPECT_TRUE(counts.reached(never).empty());
  for (int round = 0; round < 4; ++round) {  // asked for again as it grows
    fill(counts, 30000, 5000);
    EXPECT_EQ(counts.reached(never).to_ordinals(), expected());
  }
}

TEST_P(OrdinalCountsTest, merged_counts_are_the_counts_of_all_rows) {
  OrdinalCounts counts(GetParam()), other(GetParam());
  fill(counts, 40000, 3000);
  fill(other, 100000, 30000);
  counts.merge(other, never);
  EXPECT_EQ(counts.reached(never).to_ordinals(), expected());
  fill(counts, 20000, 3000);
  EXPECT_EQ(counts.reached(never).to_ordinals(), expected());
}

TEST_P(OrdinalCountsTest, bytes_carry_the_counts) {
  OrdinalCounts counts(GetParam());
  fill(counts, 50000, 4000);
  OrdinalCounts again = OrdinalCounts::from_bytes(GetParam(), counts.to_bytes(never), never);
  fill(again, 50000, 4000);
  EXPECT_EQ(again.reached(never).to_ordinals(), expected());
  const std::vector<uint8_t> none = OrdinalCounts(GetParam()).to_bytes(never);
  EXPECT_TRUE(OrdinalCounts::from_bytes(GetParam(), none, never).reached(never).empty());
}

TEST(OrdinalCounts, bytes_that_no_counts_give_are_refused) {
  const auto refused = [](std::vector<uint8_t> bytes) {
    try {
      OrdinalCounts::from_bytes(3, bytes, never);
      return false;
    } catch (const Error& error) {
      return error.code() == ErrorCode::kInvalidBytes;
    }
  };
  EXPECT_FALSE(refused({1, 0, 0, 0, 3, 0, 0, 0}));
  EXPECT_TRUE(refused({1, 0, 0, 0, 3, 0, 0}));
  EXPECT_TRUE(refused({1, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_TRUE(refused({1, 0, 0, 0, 4, 0, 0, 0}));
  EXPECT_TRUE(refused({1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0}));
}

// Tables are read in the order of their hashes, which must not crowd the table they are added to.
TEST(OrdinalCounts, merging_large_counts_takes_linear_time) {
  OrdinalCounts many(2), few(2);
  for (Ordinal i = 0; i < 400000; ++i) many.add(i * 5, never);
  few.add(1, never);
  const auto begin = std::chrono::steady_clock::now();
  few.merge(many, never);
  const OrdinalCounts again = OrdinalCounts::from_bytes(2, many.to_bytes(never), never);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  few.merge(again, never);
  EXPECT_EQ(few.reached(never).cardinality(), 400000u);
}

}  // namespace
}  // namespace segments
