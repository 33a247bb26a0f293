#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <string>

#include "core/error.h"
#include "core/column/column.h"
#include "core/column/dictionary_codec.h"

namespace segments {
namespace {

using namespace std::string_literals;

Dictionary dictionary_of(const std::set<std::string>& values) {
  std::vector<uint32_t> ends;
  Bytes blob;
  for (const std::string& value : values) {
    blob.insert(blob.end(), value.begin(), value.end());
    ends.push_back(static_cast<uint32_t>(blob.size()));
  }
  return Dictionary::of_bytes(ends, blob);
}

std::vector<uint32_t> all_codes(const Dictionary& dictionary) {
  std::vector<uint32_t> codes;
  for (uint32_t code = 1; code <= dictionary.size(); ++code) codes.push_back(code);
  return codes;
}

Dictionary store_and_read(const Dictionary& dictionary, std::span<const uint32_t> codes) {
  ByteWriter out;
  write_dictionary(out, dictionary, CodeRenumbering(dictionary.size() + 1, codes));
  ByteReader in(out.view());
  return read_dictionary(in, static_cast<uint8_t>(dictionary.kind()), kMaxFragmentRows);
}

TEST(Dictionary, orders_floats_as_postgresql_does) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double ascending[] = {-infinity, -1e300, -1.5, -5e-324, 0.0, 5e-324, 1.0, 1e300, infinity, std::nan("")};
  for (size_t i = 1; i < std::size(ascending); ++i) {
    EXPECT_LT(float_to_ordered(ascending[i - 1]), float_to_ordered(ascending[i]));
  }
  EXPECT_EQ(float_to_ordered(-0.0), float_to_ordered(0.0));
  EXPECT_EQ(float_to_ordered(-std::nan("7")), float_to_ordered(std::nan("")));
  for (size_t i = 0; i + 1 < std::size(ascending); ++i) {
    EXPECT_EQ(ordered_to_float(float_to_ordered(ascending[i])), ascending[i]);
  }
  EXPECT_TRUE(std::isnan(ordered_to_float(float_to_ordered(std::nan("")))));
}

TEST(Dictionary, finds_lower_bounds) {
  const std::set<std::string> values = {""s, "a"s, "a\0b"s, "ab"s, "\xFF"s};
  const Dictionary dictionary = dictionary_of(values);
  for (const std::string& probe : {""s, "a"s, "a\0"s, "a\0b"s, "a\0c"s, "aa"s, "b"s, "\xFF"s, "\xFFz"s}) {
    EXPECT_EQ(dictionary.lower_bound(probe), std::distance(values.begin(), values.lower_bound(probe)));
  }
  const Dictionary numbers = Dictionary::of_integers(ValueKind::kInteger, {INT64_MIN, -1, 5, INT64_MAX});
  EXPECT_EQ(numbers.lower_bound(INT64_MIN), 0u);
  EXPECT_EQ(numbers.lower_bound(int64_t{0}), 2u);
  EXPECT_EQ(numbers.lower_bound(INT64_MAX), 3u);
}

TEST(Dictionary, survives_storing) {
  const std::vector<std::vector<int64_t>> samples = {{},
                                                     {7},
                                                     {INT64_MIN},
                                                     {INT64_MIN, INT64_MAX},
                                                     {-3, -2, -1, 0, 1},
                                                     {0, 200, 300},
                                                     {0, 70'000},
                                                     {0, int64_t{1} << 40},
                                                     {INT64_MIN, INT64_MIN + 1, 0, INT64_MAX - 1, INT64_MAX}};
  for (const auto& sample : samples) {
    const Dictionary dictionary = Dictionary::of_integers(ValueKind::kFloat, sample);
    const Dictionary read = store_and_read(dictionary, all_codes(dictionary));
    EXPECT_EQ(read.integers(), sample);
    EXPECT_EQ(read.kind(), ValueKind::kFloat);
  }
  for (const std::set<std::string>& sample :
       {std::set<std::string>{}, {""s}, {""s, "\0"s, "\0\0"s}, {"a"s, std::string(300, 'b'), std::string(70'000, 'c')}}) {
    const Dictionary read = store_and_read(dictionary_of(sample), all_codes(dictionary_of(sample)));
    ASSERT_EQ(read.size(), sample.size());
    uint32_t index = 0;
    for (const std::string& value : sample) EXPECT_EQ(read.bytes(index++), value);
  }
}

TEST(Dictionary, keeps_only_used_values_and_renumbers_their_codes) {
  std::vector<int64_t> values;
  for (int64_t i = 0; i < 1000; ++i) values.push_back(i * 3);
  const Dictionary dictionary = Dictionary::of_integers(ValueKind::kInteger, values);
  const std::vector<uint32_t> codes = {0, 1000, 64, 63, 65, 1, 64, 500};
  const Dictionary read = store_and_read(dictionary, codes);
  const CodeRenumbering used(dictionary.size() + 1, codes);
  ASSERT_EQ(read.size(), 6u);
  for (const uint32_t code : codes) {
    if (code == 0) {
      EXPECT_EQ(used.renumber(code), 0u);
    } else {
      EXPECT_EQ(read.integer(used.renumber(code) - 1), dictionary.integer(code - 1));
    }
  }
}

TEST(Dictionary, refuses_values_that_do_not_ascend) {
  const auto read = [](const ByteWriter& out, ValueKind kind) {
    ByteReader in(out.view());
    return read_dictionary(in, static_cast<uint8_t>(kind), 100);
  };
  ByteWriter overflowing;
  overflowing.put(uint32_t{2});
  overflowing.put(uint8_t{1});
  overflowing.put(INT64_MAX - 3);
  overflowing.put(uint8_t{3});
  EXPECT_THROW(read(overflowing, ValueKind::kInteger), Error);
  ByteWriter repeated;
  repeated.put(uint32_t{2});
  repeated.put(uint8_t{1});
  repeated.put_text("\1\1aa");
  EXPECT_THROW(read(repeated, ValueKind::kBytes), Error);
  ByteWriter too_many;
  too_many.put(uint32_t{101});
  EXPECT_THROW(read(too_many, ValueKind::kInteger), Error);
}

TEST(CodeSet, behaves_like_a_set) {
  std::mt19937_64 random(6);
  for (int round = 0; round < 2000; ++round) {
    const auto count = static_cast<uint32_t>(1 + random() % 200);
    CodeSet codes(count);
    std::set<uint32_t> expected;
    for (int step = 0; step < 4; ++step) {
      const auto first = static_cast<uint32_t>(random() % count);
      const auto end = static_cast<uint32_t>(random() % (count + 1));
      codes.insert_range(first, end);
      for (uint32_t code = first; code < end; ++code) expected.insert(code);
      if (random() % 3 == 0) {
        codes.complement();
        std::set<uint32_t> rest;
        for (uint32_t code = 0; code < count; ++code) {
          if (!expected.contains(code)) rest.insert(code);
        }
        expected.swap(rest);
      }
    }
    for (uint32_t code = 0; code < count; ++code) ASSERT_EQ(codes.contains(code), expected.contains(code));
    ASSERT_EQ(codes.empty(), expected.empty());
    ASSERT_EQ(codes.full(), expected.size() == count);
  }
}

TEST(RowSet, keeps_bits_past_its_end_clear) {
  for (const uint32_t rows : {0u, 1u, 64u, 100u}) {
    RowSet all(rows, true);
    EXPECT_EQ(all.cardinality(), rows);
    RowSet none(rows);
    EXPECT_TRUE(none.empty());
    none.complement();
    EXPECT_EQ(none.words(), all.words());
    all.complement();
    EXPECT_TRUE(all.empty());
  }
  RowSet left(70);
  RowSet right(70);
  left.insert(3);
  left.insert(69);
  right.insert(69);
  RowSet both = left;
  both &= right;
  EXPECT_EQ(both.cardinality(), 1u);
  EXPECT_TRUE(both.contains(69));
  right |= left;
  EXPECT_EQ(right.words(), left.words());
}

}  // namespace
}  // namespace segments
