#include "core/ingest/hash.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <unordered_set>
#include <vector>

namespace segments {
namespace {

constexpr HashSeed kKnown{0x2D358DCCAA6C78A5, 0x8BB84B93962EACC9};
constexpr HashSeed kUnknown{0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F};
constexpr int kCount = 10'000;

std::string word(uint64_t value) { return {reinterpret_cast<const char*>(&value), sizeof value}; }

size_t distinct_hashes(const std::vector<std::string>& texts, HashSeed seed) {
  std::unordered_set<uint64_t> hashes;
  for (const std::string& text : texts) hashes.insert(hash_bytes(text, seed));
  return hashes.size();
}

TEST(Hash, tells_texts_of_every_length_apart) {
  std::mt19937_64 random(45);
  std::unordered_set<uint64_t> hashes;
  for (size_t size = 0; size <= 200; ++size) {
    std::string text(size, 'a');
    hashes.insert(hash_bytes(text, kKnown));
    for (size_t i = 0; i < size; ++i) {
      std::string changed = text;
      changed[i] = 'b';
      hashes.insert(hash_bytes(changed, kKnown));
    }
  }
  EXPECT_EQ(hashes.size(), 201u + 200u * 201u / 2u);
}

// A factor that is zero takes all of the other one away.  Whoever knows the seed can choose such values, nobody else.
TEST(Hash, gives_values_chosen_for_one_seed_no_advantage_under_another) {
  std::mt19937_64 random(46);
  std::vector<std::string> short_texts;
  std::vector<std::string> long_texts;
  std::vector<std::string> first_block_texts;
  for (int i = 0; i < kCount; ++i) {
    short_texts.push_back(word(kKnown.second) + word(random()));
    long_texts.push_back(word(random()) + word(kKnown.second) + "the same end of all");
    first_block_texts.push_back(word(kKnown.first) + word(random()) + "the same end of all");
  }
  for (const auto& texts : {short_texts, long_texts, first_block_texts}) {
    EXPECT_EQ(distinct_hashes(texts, kKnown), 1u);
    EXPECT_EQ(distinct_hashes(texts, kUnknown), static_cast<size_t>(kCount));
  }
}

TEST(Hash, spreads_integers_under_any_seed) {
  std::mt19937_64 random(47);
  for (int round = 0; round < 20; ++round) {
    const HashSeed seed{random(), random()};
    std::vector<uint32_t> used(1024);
    for (uint64_t value = 0; value < 64 * used.size(); ++value) ++used[(hash_integer(value, seed) >> 32) % used.size()];
    for (const uint32_t count : used) EXPECT_LT(count, 64u * 4u);
  }
}

}  // namespace
}  // namespace segments
