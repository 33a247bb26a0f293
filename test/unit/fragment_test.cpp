#include "core/fragment/fragment.h"

#include <gtest/gtest.h>

#include <numeric>

#include "core/error.h"
#include "unit/rounds.h"
#include "unit/row_samples.h"

namespace segments {
namespace {

std::vector<uint32_t> all_rows(const RowTable& table) {
  std::vector<uint32_t> rows(table.row_count());
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

RowTable decode(const EncodedFragment& fragment) {
  const auto columns = column_bytes(fragment);
  return decode_fragment(columns, fragment.known_fields);
}

std::vector<EncodedFragment> encode_all(const RowTable& table) {
  std::vector<EncodedFragment> fragments;
  NeverInterrupt interrupt;
  encode_fragments(table, interrupt, [&](EncodedFragment&& fragment) { fragments.push_back(std::move(fragment)); });
  return fragments;
}

TEST(Fragment, round_trips_rows_of_every_kind) {
  std::mt19937_64 random(20);
  for (const size_t count : {1u, 2u, 100u, 20'000u}) {
    const auto rows = sample_rows(random, count, 20);
    const RowTable table = table_of(rows, kSampleKinds, 9);
    const EncodedFragment fragment = encode_fragment(table, all_rows(table));
    EXPECT_EQ(sorted(plain_rows(decode(fragment))), sorted(rows));
    EXPECT_EQ(fragment.row_count, count);
    EXPECT_EQ(decode(fragment).known_fields, 9);
    for (const PlainRow& row : rows) {
      EXPECT_LE(fragment.first_tile, tile_of(row.ordinal));
      EXPECT_GE(fragment.last_tile, tile_of(row.ordinal));
      EXPECT_LE(fragment.min_time, row.time);
      EXPECT_GE(fragment.max_time, row.time);
    }
  }
}

TEST(Fragment, takes_a_subset_of_rows) {
  std::mt19937_64 random(21);
  const auto rows = sample_rows(random, 1000, 3);
  const RowTable table = table_of(rows, kSampleKinds, 9);
  std::vector<uint32_t> chosen;
  std::vector<PlainRow> expected;
  for (uint32_t row = 999; row > 3; row -= 3) {
    chosen.push_back(row);
    expected.push_back(rows[row]);
  }
  EXPECT_EQ(sorted(plain_rows(decode(encode_fragment(table, chosen)))), sorted(expected));
}

TEST(Fragment, stores_no_column_for_a_field_without_values) {
  const RowTable table = table_of({{5, 6, {{3, int64_t{1}}}}}, kSampleKinds, 9);
  const EncodedFragment fragment = encode_fragment(table, std::vector<uint32_t>{0});
  ASSERT_EQ(fragment.columns.size(), 3u);
  EXPECT_EQ(fragment.columns[2].field, 3);
}

TEST(Fragment, bounds_enclose_every_value) {
  const auto bounds_of_texts = [](std::vector<std::string> texts) {
    std::vector<PlainRow> rows;
    for (const std::string& text : texts) rows.push_back({1, 2, {{2, text}}});
    rows.push_back({1, 2, {}});
    const RowTable table = table_of(rows, {{2, ValueKind::kBytes}}, 2);
    return *encode_fragment(table, all_rows(table)).columns[2].bounds;
  };
  const ValueBounds short_bounds = bounds_of_texts({"b", "abc"});
  EXPECT_EQ(short_bounds.lower, (Bytes{'a', 'b', 'c'}));
  EXPECT_EQ(short_bounds.upper, (Bytes{'b'}));
  const ValueBounds cut = bounds_of_texts({std::string(15, 'x') + "\xFF\xFFtail"});
  EXPECT_EQ(cut.lower.size(), kBoundBytes);
  Bytes rounded_up(15, 'x');
  rounded_up.back() = 'y';
  EXPECT_EQ(cut.upper, rounded_up);
  const ValueBounds unbounded = bounds_of_texts({std::string(17, '\xFF')});
  EXPECT_FALSE(unbounded.has_upper);
  EXPECT_TRUE(unbounded.upper.empty());
  const ValueBounds exact = bounds_of_texts({std::string(16, '\xFF')});
  EXPECT_TRUE(exact.has_upper);

  const RowTable numbers =
      table_of({{1, 2, {{3, int64_t{-1}}}}, {1, 2, {{3, int64_t{INT64_MAX}}}}}, {{3, ValueKind::kInteger}}, 3);
  const ValueBounds integer_bounds = *encode_fragment(numbers, all_rows(numbers)).columns[2].bounds;
  EXPECT_EQ(integer_bounds.lower, (Bytes{0x7F, 255, 255, 255, 255, 255, 255, 255}));
  EXPECT_EQ(integer_bounds.upper, Bytes(8, 255));
}

TEST(Fragment, refuses_columns_that_do_not_belong_together) {
  std::mt19937_64 random(22);
  const RowTable small = table_of(sample_rows(random, 10, 1), kSampleKinds, 9);
  const RowTable large = table_of(sample_rows(random, 11, 1), kSampleKinds, 9);
  const EncodedFragment a = encode_fragment(small, all_rows(small));
  const EncodedFragment b = encode_fragment(large, all_rows(large));
  auto columns = column_bytes(a);
  columns.back() = column_bytes(b).back();
  EXPECT_THROW(decode_fragment(columns, 9), Error);
  columns = column_bytes(a);
  columns.push_back(columns.back());
  EXPECT_THROW(decode_fragment(columns, 9), Error);
  columns = column_bytes(a);
  columns.erase(columns.begin());
  EXPECT_THROW(decode_fragment(columns, 9), Error);
}

TEST(EncodeFragments, divides_rows_along_the_tree_and_loses_none) {
  std::mt19937_64 random(23);
  struct Case {
    size_t rows;
    uint32_t tiles;
  };
  for (const Case& c : {Case{0, 1}, Case{100, 200}, Case{30'000, 600}, Case{700'000, 1}, Case{900'000, 9}, Case{600'000, 100}}) {
    if (test::kSanitized && c.rows > 600'000) continue;
    std::vector<PlainRow> rows(c.rows);
    for (PlainRow& row : rows) {
      row.ordinal = static_cast<Ordinal>(random() % (uint64_t{c.tiles} * kTileSize));
      row.time = static_cast<Timestamp>(random() % 1000);
      if (c.tiles == 9) row.ordinal = first_ordinal(8 * static_cast<uint32_t>(random() % 9)) + row.ordinal % kTileSize;
    }
    const RowTable table = table_of(rows, {}, 0);
    std::vector<PlainRow> stored;
    for (const EncodedFragment& fragment : encode_all(table)) {
      ASSERT_EQ(shard_of_tile(fragment.first_tile), shard_of_tile(fragment.last_tile));
      ASSERT_GE(fragment.row_count, 1u);
      ASSERT_LE(fragment.row_count, kMaxFragmentRows);
      if (c.rows == 700'000) {
        ASSERT_GE(fragment.row_count, kMaxFragmentRows / 2);
      }
      const auto part = plain_rows(decode(fragment));
      for (const PlainRow& row : part) ASSERT_EQ(shard_of_tile(tile_of(row.ordinal)), shard_of_tile(fragment.first_tile));
      stored.insert(stored.end(), part.begin(), part.end());
    }
    ASSERT_TRUE(sorted(stored) == sorted(rows));
  }
}

TEST(EncodeFragments, divides_one_tile_by_time) {
  std::vector<PlainRow> rows(kMaxFragmentRows + 1);
  for (size_t i = 0; i < rows.size(); ++i) rows[i].time = static_cast<Timestamp>(i * 7919 % rows.size());
  const auto fragments = encode_all(table_of(rows, {}, 0));
  ASSERT_EQ(fragments.size(), 2u);
  EXPECT_LT(fragments[0].max_time, fragments[1].min_time);
}

TEST(Concatenate, merges_dictionaries) {
  std::mt19937_64 random(24);
  NeverInterrupt interrupt;
  for (const size_t parts : {1u, 2u, 3u, 5u, 8u, 33u}) {
    std::vector<PlainRow> expected;
    std::vector<RowTable> tables;
    for (size_t part = 0; part < parts; ++part) {
      const auto rows = sample_rows(random, random() % 400, 5);
      expected.insert(expected.end(), rows.begin(), rows.end());
      auto kinds = kSampleKinds;
      if (random() % 2 == 0) kinds.erase(9);
      tables.push_back(table_of(rows, kinds, 9));
    }
    const RowTable merged = concatenate(std::move(tables), no_missing_values(), interrupt);
    ASSERT_EQ(plain_rows(merged), expected);
    for (const DecodedField& field : merged.fields) {
      for (uint32_t i = 1; i < field.dictionary.size(); ++i) {
        if (field.dictionary.kind() == ValueKind::kBytes) {
          ASSERT_LT(field.dictionary.bytes(i - 1), field.dictionary.bytes(i));
        } else {
          ASSERT_LT(field.dictionary.integer(i - 1), field.dictionary.integer(i));
        }
      }
    }
  }
}

TEST(Concatenate, gives_missing_values_to_older_tables_only) {
  NeverInterrupt interrupt;
  const std::map<int16_t, ValueKind> kinds = {{1, ValueKind::kInteger}, {2, ValueKind::kBytes}};
  std::vector<RowTable> tables;
  tables.push_back(table_of({{1, 1, {{1, int64_t{5}}}}}, {{1, ValueKind::kInteger}}, 1));  // before field 2 was added
  tables.push_back(table_of({{2, 2, {}}, {3, 3, {{2, std::string("z")}}}}, kinds, 3));
  const auto missing = [](int16_t field) -> std::optional<MissingValue> {
    if (field == 2) return MissingValue{ValueKind::kBytes, 0, {'d'}};
    return std::nullopt;
  };
  const RowTable merged = concatenate(std::move(tables), missing, interrupt);
  EXPECT_EQ(merged.known_fields, 3);
  const std::vector<PlainRow> expected = {
      {1, 1, {{1, int64_t{5}}, {2, std::string("d")}}}, {2, 2, {}}, {3, 3, {{2, std::string("z")}}}};
  EXPECT_EQ(plain_rows(merged), expected);
}

TEST(Concatenate, refuses_values_of_different_kinds) {
  NeverInterrupt interrupt;
  std::vector<RowTable> tables;
  tables.push_back(table_of({{1, 1, {{1, int64_t{5}}}}}, {{1, ValueKind::kInteger}}, 1));
  tables.push_back(table_of({{1, 1, {{1, std::string("5")}}}}, {{1, ValueKind::kBytes}}, 1));
  EXPECT_THROW(concatenate(std::move(tables), no_missing_values(), interrupt), Error);
}

TEST(FilterRows, keeps_the_rows_it_is_told_to) {
  std::mt19937_64 random(25);
  const auto rows = sample_rows(random, 500, 2);
  std::vector<bool> keep;
  std::vector<PlainRow> expected;
  for (const PlainRow& row : rows) {
    keep.push_back(random() % 3 == 0);
    if (keep.back()) expected.push_back(row);
  }
  EXPECT_EQ(plain_rows(filter_rows(table_of(rows, kSampleKinds, 9), keep)), expected);
}

}  // namespace
}  // namespace segments
