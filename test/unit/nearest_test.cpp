#include "core/text/nearest.h"

#include <gtest/gtest.h>

#include <random>

namespace segments {
namespace {

TEST(Nearest, is_the_least_distance_in_the_order_given) {
  EXPECT_EQ(nearest_names("pge 33", {"page 1", "page 33", "page 333", "pge 3"}), (std::vector<std::string>{"page 33", "pge 3"}));
  EXPECT_EQ(nearest_names("OPENED", {"opend", "open", "opened"}), (std::vector<std::string>{"opened"}));
  EXPECT_TRUE(nearest_names("abc", {"abcde", "xyz"}).empty());
}

// Lengths rule out only what is too far.
TEST(Nearest, lengths_rule_out_what_cannot_be_near) {
  std::mt19937_64 random(5);
  const auto word = [&] {
    std::string text;
    for (uint64_t rest = random() % 12; rest > 0; --rest) text += static_cast<char>('a' + random() % 3);
    return text;
  };
  size_t near = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string name = word();
    const std::string candidate = word();
    if (nearest_names(name, {candidate}).empty()) continue;
    ASSERT_TRUE(may_be_near(name, candidate)) << name << " " << candidate;
    ++near;
  }
  EXPECT_GT(near, 1'000U);
  EXPECT_TRUE(may_be_near("page", "a page"));
  EXPECT_FALSE(may_be_near("abcdef", "abc"));
}

}  // namespace
}  // namespace segments
