#include "core/ingest/row_removal.h"

#include <gtest/gtest.h>

#include <set>

#include "unit/row_samples.h"

namespace segments {
namespace {

const auto kIntegerField = std::map<int16_t, ValueKind>{{3, ValueKind::kInteger}};

// Removes through RowRemoval, and returns the rows that are left.
std::vector<PlainRow> remove(RowRemoval& removal, const RowTable& table, uint32_t& removed) {
  std::vector<bool> keep(table.row_count(), true);
  removed = removal.remove_from(table, keep);
  EXPECT_EQ(static_cast<uint32_t>(std::count(keep.begin(), keep.end(), false)), removed);
  return plain_rows(filter_rows(table, keep));
}

TEST(RowRemoval, removes_one_equal_row_per_deletion) {
  std::mt19937_64 random(50);
  for (int round = 0; round < 60; ++round) {
    std::vector<PlainRow> rows;
    std::vector<PlainRow> deleted;
    std::vector<std::vector<PlainRow>> parts(4);
    for (const PlainRow& sample : sample_rows(random, 400, 3, 4)) {
      PlainRow row = sample;
      row.time %= 3;  // many rows that are equal, or equal but for one field
      row.values.erase(2);
      if (row.values.contains(3)) row.values[3] = int64_t{std::get<int64_t>(row.values[3]) % 2};
      parts[random() % parts.size()].push_back(row);
      if (random() % 3 == 0) deleted.push_back(row);
      if (random() % 50 == 0) deleted.push_back(sample);  // most of them match nothing
    }
    std::multiset<PlainRow> expected;
    for (const auto& part : parts) expected.insert(part.begin(), part.end());
    uint32_t unmatched = 0;
    for (const PlainRow& row : deleted) {
      const auto found = expected.find(row);
      if (found == expected.end()) {
        ++unmatched;
      } else {
        expected.erase(found);
      }
    }
    RowRemoval removal(table_of(deleted, kSampleKinds, 9), no_missing_values(), {random(), random()});
    std::vector<PlainRow> left;
    for (const auto& part : parts) {
      uint32_t removed = 0;
      const auto rest = remove(removal, table_of(part, kSampleKinds, 9), removed);
      left.insert(left.end(), rest.begin(), rest.end());
    }
    ASSERT_EQ(sorted(left), std::vector<PlainRow>(expected.begin(), expected.end()));
    ASSERT_EQ(removal.remaining(), unmatched);
  }
}

TEST(RowRemoval, counts_duplicates_of_one_row) {
  const std::vector<PlainRow> deleted(10'000, PlainRow{7, 8, {{3, int64_t{1}}}});
  RowRemoval removal(table_of(deleted, kIntegerField, 3), no_missing_values(), kSeed);
  const std::vector<PlainRow> rows(7'000, PlainRow{7, 8, {{3, int64_t{1}}}});
  uint32_t removed = 0;
  EXPECT_TRUE(remove(removal, table_of(rows, kIntegerField, 3), removed).empty());
  EXPECT_EQ(removal.remaining(), 3'000u);
  EXPECT_EQ(remove(removal, table_of(rows, kIntegerField, 3), removed).size(), 4'000u);
  EXPECT_EQ(removal.remaining(), 0u);
  EXPECT_FALSE(removal.may_touch(0, 100, kMinusInfinity, kPlusInfinity));
}

TEST(RowRemoval, leaves_rows_alone_that_are_already_gone) {
  RowRemoval removal(table_of({{7, 8, {}}}, {}, 0), no_missing_values(), kSeed);
  std::vector<bool> keep = {false, true};
  EXPECT_EQ(removal.remove_from(table_of({{7, 8, {}}, {7, 8, {}}}, {}, 0), keep), 1u);
  EXPECT_EQ(keep, (std::vector<bool>{false, false}));
}

TEST(RowRemoval, compares_with_the_missing_values_of_older_rows) {
  const auto missing = [](int16_t field) -> std::optional<MissingValue> {
    if (field == 3) return MissingValue{ValueKind::kInteger, 5, {}};
    return std::nullopt;
  };
  const RowTable old_rows = table_of({{1, 1, {}}, {2, 2, {}}}, {}, 2);
  uint32_t removed = 0;
  // Deleted after the column was added: the log holds the missing value, or null where somebody wrote it.
  RowRemoval newer(table_of({{1, 1, {{3, int64_t{5}}}}, {2, 2, {}}}, kIntegerField, 3), missing, kSeed);
  EXPECT_EQ(remove(newer, old_rows, removed), (std::vector<PlainRow>{{2, 2, {}}}));
  EXPECT_EQ(removed, 1u);
  // Deleted before it was added, looked for in fragments that know it.
  RowRemoval older(table_of({{1, 1, {}}, {2, 2, {}}}, {}, 2), missing, kSeed);
  const RowTable new_rows = table_of({{1, 1, {{3, int64_t{5}}}}, {2, 2, {}}}, kIntegerField, 3);
  EXPECT_EQ(remove(older, new_rows, removed), (std::vector<PlainRow>{{2, 2, {}}}));
  EXPECT_EQ(remove(older, old_rows, removed), (std::vector<PlainRow>{{1, 1, {}}}));
  EXPECT_EQ(older.remaining(), 0u);
}

TEST(RowRemoval, knows_which_fragments_it_may_touch) {
  std::mt19937_64 random(51);
  for (int round = 0; round < 300; ++round) {
    std::vector<PlainRow> deleted;
    for (uint64_t i = random() % 12; i > 0; --i) {
      deleted.push_back({first_ordinal(static_cast<uint32_t>(random() % 30)) + 5, static_cast<Timestamp>(random() % 10), {}});
    }
    RowRemoval removal(table_of(deleted, {}, 0), no_missing_values(), kSeed);
    for (int step = 0; step < 20; ++step) {
      const auto first_tile = static_cast<uint32_t>(random() % 30);
      const uint32_t last_tile = first_tile + kShardCount * static_cast<uint32_t>(random() % 3);
      const auto min_time = static_cast<Timestamp>(random() % 10);
      const auto max_time = min_time + static_cast<Timestamp>(random() % 4);
      const bool expected = std::any_of(deleted.begin(), deleted.end(), [&](const PlainRow& row) {
        const uint32_t tile = tile_of(row.ordinal);
        return first_tile <= tile && tile <= last_tile && tile % kShardCount == first_tile % kShardCount &&
               min_time <= row.time && row.time <= max_time;
      });
      ASSERT_EQ(removal.may_touch(first_tile, last_tile, min_time, max_time), expected);
      if (deleted.empty() || step % 4 != 0) continue;
      const size_t gone = random() % deleted.size();
      uint32_t removed = 0;
      remove(removal, table_of({deleted[gone]}, {}, 0), removed);
      ASSERT_EQ(removed, 1u);
      deleted.erase(deleted.begin() + static_cast<ptrdiff_t>(gone));
    }
  }
}

}  // namespace
}  // namespace segments
