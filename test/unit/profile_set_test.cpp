#include "core/set/profile_set.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>

#include "core/error.h"
#include "unit/random_sets.h"

namespace segments {
namespace {

NeverInterrupt never;

TEST(ProfileSet, answers_like_a_sorted_set) {
  Random random(1);
  for (int round = 0; round < 20; ++round) {
    const Oracle members = random_members(random);
    const ProfileSet set = round % 2 ? set_of(members) : ranged(members);
    ASSERT_EQ(set.cardinality(), members.size());
    EXPECT_EQ(set.empty(), members.empty());
    EXPECT_EQ(set.minimum().has_value(), !members.empty());
    EXPECT_EQ(set.maximum().has_value(), !members.empty());
    if (!members.empty()) {
      EXPECT_EQ(*set.minimum(), *members.begin());
      EXPECT_EQ(*set.maximum(), *members.rbegin());
    }
    const std::vector<Ordinal> list = listed(members);
    EXPECT_EQ(set.to_ordinals(), list);
    std::vector<Ordinal> from_runs;
    uint64_t before = uint64_t{1} << 40;
    set.for_each_run([&](Ordinal first, Ordinal last) {
      EXPECT_NE(first, before + 1);
      for (uint64_t i = first; i <= last; ++i) from_runs.push_back(static_cast<Ordinal>(i));
      before = last;
      return true;
    });
    EXPECT_EQ(from_runs, list);
    for (int probe = 0; probe < 50; ++probe) {
      const Ordinal ordinal = draw(random, UINT32_MAX);
      EXPECT_EQ(set.contains(ordinal), members.contains(ordinal));
      const uint32_t rank = draw(random, static_cast<uint32_t>(list.size()) + 2);
      const auto selected = set.select(rank);
      ASSERT_EQ(selected.has_value(), rank < list.size());
      if (selected) {
        EXPECT_EQ(*selected, list[rank]);
      }
      const uint64_t first = draw(random, 4 * kBlockSize), end = draw(random, 4 * kBlockSize);
      const auto low = std::lower_bound(list.begin(), list.end(), first);
      const auto high = std::lower_bound(list.begin(), list.end(), std::max(first, end));
      EXPECT_EQ(set.count_in(first, end), static_cast<uint64_t>(high - low));
    }
    EXPECT_EQ(set.count_in(0, uint64_t{1} << 40), members.size());
  }
}

TEST(ProfileSet, combines_like_a_sorted_set) {
  Random random(2);
  for (int round = 0; round < 30; ++round) {
    const Oracle a = random_members(random), b = random_members(random);
    const ProfileSet left = round % 2 ? set_of(a) : ranged(a), right = round % 3 ? set_of(b) : ranged(b);
    std::vector<Ordinal> expected;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(expected));
    ProfileSet result = left;
    EXPECT_EQ((result &= right).to_ordinals(), expected);
    EXPECT_EQ(left.intersects(right), !expected.empty());
    expected.clear();
    std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(expected));
    result = left;
    EXPECT_EQ((result |= right).to_ordinals(), expected);
    expected.clear();
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(expected));
    result = left;
    EXPECT_EQ((result -= right).to_ordinals(), expected);
    EXPECT_EQ(left.is_subset_of(right), expected.empty());
    expected.clear();
    std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(expected));
    result = left;
    EXPECT_EQ((result ^= right).to_ordinals(), expected);
    EXPECT_EQ(left == right, a == b);
    EXPECT_EQ(left.compare(right, never), a < b ? -1 : a > b ? 1 : 0);
    EXPECT_EQ(right.compare(left, never), b < a ? -1 : b > a ? 1 : 0);
  }
}

TEST(ProfileSet, combines_with_itself) {
  const Oracle members{1, 2, 3, 70000};
  ProfileSet set = set_of(members);
  EXPECT_EQ((set &= set).cardinality(), 4u);
  EXPECT_EQ((set |= set).cardinality(), 4u);
  EXPECT_EQ((set ^= set).cardinality(), 0u);
  set = set_of(members);
  EXPECT_TRUE((set -= set).empty());
  set = set_of(members);
  const ProfileSet& same = set;
  set = same;
  EXPECT_EQ(set.to_ordinals(), listed(members));
}

TEST(ProfileSet, a_prefix_sorts_first) {
  EXPECT_EQ(set_of({1, 2}).compare(set_of({1, 2, 3}), never), -1);
  EXPECT_EQ(set_of({1, 3}).compare(set_of({1, 2, 3}), never), 1);
  EXPECT_EQ(set_of({}).compare(set_of({0}), never), -1);
  EXPECT_EQ(set_of({}).compare(ProfileSet(), never), 0);
  ProfileSet a, b;  // differ beyond the first chunk, and exactly at a chunk's end
  a.insert_range(0, 1024);
  b.insert_range(0, 1025);
  EXPECT_EQ(a.compare(b, never), -1);
  EXPECT_EQ(b.compare(a, never), 1);
  a.insert(2000);
  EXPECT_EQ(a.compare(b, never), 1);
}

TEST(ProfileSet, inserts_and_removes) {
  Random random(3);
  Oracle members;
  ProfileSet set;
  for (int step = 0; step < 20000; ++step) {
    const Ordinal ordinal = (draw(random, 3) << kBlockBits) + draw(random, 6000);
    if (draw(random, 5) < 3) {
      members.insert(ordinal);
      set.insert(ordinal);
    } else {
      members.erase(ordinal);
      set.remove(ordinal);
    }
  }
  EXPECT_EQ(set.to_ordinals(), listed(members));
}

// One run of three members takes 6 bytes either way; so do longer mixtures with one member more than twice the runs.
TEST(ProfileSet, dense_sets_round_trip_in_their_tile) {
  Random random(5);
  for (uint32_t tile : {0u, 1u, 1000u, (1u << (32 - kTileBits)) - 1}) {
    for (int round = 0; round < 8; ++round) {
      DenseSet dense;
      Oracle members;
      const uint32_t count = round == 0 ? 0 : draw(random, round < 6 ? 3000 : 30000);
      for (uint32_t i = 0; i < count; ++i) {
        const uint32_t offset = round % 2 ? draw(random, kTileSize) : draw(random, kBlockSize);
        dense.insert(offset);
        members.insert(first_ordinal(tile) + offset);
      }
      const ProfileSet set = ProfileSet::from_dense(tile, dense);
      EXPECT_EQ(set.to_ordinals(), listed(members));
      EXPECT_EQ(set.to_portable(), set_of(members).to_portable());
      EXPECT_TRUE(set.to_dense(tile) == dense);
      EXPECT_TRUE(ranged(members).to_dense(tile) == dense);
      EXPECT_EQ(set.to_dense(tile ^ 1).cardinality(), 0u);
    }
  }
}

TEST(ProfileSet, a_full_tile_is_two_runs) {
  DenseSet dense;
  dense.words().fill(~uint64_t{0});
  const ProfileSet set = ProfileSet::from_dense(3, dense);
  EXPECT_EQ(set.cardinality(), kTileSize);
  EXPECT_LT(set.to_portable().size(), 40u);
  EXPECT_TRUE(ProfileSet::from_portable(set.to_portable()).to_dense(3) == dense);
}

TEST(ProfileSet, visits_in_order_until_told_to_stop) {
  ProfileSet set;
  set.insert_range(5, 5000);
  std::vector<Ordinal> seen;
  set.for_each([&](Ordinal ordinal) {
    seen.push_back(ordinal);
    return seen.size() < 2000;
  });
  EXPECT_EQ(seen.size(), 2000u);
  EXPECT_EQ(seen.back(), 2004u);
}

TEST(ProfileSet, reads_on_from_any_ordinal) {
  Random random(7);
  for (int round = 0; round < 10; ++round) {
    const std::vector<Ordinal> list = listed(random_members(random));
    const ProfileSet set = ProfileSet::from_ordinals(list);
    std::vector<Ordinal> seen, chunk(777);
    for (uint64_t next = 0; next <= UINT32_MAX; next = uint64_t{seen.back()} + 1) {
      const size_t count = set.read(static_cast<Ordinal>(next), chunk);
      if (count == 0) break;
      seen.insert(seen.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(count));
    }
    EXPECT_EQ(seen, list);
  }
}

TEST(ProfileSet, holds_all_ordinals) {
  ProfileSet set;
  set.insert_range(0, uint64_t{1} << 32);
  EXPECT_EQ(set.cardinality(), uint64_t{1} << 32);
  EXPECT_EQ(*set.select(UINT32_MAX), UINT32_MAX);
  EXPECT_EQ(set.count_in(1, uint64_t{1} << 32), UINT32_MAX);
  EXPECT_TRUE(ProfileSet::from_portable(set.to_portable()) == set);
  set.insert_range(7, 7);
  EXPECT_THROW(set.insert_range(1, (uint64_t{1} << 32) + 1), Error);
  EXPECT_THROW(set.insert_range(2, 1), Error);
}

TEST(ProfileSet, a_moved_from_set_may_be_assigned_to) {
  ProfileSet set = set_of({1});
  ProfileSet taken = std::move(set);
  set = set_of({2, 3});
  EXPECT_EQ(set.cardinality(), 2u);
  EXPECT_EQ(taken.cardinality(), 1u);
  EXPECT_GT(taken.memory_bytes(), 0u);
}

#if defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

// Counts the ways in which a process whose address space is used up gets std::bad_alloc; any other end is a failure.
[[noreturn]] void run_out_of_memory() {
  ProfileSet even;
  for (Ordinal block = 0; block < 2000; ++block) {
    DenseSet dense;
    dense.words().fill(0x5555555555555555);
    even |= ProfileSet::from_dense(block, dense);
  }
  const std::vector<uint8_t> bytes = even.to_portable();
  ProfileSet few;
  few.insert(UINT32_MAX);
  const rlimit limit{size_t{1} << 20, size_t{1} << 20};  // less than what is in use: nothing large can be had any more
  setrlimit(RLIMIT_AS, &limit);
  int thrown = 0;
  const auto expect_bad_alloc = [&](auto f) {
    try {
      f();
    } catch (const std::bad_alloc&) {
      ++thrown;
    }
  };
  expect_bad_alloc([&] { ProfileSet copy(even); });
  expect_bad_alloc([&] { ProfileSet::from_portable(bytes); });
  expect_bad_alloc([&] { few |= even; });
  expect_bad_alloc([&] { few ^= even; });
  expect_bad_alloc([&] { even.to_portable(); });
  std::_Exit(thrown);
}

TEST(ProfileSetDeathTest, running_out_of_memory_is_an_exception) {
  if (SANITIZED) GTEST_SKIP() << "sanitizers need their address space";
  EXPECT_EXIT(run_out_of_memory(), testing::ExitedWithCode(5), "");
}

}  // namespace
}  // namespace segments
