#include "core/set/profile_set.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <random>
#include <set>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/set/portable_bytes.h"

namespace segments {
namespace {

NeverInterrupt never;

using Oracle = std::set<Ordinal>;
using Random = std::mt19937;

uint32_t draw(Random& random, uint32_t end) { return std::uniform_int_distribution<uint32_t>(0, end - 1)(random); }

// Sets with what makes containers differ: lone members, runs, halves of a block, edges of blocks, the last ordinal.
Oracle random_members(Random& random) {
  Oracle members;
  const uint32_t pieces = draw(random, 6);
  for (uint32_t piece = 0; piece < pieces; ++piece) {
    const uint32_t blocks[] = {0, 1, 2, 3, 7, 0x7FFF, 0xFFFF};
    const Ordinal base = blocks[draw(random, std::size(blocks))] << kBlockBits;
    switch (draw(random, 5)) {
      case 0:
        for (uint32_t i = draw(random, 40); i > 0; --i) members.insert(base + draw(random, kBlockSize));
        break;
      case 1:
        for (uint32_t i = draw(random, 9000); i > 0; --i) members.insert(base + draw(random, kBlockSize));
        break;
      case 2: {
        const uint32_t first = draw(random, kBlockSize), length = draw(random, kBlockSize - first) + 1;
        for (uint32_t i = first; i < first + length; ++i) members.insert(base + i);
        break;
      }
      case 3:
        for (uint32_t i = draw(random, 4); i < kBlockSize; i += 2 + draw(random, 6)) members.insert(base + i);
        break;
      default:
        members.insert({base, base + kBlockSize - 1});
    }
  }
  return members;
}

std::vector<Ordinal> listed(const Oracle& members) { return {members.begin(), members.end()}; }

ProfileSet set_of(const Oracle& members) { return ProfileSet::from_ordinals(listed(members)); }

// The same members in random order, the last ones by single insertions.
ProfileSet inserted(const Oracle& members, Random& random) {
  std::vector<Ordinal> order = listed(members);
  std::shuffle(order.begin(), order.end(), random);
  const size_t at_once = order.size() - std::min<size_t>(order.size(), 6000);
  ProfileSet set = ProfileSet::from_ordinals(std::span(order).first(at_once));
  for (size_t i = at_once; i < order.size(); ++i) set.insert(order[i]);
  return set;
}

// The same members by ranges, which leaves run containers.
ProfileSet ranged(const Oracle& members) {
  ProfileSet set;
  for (auto it = members.begin(); it != members.end();) {
    const uint64_t first = *it;
    uint64_t end = first;
    while (it != members.end() && *it == end) ++it, ++end;
    set.insert_range(first, end);
  }
  return set;
}

// The same members as what is left of more.
ProfileSet carved(const Oracle& members, Random& random) {
  Oracle more = random_members(random);
  more.insert(members.begin(), members.end());
  Oracle rest;
  std::set_difference(more.begin(), more.end(), members.begin(), members.end(), std::inserter(rest, rest.end()));
  ProfileSet set = ranged(more);
  set -= ranged(rest);
  return set;
}

ErrorCode code_of(std::span<const uint8_t> bytes) {
  try {
    ProfileSet::from_portable(bytes);
  } catch (const Error& error) {
    EXPECT_FALSE(error.hint().empty());
    return error.code();
  }
  ADD_FAILURE() << "accepted " << bytes.size() << " invalid bytes";
  return ErrorCode::kInternal;
}

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

TEST(ProfileSet, equal_sets_give_equal_bytes_and_hashes_however_they_were_made) {
  Random random(4);
  for (int round = 0; round < 15; ++round) {
    const Oracle members = random_members(random);
    const ProfileSet set = set_of(members);
    const std::vector<uint8_t> bytes = set.to_portable();
    const ProfileSet others[] = {inserted(members, random), ranged(members), carved(members, random),
                                 ProfileSet::from_portable(bytes)};
    for (const ProfileSet& other : others) {
      EXPECT_TRUE(other == set);
      EXPECT_EQ(other.compare(set, never), 0);
      EXPECT_EQ(other.to_portable(), bytes);
      EXPECT_EQ(other.hash(7, never), set.hash(7, never));
    }
    EXPECT_NE(set.hash(7, never), set.hash(8, never));
  }
}

// One run of three members takes 6 bytes either way; so do longer mixtures with one member more than twice the runs.
TEST(ProfileSet, runs_that_save_nothing_are_written_as_arrays) {
  Oracle members;
  for (Ordinal base : {0u, 3u * kBlockSize, 5u * kBlockSize}) {
    members.insert({base + 1, base + 2, base + 3});
    if (base != 0) members.insert({base + 10, base + 11, base + 20, base + 22, base + 23, base + 24});
  }
  const std::vector<uint8_t> bytes = set_of(members).to_portable();
  EXPECT_EQ(ranged(members).to_portable(), bytes);
  EXPECT_EQ(bytes[0], 0x3A);  // no run containers
}

TEST(ProfileSet, bytes_are_the_published_format) {
  const std::vector<uint8_t> empty{0x3A, 0x30, 0, 0, 0, 0, 0, 0};
  EXPECT_EQ(ProfileSet().to_portable(), empty);
  const std::vector<uint8_t> two{0x3A, 0x30, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 16, 0, 0, 0, 5, 0, 9, 0};
  EXPECT_EQ(set_of({65541, 65545}).to_portable(), two);
  ProfileSet run;
  run.insert_range(10, 1010);
  const std::vector<uint8_t> range{0x3B, 0x30, 0, 0, 1, 0, 0, 0xE7, 3, 1, 0, 10, 0, 0xE7, 3};
  EXPECT_EQ(run.to_portable(), range);
}

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

TEST(ProfileSet, portable_bytes_tell_members_where_they_are) {
  Random random(8);
  for (int round = 0; round < 40; ++round) {
    const Oracle members = random_members(random);
    const std::vector<uint8_t> bytes = set_of(members).to_portable();
    EXPECT_EQ(portable_contains(bytes, UINT32_MAX), members.contains(UINT32_MAX));
    for (int probe = 0; probe < 400; ++probe) {
      Ordinal ordinal = draw(random, UINT32_MAX);
      const auto next = members.lower_bound(ordinal);
      if (probe % 4 != 0 && next != members.end()) ordinal = *next + static_cast<uint32_t>(probe % 4) - 2;
      if (probe % 3 == 0) ordinal %= 4 * kBlockSize;
      ASSERT_EQ(portable_contains(bytes, ordinal), members.contains(ordinal)) << ordinal;
    }
    for (size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 50) {
      try {  // never outside of the bytes, which the sanitizer proves
        const std::vector<uint8_t> shorter(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
        if (!members.empty()) portable_contains(shorter, *members.rbegin());
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInvalidBytes);
      }
    }
  }
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

TEST(ProfileSet, every_shortened_or_lengthened_input_is_refused) {
  Oracle members{1, 2, 3, 9, 400000};
  for (Ordinal i = 0; i < 5000; ++i) members.insert(kBlockSize + 2 * i);
  for (Ordinal i = 0; i < 5000; ++i) members.insert(3 * kBlockSize + i);
  const std::vector<uint8_t> bytes = set_of(members).to_portable();
  for (size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_EQ(code_of(std::span(bytes).first(size)), ErrorCode::kInvalidBytes);
  }
  std::vector<uint8_t> longer = bytes;
  longer.push_back(0);
  EXPECT_EQ(code_of(longer), ErrorCode::kInvalidBytes);
}

TEST(ProfileSet, damaged_structure_is_refused) {
  const std::vector<uint8_t> two = set_of({5, 9, 65541}).to_portable();
  std::vector<uint8_t> bytes = two;
  std::swap(bytes[8], bytes[12]);  // keys out of order
  EXPECT_EQ(code_of(bytes), ErrorCode::kInvalidBytes);
  bytes = two;
  std::swap(bytes[24], bytes[26]);  // members out of order
  EXPECT_EQ(code_of(bytes), ErrorCode::kInvalidBytes);
  const std::vector<uint8_t> negative{0x3A, 0x30, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF};
  EXPECT_EQ(code_of(negative), ErrorCode::kInvalidBytes);
  const std::vector<uint8_t> no_run{0x3B, 0x30, 0, 0, 1, 0, 0, 0, 0, 0, 0};
  EXPECT_EQ(code_of(no_run), ErrorCode::kInvalidBytes);
  const std::vector<uint8_t> overflowing_run{0x3B, 0x30, 0, 0, 1, 0, 0, 9, 0, 1, 0, 0xFF, 0xFF, 9, 0};
  EXPECT_EQ(code_of(overflowing_run), ErrorCode::kInvalidBytes);
}

TEST(ProfileSet, random_damage_is_refused_or_gives_a_valid_set) {
  Random random(6);
  for (int round = 0; round < 100; ++round) {
    std::vector<uint8_t> bytes = set_of(random_members(random)).to_portable();
    for (uint32_t hits = draw(random, 4) + 1; hits > 0; --hits) {
      const size_t limit = draw(random, 2) ? bytes.size() : std::min<size_t>(bytes.size(), 64);
      bytes[draw(random, static_cast<uint32_t>(limit))] ^= static_cast<uint8_t>(1u << draw(random, 8));
    }
    try {
      const ProfileSet set = ProfileSet::from_portable(bytes);
      const std::vector<Ordinal> members = set.to_ordinals();
      EXPECT_TRUE(std::is_sorted(members.begin(), members.end()));
      EXPECT_TRUE(ProfileSet::from_portable(set.to_portable()) == set);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidBytes);
    }
  }
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
