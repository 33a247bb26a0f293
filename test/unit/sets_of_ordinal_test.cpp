#include "core/set/sets_of_ordinal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace segments {
namespace {

using Random = std::mt19937_64;

// Members of the tile with this probability, and as many before and after it.
ProfileSet random_set(Random& random, uint32_t tile, double density) {
  ProfileSet set;
  const uint64_t first = first_ordinal(tile);
  std::geometric_distribution<uint64_t> distance(density);
  const uint64_t begin = first - std::min<uint64_t>(first, 1000);
  for (uint64_t next = begin + distance(random); next < first + kTileSize + 1000; next += 1 + distance(random)) {
    set.insert(static_cast<Ordinal>(next));
  }
  return set;
}

std::vector<uint32_t> asked_each(const std::vector<ProfileSet>& sets, Ordinal ordinal) {
  std::vector<uint32_t> places;
  for (uint32_t place = 0; place < sets.size(); ++place) {
    if (sets[place].contains(ordinal)) places.push_back(place);
  }
  return places;
}

// Every ordinal at the edges of the tile, and members and others within, before the sets are turned round and after.
void expect_exact(Random& random, uint32_t tile, const std::vector<ProfileSet>& sets) {
  std::vector<const ProfileSet*> asked;
  for (const ProfileSet& set : sets) asked.push_back(&set);
  SetsOfOrdinal sets_of(tile, asked);
  const uint64_t first = first_ordinal(tile);
  std::vector<uint32_t> places{7};
  bool was_asked_each = false;
  for (uint32_t i = 0; i < 6'000; ++i) {
    uint64_t offset = random() % kTileSize;
    if (i % 4 == 1) offset = i / 4 % 200;
    if (i % 4 == 2) offset = kTileSize - 1 - i / 4 % 200;
    auto ordinal = static_cast<Ordinal>(first + offset);
    if (i % 4 == 3 && !sets.empty()) {
      const std::optional<Ordinal> member = sets[random() % sets.size()].select(static_cast<uint32_t>(random() % 4000));
      if (member && tile_of(*member) == tile) ordinal = *member;
    }
    sets_of.find(ordinal, places);
    was_asked_each = was_asked_each || !sets_of.is_turned();
    ASSERT_EQ(places, asked_each(sets, ordinal)) << ordinal;
  }
  EXPECT_TRUE(was_asked_each);
  EXPECT_TRUE(sets_of.is_turned() || sets.empty());
  const auto is_large = [&](const ProfileSet& set) { return set.count_in(first, first + kTileSize) > kTileSize / 16; };
  EXPECT_EQ(sets_of.has_rows(), std::ranges::any_of(sets, is_large));
}

TEST(SetsOfOrdinal, AgreesWithAskingEachSet) {
  Random random(1);
  for (const uint32_t tile : {0u, 3u, tile_of(UINT32_MAX) - 1}) {
    std::vector<ProfileSet> sets;
    for (int i = 0; i < 24; ++i) sets.push_back(random_set(random, tile, 0.0001 + 0.001 * i));
    for (const double density : {0.1, 0.5, 0.9}) sets.insert(sets.begin() + 5, random_set(random, tile, density));
    sets.emplace_back();
    ProfileSet all;
    all.insert_range(first_ordinal(tile), uint64_t{first_ordinal(tile)} + kTileSize);
    sets.push_back(all);
    expect_exact(random, tile, sets);
  }
}

TEST(SetsOfOrdinal, AreNotTurnedRoundWithoutRoom) {
  Random random(4);
  const ProfileSet few = random_set(random, 2, 0.001);
  const ProfileSet many = random_set(random, 2, 0.5);
  SetsOfOrdinal sets_of(2, {&few, &many});
  std::vector<uint32_t> places;
  const auto ask = [&](size_t room) {
    for (uint32_t i = 0; i < 6'000; ++i) {
      const auto ordinal = static_cast<Ordinal>(first_ordinal(2) + random() % kTileSize);
      sets_of.find(ordinal, places, room);
      ASSERT_EQ(std::ranges::count(places, 0u), few.contains(ordinal) ? 1 : 0);
      ASSERT_EQ(std::ranges::count(places, 1u), many.contains(ordinal) ? 1 : 0);
    }
  };
  const size_t before = sets_of.memory_bytes();
  ask(1000);
  EXPECT_FALSE(sets_of.is_turned());
  EXPECT_FALSE(sets_of.has_rows());
  EXPECT_EQ(sets_of.memory_bytes(), before);
  ask(1'000'000);
  EXPECT_TRUE(sets_of.is_turned());
  EXPECT_TRUE(sets_of.has_rows());
  EXPECT_GT(sets_of.memory_bytes(), before);
}

TEST(SetsOfOrdinal, AgreesWithAskingEachOfManyLargeSets) {
  Random random(6);
  std::vector<ProfileSet> sets;
  for (int i = 0; i < 17; ++i) sets.push_back(random_set(random, 4, 0.07 + 0.05 * i));
  sets.push_back(random_set(random, 4, 0.01));
  expect_exact(random, 4, sets);
}

TEST(SetsOfOrdinal, TakesMoreSetsThanAreTurnedRound) {
  Random random(5);
  std::vector<ProfileSet> sets(5'000);
  for (ProfileSet& set : sets) {
    for (int i = 0; i < 3; ++i) set.insert(static_cast<Ordinal>(first_ordinal(1) + random() % 200));
  }
  std::vector<const ProfileSet*> asked;
  for (const ProfileSet& set : sets) asked.push_back(&set);
  SetsOfOrdinal sets_of(1, asked);
  std::vector<uint32_t> places;
  for (uint32_t offset = 0; offset < 220; ++offset) {
    sets_of.find(first_ordinal(1) + offset, places);
    ASSERT_EQ(places, asked_each(sets, first_ordinal(1) + offset));
  }
  EXPECT_TRUE(sets_of.is_turned());
}

TEST(SetsOfOrdinal, ReadsTheLastTile) {
  const uint32_t tile = tile_of(UINT32_MAX);
  std::vector<ProfileSet> sets(2);
  sets[0].insert(UINT32_MAX);
  sets[1].insert(first_ordinal(tile));
  sets[1].insert(first_ordinal(tile) - 1);
  Random random(2);
  expect_exact(random, tile, sets);
}

TEST(SetsOfOrdinal, HasNothingToSayOfNoSets) {
  Random random(3);
  expect_exact(random, 1, {});
}

}  // namespace
}  // namespace segments
