// Bytes in another row, and rows beside their bytes.
#include "core/fragment/seal.h"

#include <gtest/gtest.h>

#include <set>

#include "core/error.h"
#include "core/evaluation/profile_map.h"

namespace segments {
namespace {

const FragmentIdentity kFragment{7, 3, 5, 9, 1000, 2000};

TEST(Seal, differs_by_everything_a_row_says) {
  std::set<uint32_t> seals = {0, seal_of_column(kFragment, 4), seal_of_column(kFragment, -4),
                              seal_of_column(kFragment, kRowsColumn)};
  FragmentIdentity other = kFragment;
  for (const auto change : {+[](FragmentIdentity& f) { ++f.fragment_id; }, +[](FragmentIdentity& f) { f.type_id = -f.type_id; },
                            +[](FragmentIdentity& f) { ++f.row_count; }, +[](FragmentIdentity& f) { f.known_fields = -1; },
                            +[](FragmentIdentity& f) { --f.min_time; }, +[](FragmentIdentity& f) { --f.max_time; }}) {
    other = kFragment;
    change(other);
    seals.insert(seal_of_column(other, 4));
  }
  EXPECT_EQ(seals.size(), 10u);
}

TEST(Seal, opens_a_column_in_its_row_alone) {
  const std::vector<Timestamp> times = {5, 3, 9};
  Bytes column = encode_times(times);
  const uint32_t seal = seal_of_column(kFragment, kTimeColumn);
  seal_column(column, seal);
  BytesSource sealed(column, seal);
  EXPECT_EQ(TimeColumn(sealed).times(), times);
  BytesSource unsealed(column);
  EXPECT_THROW(TimeColumn{unsealed}, Error);
  BytesSource other(column, seal + 1);
  EXPECT_THROW(TimeColumn{other}, Error);

  const Dictionary dictionary = Dictionary::of_integers(ValueKind::kInteger, {10, 20});
  const std::vector<uint32_t> codes = {1, 2, 0};
  Bytes field = encode_field(dictionary, codes);
  seal_column(field, seal);
  BytesSource sealed_field(field, seal);
  FieldColumn read(sealed_field);
  EXPECT_EQ(read.dictionary().size(), 2u);
  EXPECT_EQ(read.codes(), codes);
  BytesSource other_field(field, seal ^ 1);
  EXPECT_THROW(FieldColumn{other_field}, Error);
}

TEST(Seal, tells_changed_bounds) {
  const ValueBounds bounds{{1, 2, 3}, {4, 5}, true};
  const Bytes lower = sealed_lower_bound(bounds, 77);
  const ValueBounds read = open_bounds(lower, BytesView(bounds.upper), 77);
  EXPECT_EQ(read.lower, bounds.lower);
  EXPECT_EQ(read.upper, bounds.upper);
  EXPECT_TRUE(read.has_upper);
  EXPECT_THROW(open_bounds(lower, std::nullopt, 77), Error);
  EXPECT_THROW(open_bounds(lower, BytesView(bounds.upper), 78), Error);
  EXPECT_THROW(open_bounds(BytesView(lower).first(3), BytesView(bounds.upper), 77), Error);
  for (size_t i = 0; i < lower.size(); ++i) {
    Bytes damaged = lower;
    damaged[i] ^= 4;
    EXPECT_THROW(open_bounds(damaged, BytesView(bounds.upper), 77), Error);
  }
  const ValueBounds unbounded{{}, {}, false};
  EXPECT_FALSE(open_bounds(sealed_lower_bound(unbounded, 0), std::nullopt, 0).has_upper);
}

TEST(Seal, opens_a_map_in_its_tile_alone) {
  ProfileMap map;
  map.link(std::vector<uint32_t>{3, 4});
  const Bytes bytes = map.encode(seal_of_map(5));
  EXPECT_EQ(ProfileMap::decode(bytes, seal_of_map(5)), map);
  EXPECT_THROW(ProfileMap::decode(bytes, seal_of_map(6)), Error);
}

TEST(Seal, members_belong_to_a_segment_and_a_tile) {
  const Bytes members = {1, 2, 3};
  const std::set<uint32_t> checksums = {members_checksum(1, 2, members), members_checksum(2, 1, members),
                                        members_checksum(1, 3, members), members_checksum(1, 2, Bytes{1, 2, 4})};
  EXPECT_EQ(checksums.size(), 4u);
}

TEST(Seal, opens_since_beside_its_members_alone) {
  const Bytes members = {1, 2, 3};
  Bytes since = {7, 8};
  seal_since(since, 1, 2, members);
  const BytesView opened = open_since(since, 1, 2, members);
  EXPECT_EQ(Bytes(opened.begin(), opened.end()), (Bytes{7, 8}));
  EXPECT_THROW(open_since(since, 2, 2, members), Error);
  EXPECT_THROW(open_since(since, 1, 3, members), Error);
  EXPECT_THROW(open_since(since, 1, 2, Bytes{1, 2}), Error);
  EXPECT_THROW(open_since(BytesView(since).first(3), 1, 2, members), Error);
  for (size_t i = 0; i < since.size(); ++i) {
    Bytes damaged = since;
    damaged[i] ^= 4;
    EXPECT_THROW(open_since(damaged, 1, 2, members), Error);
  }
}

}  // namespace
}  // namespace segments
