#include "core/evaluation/bit_counter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "core/column/layer_bits.h"

namespace segments {
namespace {

constexpr uint32_t kSaturations[] = {1, 2, 3, 4, 5, 9, 31};

uint64_t limit_of(uint32_t planes) { return (uint64_t{1} << planes) - 1; }

// Counters beside plain numbers.
struct Pair {
  explicit Pair(uint32_t planes) : counter(planes), expected(kTileSize), limit(limit_of(planes)) {}
  void add(uint32_t offset, uint64_t value = 1) { expected[offset] = std::min(expected[offset] + value, limit); }
  void check() const {
    for (uint32_t offset = 0; offset < kTileSize; ++offset) ASSERT_EQ(counter.count(offset), expected[offset]) << offset;
  }
  BitCounter counter;
  std::vector<uint64_t> expected;
  uint64_t limit;
};

std::vector<uint64_t> random_words(std::mt19937_64& random, uint32_t density) {
  std::vector<uint64_t> words(kLayerWords);
  for (uint64_t& word : words) {
    word = random();
    for (uint32_t i = 1; i < density; ++i) word &= random();
    if (random() % 16 == 0) word = 0;
    if (random() % 16 == 0) word = ~uint64_t{0};
  }
  return words;
}

void add_random(std::mt19937_64& random, Pair& pair, uint32_t rounds) {
  for (uint32_t round = 0; round < rounds; ++round) {
    const auto words = random_words(random, 1 + round % 3);
    const auto block = static_cast<uint32_t>(random() % kBlocksPerTile);
    pair.counter.add_block(block, words.data());
    for (uint32_t i = 0; i < kBlockSize; ++i) {
      if ((words[i >> 6] >> (i & 63) & 1) != 0) pair.add(block * kBlockSize + i);
    }
    for (int i = 0; i < 1000; ++i) {
      const auto offset = static_cast<uint32_t>(random() % (i % 2 == 0 ? kTileSize : 300));
      pair.counter.add_one(offset);
      pair.add(offset);
    }
    const auto index = static_cast<uint32_t>(random() % DenseSet::kWords);
    pair.counter.add_word(index, 0xf0f0);
    for (uint32_t i = 0; i < 64; ++i) {
      if ((uint64_t{0xf0f0} >> i & 1) != 0) pair.add(index * 64 + i);
    }
  }
}

ProfileMap random_map(std::mt19937_64& random, uint32_t farthest) {
  ProfileMap map;
  std::set<uint32_t> taken;
  for (uint32_t at = 0; at < kTileSize; at += 1 + static_cast<uint32_t>(random() % 9)) {
    if (at > 2000 && at < kBlockSize - 500) at = kBlockSize - 500;
    if (at > kBlockSize + 500 && at < kTileSize - 1000) at = kTileSize - 1000;
    std::vector<uint32_t> records;
    uint32_t next = at;
    for (auto rest = 1 + random() % 5; rest > 0 && next < kTileSize; --rest) {
      if (taken.insert(next).second) records.push_back(next);
      next += 1 + static_cast<uint32_t>(random() % farthest);
    }
    if (!records.empty()) map.link(records);
  }
  return map;
}

TEST(BitCounter, planes_tell_counts_apart_up_to_the_bound) {
  EXPECT_EQ(BitCounter::planes_for(0), 1u);
  EXPECT_EQ(BitCounter::planes_for(-5), 1u);
  EXPECT_EQ(BitCounter::planes_for(1), 2u);
  EXPECT_EQ(BitCounter::planes_for(2), 2u);
  EXPECT_EQ(BitCounter::planes_for(3), 3u);
  EXPECT_EQ(BitCounter::planes_for(6), 3u);
  EXPECT_EQ(BitCounter::planes_for(7), 4u);
  EXPECT_EQ(BitCounter::planes_for(1'000'000'000), 30u);
  EXPECT_EQ(BitCounter::planes_for(INT64_MAX), 31u);
  for (int64_t bound = 0; bound < 300; ++bound) {
    const auto values = static_cast<int64_t>(limit_of(BitCounter::planes_for(bound)));
    EXPECT_GT(values, bound);
    EXPECT_LE(values / 2, bound + 1);
  }
}

TEST(BitCounter, adds_and_saturates_like_plain_numbers) {
  for (const uint32_t planes : kSaturations) {
    std::mt19937_64 random(planes);
    Pair pair(planes);
    add_random(random, pair, 24);
    pair.check();
  }
}

TEST(BitCounter, adds_sorted_ordinals_one_by_one) {
  for (const uint32_t planes : kSaturations) {
    for (const uint32_t distinct : {1u, 3u, 200u, 3'000u, kBlockSize}) {
      std::mt19937_64 random(planes * 10 + distinct);
      std::vector<uint16_t> ordinals;
      for (int i = 0; i < 5'000; ++i) ordinals.push_back(static_cast<uint16_t>(random() % distinct));
      std::ranges::sort(ordinals);
      Pair pair(planes);
      pair.counter.add_ordinals(1, ordinals);
      for (const uint16_t ordinal : ordinals) pair.add(kBlockSize + ordinal);
      pair.check();
    }
  }
}

TEST(BitCounter, saturated_counters_stay_saturated) {
  for (const uint32_t planes : {1u, 2u, 5u}) {
    const std::vector<uint64_t> ones(kLayerWords, ~uint64_t{0});
    Pair pair(planes);
    for (int i = 0; i < 40; ++i) pair.counter.add_block(1, ones.data());
    for (uint32_t i = 0; i < kBlockSize; ++i) pair.add(kBlockSize + i, 40);
    pair.check();
  }
}

TEST(BitCounter, folds_further_records_into_their_first) {
  for (const uint32_t planes : kSaturations) {
    for (const uint32_t farthest : {1u, 3u, 8u, 70u, 80'000u}) {
      std::mt19937_64 random(planes * 100 + farthest);
      const ProfileMap map = random_map(random, farthest);
      Pair pair(planes);
      add_random(random, pair, 12);
      for (uint32_t distance = 1; distance <= ProfileMap::kMaxDistance; ++distance) {
        map.at_distance(distance).for_each([&](uint32_t further) { pair.add(further - distance, pair.expected[further]); });
      }
      for (const auto& [further, first] : map.distant()) pair.add(first, pair.expected[further]);
      pair.counter.fold(map);
      map.profiles().for_each([&](uint32_t first) {
        ASSERT_EQ(pair.counter.count(first), pair.expected[first]) << "planes " << planes << " at " << first;
      });
    }
  }
}

TEST(BitCounter, folds_the_last_ordinal_of_the_tile) {
  for (const uint32_t records : {2u, 9u}) {
    ProfileMap map;
    map.link(std::vector<uint32_t>{kTileSize - records, kTileSize - 1});
    map.link(std::vector<uint32_t>{kBlockSize - 1, kBlockSize});
    BitCounter counter(3);
    for (const uint32_t offset : {kTileSize - 1, kTileSize - 1, kTileSize - records, kBlockSize}) counter.add_one(offset);
    counter.fold(map);
    EXPECT_EQ(counter.count(kTileSize - records), 3u);
    EXPECT_EQ(counter.count(kBlockSize - 1), 1u);
  }
}

TEST(BitCounter, compares_with_every_pair_of_bounds) {
  constexpr int64_t kBounds[] = {INT64_MIN, -1, 0, 1, 2, 3, 6, 7, 8, 14, 15, 16, 1'000'000'000, INT64_MAX};
  for (const uint32_t planes : {1u, 2u, 3u, 4u, 31u}) {
    std::mt19937_64 random(planes);
    Pair pair(planes);
    add_random(random, pair, 10);
    const auto limit = static_cast<int64_t>(pair.limit);
    for (const int64_t minimum : kBounds) {
      for (const int64_t maximum : kBounds) {
        // A saturated counter compares as larger than every bound it was made for.
        if (minimum > limit || (maximum >= limit && maximum != INT64_MAX)) continue;
        DenseSet result;
        result.insert(5);
        pair.counter.between(minimum, maximum, result);
        for (uint32_t offset = 0; offset < kTileSize; ++offset) {
          const auto count = static_cast<int64_t>(pair.expected[offset]);
          ASSERT_EQ(result.contains(offset), minimum <= count && count <= maximum)
              << count << " in " << minimum << " … " << maximum;
        }
      }
    }
  }
}

TEST(LayerBits, selected_rows_become_ordinals_and_back) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    std::mt19937_64 random(seed);
    const auto layer = random_words(random, 1 + static_cast<uint32_t>(seed % 4));
    std::vector<uint32_t> ordinals;
    for (uint32_t i = 0; i < kBlockSize; ++i) {
      if ((layer[i >> 6] >> (i & 63) & 1) != 0) ordinals.push_back(i);
    }
    // The layer's rows reach to the very last bit of the rows, at every alignment.
    const auto first_row = static_cast<uint32_t>(random() % 200);
    const size_t row_count = first_row + ordinals.size();
    std::vector<uint64_t> rows((row_count + 63) / 64);
    std::vector<uint64_t> members(kLayerWords);
    for (size_t i = 0; i < ordinals.size(); ++i) {
      if (random() % 3 != 0) continue;
      const size_t row = first_row + i;
      rows[row >> 6] |= uint64_t{1} << (row & 63);
      members[ordinals[i] >> 6] |= uint64_t{1} << (ordinals[i] & 63);
    }
    for (const auto deposit : {deposit_rows, deposit_rows_portable}) {
      std::vector<uint64_t> deposited(kLayerWords, 7);
      deposit(rows, first_row, layer, deposited.data());
      EXPECT_EQ(deposited, members);
    }
    auto noise = random_words(random, 1);
    for (size_t i = 0; i < kLayerWords; ++i) noise[i] = (noise[i] & ~layer[i]) | members[i];
    for (const auto extract : {extract_rows, extract_rows_portable}) {
      std::vector<uint64_t> extracted(rows.size());
      extract(noise.data(), layer, first_row, extracted);
      EXPECT_EQ(extracted, rows);
    }
  }
}

}  // namespace
}  // namespace segments
