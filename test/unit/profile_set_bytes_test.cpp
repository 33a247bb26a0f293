// The portable bytes of profile sets.
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/set/portable_bytes.h"
#include "core/set/profile_set.h"
#include "unit/random_sets.h"

namespace segments {
namespace {

NeverInterrupt never;

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

TEST(ProfileSet, pieces_of_portable_bytes_tell_of_their_ordinals) {
  Random random(9);
  for (int round = 0; round < 40; ++round) {
    const Oracle members = random_members(random);
    const std::vector<uint8_t> bytes = set_of(members).to_portable();
    for (int probe = 0; probe < 400; ++probe) {
      const uint32_t count = 8u << draw(random, 14);
      Ordinal ordinal = draw(random, UINT32_MAX);
      const auto next = members.lower_bound(ordinal);
      if (probe % 4 != 0 && next != members.end()) ordinal = *next + static_cast<uint32_t>(probe % 4) - 2;
      if (probe % 3 == 0) ordinal %= 4 * kBlockSize;
      const Ordinal first = ordinal & ~(count - 1);
      const PortablePiece piece = portable_piece(bytes, first, count);
      ASSERT_LE(piece.begin + piece.size, bytes.size());
      const auto slice = std::span(bytes).subspan(piece.begin, piece.size);
      ASSERT_EQ(piece.size != 0 && piece_contains(piece.form, slice, first, ordinal), members.contains(ordinal)) << ordinal;
      ASSERT_TRUE(piece.form != PieceForm::kBits || piece.size <= count / 8);
    }
    for (size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 50) {
      try {  // never outside of the bytes, which the sanitizer proves
        const std::vector<uint8_t> shorter(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
        if (!members.empty()) portable_piece(shorter, *members.rbegin() & ~Ordinal{8191}, 8192);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInvalidBytes);
      }
    }
  }
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

}  // namespace
}  // namespace segments
