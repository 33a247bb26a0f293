#include "core/ingest/record_index.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <unordered_map>

#include "core/error.h"

namespace segments {
namespace {

constexpr HashSeed kSeed{0x2D358DCCAA6C78A5, 0x8BB84B93962EACC9};

TEST(RecordIndex, finds_exactly_what_was_inserted) {
  std::mt19937_64 random(40);
  RecordIndex index(10, {random(), random()});  // far too few on purpose
  std::unordered_map<std::string, Ordinal> expected;
  while (expected.size() < 100'000) {
    std::string key = random() % 4 == 0 ? "type " + std::to_string(random() % 300) : "contact";
    if (random() % 20 != 0) key.push_back('\0');
    key += std::to_string(random() % 10'000'000);
    if (random() % 50 == 0) key += std::string(random() % 80, 'x');
    const auto ordinal = static_cast<Ordinal>(random());
    if (expected.try_emplace(key, ordinal).second) index.insert(key, ordinal);
  }
  EXPECT_EQ(index.size(), expected.size());
  StringTable keys(kSeed);
  std::vector<Ordinal> ordinals;
  for (const auto& [key, ordinal] : expected) {
    ASSERT_EQ(index.find(key), ordinal);
    keys.insert(key);
    ordinals.push_back(ordinal);
    const std::string absent = key + "-";
    ASSERT_EQ(index.find(absent), expected.contains(absent) ? std::optional(expected[absent]) : std::nullopt);
    if (expected.contains(absent) || random() % 2 == 0) continue;
    keys.insert(absent);
    ordinals.push_back(RowBatch::kNoOrdinal);
  }
  EXPECT_EQ(index.find_all(keys), ordinals);
}

TEST(RecordIndex, refuses_a_key_that_no_chunk_holds) {
  RecordIndex index(1, kSeed);
  EXPECT_THROW(index.insert(std::string(5'000'000, 'x'), 1), Error);
  index.insert("a", 2);
  EXPECT_EQ(index.find("a"), 2u);
}

TEST(RecordIndex, answers_when_empty) {
  const RecordIndex index(0, kSeed);
  EXPECT_EQ(index.find(""), std::nullopt);
  StringTable keys(kSeed);
  keys.insert("a");
  EXPECT_EQ(index.find_all(keys), std::vector<Ordinal>{RowBatch::kNoOrdinal});
}

TEST(RecordIndex, keeps_its_estimate) {
  RecordIndex index(50'000, kSeed);
  for (uint32_t i = 0; i < 50'000; ++i) index.insert("contact" + std::string(1, '\0') + std::to_string(1'000'000 + i), i);
  EXPECT_LE(index.memory_bytes(), RecordIndex::estimated_bytes(50'000, 7));
  EXPECT_GE(index.memory_bytes() * 4, RecordIndex::estimated_bytes(50'000, 7));
}

}  // namespace
}  // namespace segments
