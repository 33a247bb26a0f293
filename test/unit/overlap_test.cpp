#include "core/set/overlap.h"

#include <gtest/gtest.h>

#include <bit>
#include <random>
#include <vector>

namespace segments {
namespace {

NeverInterrupt never;
using Random = std::mt19937_64;

// Ordinals of `universe`, each with this probability; whole words where it is 1.
DenseSet random_set(Random& random, double density, uint32_t first, uint32_t end) {
  DenseSet set;
  std::bernoulli_distribution drawn(density);
  for (uint32_t i = first; i < end; ++i) {
    if (drawn(random)) set.insert(i);
  }
  return set;
}

uint64_t shared_of(const DenseSet& a, const DenseSet& b) {
  DenseSet both = a;
  both &= b;
  return both.cardinality();
}

// Every pair against the plain intersection, over several tiles.
void expect_exact(const std::vector<std::vector<DenseSet>>& tiles, uint32_t set_count) {
  OverlapCounter counter(set_count);
  for (const std::vector<DenseSet>& tile : tiles) {
    std::vector<OverlapCounter::TileSet> sets;
    for (uint32_t i = 0; i < set_count; ++i) sets.push_back({i, std::make_unique<DenseSet>(tile[i])});
    counter.add_tile(std::move(sets), never);
  }
  for (uint32_t a = 0; a < set_count; ++a) {
    for (uint32_t b = 0; b <= a; ++b) {
      uint64_t expected = 0;
      for (const std::vector<DenseSet>& tile : tiles) expected += shared_of(tile[a], tile[b]);
      ASSERT_EQ(counter.shared(a, b), expected) << a << " and " << b;
      ASSERT_EQ(counter.shared(b, a), expected);
    }
    EXPECT_EQ(counter.size(a), counter.shared(a, a));
  }
}

TEST(Overlap, EqualsPairwiseIntersections) {
  constexpr double kDensities[] = {0, 0.00005, 0.001, 0.02, 0.3, 0.5, 0.51, 0.9, 0.999, 1};
  for (const uint64_t seed : {1, 2, 3}) {
    Random random(seed);
    std::vector<std::vector<DenseSet>> tiles(2);
    for (std::vector<DenseSet>& tile : tiles) {
      for (uint32_t i = 0; i < 23; ++i) {
        const uint32_t first = static_cast<uint32_t>(random() % kTileSize);
        const bool whole = random() % 2 == 0;
        tile.push_back(random_set(random, kDensities[random() % std::size(kDensities)], whole ? 0 : first, kTileSize));
      }
      tile[7] = tile[3];  // duplicates
    }
    expect_exact(tiles, 23);
  }
}

TEST(Overlap, HoldsMoreSetsThanAStrip) {
  Random random(4);
  std::vector<std::vector<DenseSet>> tiles(1);
  for (uint32_t i = 0; i < 600; ++i) {
    const auto first = static_cast<uint32_t>(random() % (kTileSize - 4000));
    tiles[0].push_back(random_set(random, i % 3 == 0 ? 0.9 : 0.1, first, first + 4000));
  }
  expect_exact(tiles, 600);
}

TEST(Overlap, LeavesOutSetsWithoutMembersInATile) {
  OverlapCounter counter(3);
  std::vector<OverlapCounter::TileSet> sets;
  sets.push_back({2, std::make_unique<DenseSet>()});
  sets[0].members->insert(kTileSize - 1);
  counter.add_tile(std::move(sets), never);
  counter.add_tile({}, never);
  EXPECT_EQ(counter.size(2), 1u);
  EXPECT_EQ(counter.size(0), 0u);
  EXPECT_EQ(counter.shared(0, 2), 0u);
}

}  // namespace
}  // namespace segments
