#include <gtest/gtest.h>

#include <random>
#include <string>

#include "core/error.h"
#include "core/column/column.h"

namespace segments {
namespace {

std::vector<uint32_t> read_codes(BytesView bytes) {
  BytesSource source(bytes);
  return FieldColumn(source).codes();
}

Dictionary numbers(uint32_t size) {
  std::vector<int64_t> values;
  for (uint32_t i = 0; i < size; ++i) values.push_back(int64_t{i} * 10 - 50);
  return Dictionary::of_integers(ValueKind::kInteger, values);
}

std::vector<uint32_t> random_codes(std::mt19937_64& random, uint32_t rows, uint32_t dictionary_size) {
  std::vector<uint32_t> codes;
  for (uint32_t i = 0; i < rows; ++i) codes.push_back(static_cast<uint32_t>(random() % (dictionary_size + 1)));
  return codes;
}

// A set of about `runs` runs.
CodeSet random_set(std::mt19937_64& random, uint32_t code_count, uint32_t runs) {
  CodeSet codes(code_count);
  for (uint32_t i = 0; i < runs; ++i) {
    const auto first = static_cast<uint32_t>(random() % code_count);
    codes.insert_range(first, std::min(code_count, first + 1 + static_cast<uint32_t>(random() % (code_count / (runs + 1) + 1))));
  }
  if (random() % 2 == 0) codes.complement();
  return codes;
}

TEST(FieldColumn, round_trips_and_selects_like_a_loop) {
  std::mt19937_64 random(13);
  for (const uint32_t size : {0u, 1u, 2u, 3u, 12u, 63u, 64u, 255u, 900u, 5000u}) {
    for (const uint32_t rows : {1u, 64u, 700u, 6000u}) {
      const Dictionary dictionary = numbers(size);
      const auto codes = random_codes(random, rows, size);
      const Bytes bytes = encode_field(dictionary, codes);
      BytesSource source(bytes);
      FieldColumn column(source);
      const Dictionary& used = column.dictionary();
      const auto stored = column.codes();
      ASSERT_EQ(column.row_count(), rows);
      for (uint32_t row = 0; row < rows; ++row) {
        ASSERT_EQ(stored[row] == 0, codes[row] == 0);
        if (codes[row] == 0) continue;
        ASSERT_EQ(used.integer(stored[row] - 1), dictionary.integer(codes[row] - 1));
      }
      for (const uint32_t runs : {0u, 1u, 2u, 7u, 9u, 40u, 300u}) {
        const CodeSet set = random_set(random, used.size() + 1, runs);
        const auto first = static_cast<uint32_t>(random() % 2 == 0 ? 0 : random() % rows);
        const auto end = static_cast<uint32_t>(random() % 2 == 0 ? rows : random() % (rows + 1));
        const RowSet selected = column.select(set, first, end);
        for (uint32_t row = 0; row < rows; ++row) {
          ASSERT_EQ(selected.contains(row), row >= first && row < end && set.contains(stored[row]));
        }
        ASSERT_LE(selected.cardinality(), end > first ? end - first : 0);
      }
    }
  }
}

TEST(FieldColumn, drops_unused_values) {
  const Bytes bytes = encode_field(numbers(100'000), std::vector<uint32_t>{99'999, 0, 5, 5});
  BytesSource source(bytes);
  FieldColumn column(source);
  EXPECT_EQ(column.dictionary().size(), 2u);
  EXPECT_EQ(column.codes(), (std::vector<uint32_t>{2, 0, 1, 1}));
}

TEST(FieldColumn, holds_a_distinct_value_in_every_row) {
  std::vector<uint32_t> codes(kMaxFragmentRows);
  for (uint32_t i = 0; i < kMaxFragmentRows; ++i) codes[i] = kMaxFragmentRows - i;
  const Bytes bytes = encode_field(numbers(kMaxFragmentRows), codes);
  BytesSource source(bytes);
  FieldColumn column(source);
  EXPECT_EQ(column.codes(), codes);
  CodeSet odd(kMaxFragmentRows + 1);
  for (uint32_t code = 1; code <= kMaxFragmentRows; code += 2) odd.insert(code);
  EXPECT_EQ(column.select(odd, 0, kMaxFragmentRows).cardinality(), kMaxFragmentRows / 2);
}

TEST(FieldColumn, reads_its_dictionary_alone) {
  const Dictionary dictionary = Dictionary::of_bytes({0, 3, 4}, {'a', 0, 'b', 'z'});
  const Bytes bytes = encode_field(dictionary, std::vector<uint32_t>{3, 2, 1, 0, 3});
  BytesSource source(bytes);
  const size_t prefix = FieldColumn::dictionary_bytes(source);
  ASSERT_LT(prefix, bytes.size());
  Bytes damaged = bytes;
  damaged[prefix] ^= 1;  // in the codes
  BytesSource damaged_source(damaged);
  FieldColumn column(damaged_source);
  ASSERT_EQ(column.dictionary().size(), 3u);
  EXPECT_EQ(column.dictionary().bytes(0), "");
  EXPECT_EQ(column.dictionary().bytes(1), std::string_view("a\0b", 3));
  EXPECT_EQ(column.dictionary().bytes(2), "z");
  EXPECT_THROW(column.codes(), Error);
}

TEST(FieldColumn, refuses_any_flipped_or_missing_byte) {
  std::mt19937_64 random(14);
  const Bytes bytes = encode_field(numbers(40), random_codes(random, 500, 40));
  for (size_t at = 0; at < bytes.size(); ++at) {
    Bytes damaged = bytes;
    damaged[at] ^= static_cast<uint8_t>(1u << (random() % 8));
    EXPECT_THROW(read_codes(damaged), Error) << at;
    EXPECT_THROW(read_codes(BytesView(bytes).first(at)), Error) << at;
  }
  BytesSource source(bytes);
  EXPECT_THROW(TimeColumn{source}, Error);
}

}  // namespace
}  // namespace segments
