#include "core/evaluation/member_pieces.h"

#include <gtest/gtest.h>

#include <random>

#include "core/error.h"
#include "core/fragment/seal.h"
#include "core/set/profile_set.h"

namespace segments {
namespace {

using Random = std::mt19937_64;

constexpr int32_t kSegment = 7;

// Halves of the tile are stored in different forms.
ProfileSet random_members(Random& random, uint32_t tile, double first_density, double second_density) {
  ProfileSet set;
  for (uint32_t block = 0; block < kBlocksPerTile; ++block) {
    std::bernoulli_distribution is_member(block == 0 ? first_density : second_density);
    for (uint32_t i = 0; i < kBlockSize; ++i) {
      if (is_member(random)) set.insert(first_ordinal(tile) + block * kBlockSize + i);
    }
  }
  return set;
}

BytesView bytes_of(const PortablePiece& piece, const Bytes& members) {
  return BytesView(members).subspan(piece.begin, piece.size);
}

void expect_exact(const ProfileSet& set, uint32_t tile) {
  const Bytes members = set.to_portable();
  const Bytes sealed = MemberPieces::encode(kSegment, tile, members);
  ASSERT_FALSE(sealed.empty());
  const MemberPieces pieces(sealed, kSegment, tile, members_checksum(kSegment, tile, members));
  for (uint32_t offset = 0; offset < kTileSize; ++offset) {
    const Ordinal ordinal = first_ordinal(tile) + offset;
    ASSERT_EQ(pieces.contains(ordinal, bytes_of(pieces.of(ordinal), members)), set.contains(ordinal)) << ordinal;
  }
}

TEST(MemberPieces, TellWhoIsAMember) {
  Random random(1);
  for (const uint32_t tile : {0u, 3u, tile_of(UINT32_MAX)}) {
    expect_exact(random_members(random, tile, 0.01, 0.3), tile);
    expect_exact(random_members(random, tile, 0.999, 0.02), tile);
    expect_exact(random_members(random, tile, 0, 0.05), tile);
  }
  ProfileSet runs;
  for (Ordinal first = 100; first + 5000 < kTileSize; first += 130) runs.insert_range(first, first + 90);
  runs.insert_range(kTileSize - 5000, kTileSize);
  expect_exact(runs, 0);
}

TEST(MemberPieces, AreNotStoredOfFewBytes) {
  ProfileSet few;
  few.insert_range(5, 100'000);
  EXPECT_TRUE(MemberPieces::encode(kSegment, 0, few.to_portable()).empty());
}

TEST(MemberPieces, BelongToTheMembersTheyStandBeside) {
  Random random(2);
  const Bytes members = random_members(random, 4, 0.01, 0.3).to_portable();
  const uint32_t checksum = members_checksum(kSegment, 4, members);
  const Bytes sealed = MemberPieces::encode(kSegment, 4, members);
  EXPECT_NO_THROW(MemberPieces(sealed, kSegment, 4, checksum));
  EXPECT_THROW(MemberPieces(sealed, kSegment + 1, 4, checksum), Error);
  EXPECT_THROW(MemberPieces(sealed, kSegment, 5, checksum), Error);
  EXPECT_THROW(MemberPieces(sealed, kSegment, 4, checksum + 1), Error);
  for (size_t i = 0; i < sealed.size(); ++i) {
    Bytes damaged = sealed;
    damaged[i] ^= 4;
    EXPECT_THROW(MemberPieces(damaged, kSegment, 4, checksum), Error);
    EXPECT_THROW(MemberPieces(BytesView(sealed).first(i), kSegment, 4, checksum), Error);
  }
}

TEST(MemberPieces, RefuseOtherBytes) {
  Random random(3);
  const Bytes members = random_members(random, 4, 0.01, 0.3).to_portable();
  const Bytes sealed = MemberPieces::encode(kSegment, 4, members);
  const MemberPieces pieces(sealed, kSegment, 4, members_checksum(kSegment, 4, members));
  for (const uint32_t offset : {0u, 9'000u, kBlockSize, kTileSize - 1}) {
    const Ordinal ordinal = first_ordinal(4) + offset;
    const PortablePiece piece = pieces.of(ordinal);
    EXPECT_THROW(pieces.contains(ordinal, {}), Error);
    for (size_t i = 0; i < piece.size; ++i) {
      Bytes damaged = members;
      damaged[piece.begin + i] ^= 1;
      EXPECT_THROW(pieces.contains(ordinal, bytes_of(piece, damaged)), Error);
    }
  }
}

}  // namespace
}  // namespace segments
