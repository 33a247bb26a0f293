// The published function: fixed values, which pin it for good (computed with md5sum), and several at once as one by one.
#include "core/bucket/bucket.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "core/bucket/md5.h"
#include "unit/rounds.h"

namespace segments {
namespace {

TEST(Md5, is_that_of_the_rfc) {
  EXPECT_EQ(md5_beginning(""), 0xd41d8cd98f00b204u);
  EXPECT_EQ(md5_beginning("a"), 0x0cc175b9c0f1b6a8u);
  EXPECT_EQ(md5_beginning("message digest"), 0xf96b697d7cb7938du);
  EXPECT_EQ(md5_beginning("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"), 0xd174ab98d277d9f5u);
  EXPECT_EQ(md5_beginning("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
            0x57edf4a22be3c955u);
}

TEST(Bucket, never_changes) {
  EXPECT_EQ(BucketFunction("", 100).of("p1"), 10u);
  EXPECT_EQ(BucketFunction("holdout-2026", 100).of("p1"), 65u);
  EXPECT_EQ(BucketFunction("holdout-2026", 10000).of("4f1c2b1e-3f6d-4c55-9b7a-0a1b2c3d4e5f"), 4495u);
  EXPECT_EQ(BucketFunction("", 2).of("42"), 1u);
  EXPECT_EQ(BucketFunction("x", 1000000).of("Zoë"), 555842u);
  EXPECT_EQ(BucketFunction(std::string(60, 's'), 997).of("person@example.com"), 747u);
  EXPECT_EQ(BucketFunction("", 7).of(""), 6u);
}

// Of every length around the ends of blocks.
TEST(Bucket, of_many_is_that_of_each) {
  std::mt19937_64 random(1);
  for (const std::string& salt :
       {std::string(), std::string("s"), std::string("holdout-2026"), std::string(54, 's'), std::string(200, 's')}) {
    std::vector<std::string> ids;
    for (size_t size = 0; size <= 200; ++size) {
      std::string id;
      while (id.size() < size) id += static_cast<char>(random());
      ids.push_back(id);
    }
    std::shuffle(ids.begin(), ids.end(), random);
    for (size_t count = 0; count <= ids.size(); ++count) {
      const std::vector<std::string_view> views(ids.begin(), ids.begin() + static_cast<ptrdiff_t>(count));
      const BucketFunction function(salt, 1 + static_cast<uint32_t>(random() % kMaxBuckets));
      std::vector<uint32_t> buckets(count, UINT32_MAX);
      function.of(views, buckets);
      for (size_t i = 0; i < count; ++i) ASSERT_EQ(buckets[i], function.of(views[i])) << salt << ' ' << views[i].size();
    }
  }
}

// Counters and their like are spread evenly: chi square of 99 degrees of freedom, for which 180 is one in a million.
TEST(Bucket, spreads_evenly) {
  for (const char* salt : {"", "a", "b"}) {
    const BucketFunction function(salt, 100);
    std::vector<double> counts(100);
    constexpr int kProfiles = 100'000;
    for (int i = 0; i < kProfiles; ++i) ++counts[function.of("customer-" + std::to_string(i))];
    double chi_square = 0;
    for (const double count : counts) chi_square += (count - kProfiles / 100) * (count - kProfiles / 100) / (kProfiles / 100);
    EXPECT_LT(chi_square, 180);
  }
}

// Other salts divide independently: of 100,000 in a tenth by one, a tenth is in a tenth by another.
TEST(Bucket, salts_are_independent) {
  const BucketFunction one("a", 10);
  const BucketFunction other("b", 10);
  int both = 0;
  const int profiles = test::rounds(1'000'000);
  for (int i = 0; i < profiles; ++i) {
    const std::string id = std::to_string(i);
    both += one.of(id) == 0 && other.of(id) == 0 ? 1 : 0;
  }
  EXPECT_NEAR(both, profiles / 100, test::rounds(600));
}

}  // namespace
}  // namespace segments
