#include "core/evaluation/value_matcher.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "unit/model_oracle.h"
#include "unit/random_plan.h"

namespace segments {
namespace {

const std::vector<std::string> kTexts = {"",
                                         "a",
                                         "ab",
                                         "abc",
                                         "abd",
                                         "b",
                                         "ba",
                                         "cab",
                                         "exactly sixteen!",
                                         "exactly sixteen! and more",
                                         "z",
                                         "\xfe",
                                         "\xff",
                                         "\xff"
                                         "a",
                                         "\xff\xff"};

Dictionary texts(size_t first = 0) {
  std::vector<uint32_t> ends;
  Bytes blob;
  for (size_t i = first; i < kTexts.size(); ++i) {
    blob.insert(blob.end(), kTexts[i].begin(), kTexts[i].end());
    ends.push_back(static_cast<uint32_t>(blob.size()));
  }
  return Dictionary::of_bytes(ends, blob);
}

FieldPredicate text_predicate(ValueOperator op, std::vector<std::string> literals) {
  FieldPredicate predicate;
  predicate.field = 2;
  predicate.op = op;
  predicate.literals = std::move(literals);
  return predicate;
}

FieldPredicate integer_predicate(std::vector<IntegerRange> ranges) {
  FieldPredicate predicate;
  predicate.field = 1;
  predicate.kind = ValueKind::kInteger;
  predicate.method = PredicateMethod::kIntegers;
  predicate.ranges = std::move(ranges);
  return predicate;
}

std::vector<FieldPredicate> text_predicates() {
  std::vector<FieldPredicate> predicates = {text_predicate(ValueOperator::kIsEmpty, {}), text_predicate(ValueOperator::kIn, {}),
                                            text_predicate(ValueOperator::kIn, {"ab", "nope", "z", "ab"})};
  std::vector<std::string> literals = kTexts;
  literals.insert(literals.end(), {"c", "exactly", "exactly sixteen? ", "xactly", "more", "\xff\xff\xff", "~"});
  for (const std::string& literal : literals) {
    for (const auto op :
         {ValueOperator::kEqual, ValueOperator::kContains, ValueOperator::kBeginsWith, ValueOperator::kEndsWith}) {
      predicates.push_back(text_predicate(op, {literal}));
    }
  }
  return predicates;
}

CodeSet codes_of(const FieldPredicate& predicate, const Dictionary& dictionary, ValueMatcher* server = nullptr) {
  NeverInterrupt interrupt;
  return matching_codes(predicate, dictionary, server, interrupt);
}

TEST(MatchingCodes, bytes_agree_with_comparing_each_value) {
  for (const size_t first : {size_t{0}, size_t{1}, kTexts.size() - 1, kTexts.size()}) {
    for (const FieldPredicate& predicate : text_predicates()) {
      const CodeSet codes = codes_of(predicate, texts(first));
      ASSERT_EQ(codes.code_count(), kTexts.size() - first + 1);
      EXPECT_EQ(codes.contains(0), model::satisfies(std::nullopt, predicate));
      for (size_t i = first; i < kTexts.size(); ++i) {
        EXPECT_EQ(codes.contains(static_cast<uint32_t>(i - first + 1)), model::satisfies(model::Value{0, kTexts[i]}, predicate))
            << kTexts[i];
      }
    }
  }
}

TEST(MatchingCodes, integers_agree_with_comparing_each_value) {
  const std::vector<int64_t> values = {INT64_MIN, INT64_MIN + 1, -5, 0, 1, 2, 7, INT64_MAX - 1, INT64_MAX};
  const Dictionary dictionary = Dictionary::of_integers(ValueKind::kInteger, values);
  const std::vector<std::vector<IntegerRange>> cases = {{},
                                                        {{0, 0}},
                                                        {{3, 6}},
                                                        {{-5, 2}},
                                                        {{INT64_MIN, INT64_MAX}},
                                                        {{INT64_MAX, INT64_MAX}},
                                                        {{7, -5}},
                                                        {{INT64_MIN, INT64_MIN}},
                                                        {{-4, 0}, {2, 8}},
                                                        {{3, INT64_MAX}}};
  for (const auto& ranges : cases) {
    const FieldPredicate predicate = integer_predicate(ranges);
    const CodeSet codes = codes_of(predicate, dictionary);
    EXPECT_FALSE(codes.contains(0));
    for (uint32_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(codes.contains(i + 1), model::satisfies(model::Value{values[i], {}}, predicate)) << values[i];
    }
  }
}

TEST(MatchingCodes, null_is_matched_by_is_null_and_is_empty_only) {
  FieldPredicate is_null = text_predicate(ValueOperator::kIsNull, {});
  is_null.method = PredicateMethod::kNull;
  const CodeSet codes = codes_of(is_null, texts());
  EXPECT_TRUE(codes.contains(0));
  for (uint32_t i = 1; i < codes.code_count(); ++i) EXPECT_FALSE(codes.contains(i));
  EXPECT_TRUE(matches_null(text_predicate(ValueOperator::kIsEmpty, {})));
  EXPECT_FALSE(matches_null(text_predicate(ValueOperator::kContains, {""})));
}

TEST(MatchingCodes, server_is_asked_once_per_value) {
  class Odd final : public ValueMatcher {
   public:
    bool matches(const Dictionary&, uint32_t index) override { return ++calls, index % 2 == 1; }
    uint32_t calls = 0;
  };
  FieldPredicate predicate = text_predicate(ValueOperator::kLess, {"x"});
  predicate.method = PredicateMethod::kServer;
  Odd odd;
  const CodeSet codes = codes_of(predicate, texts(), &odd);
  EXPECT_EQ(odd.calls, kTexts.size());
  EXPECT_FALSE(codes.contains(0));
  for (uint32_t i = 1; i < codes.code_count(); ++i) EXPECT_EQ(codes.contains(i), i % 2 == 0);
}

TEST(MatchingCodes, values_of_another_kind_are_corruption) {
  const Dictionary integers = Dictionary::of_integers(ValueKind::kInteger, {1, 2});
  FieldPredicate of_floats = integer_predicate({{1, 2}});
  of_floats.kind = ValueKind::kFloat;
  for (const FieldPredicate& predicate : {text_predicate(ValueOperator::kEqual, {"a"}), of_floats}) {
    try {
      codes_of(predicate, integers);
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kDataCorrupted);
    }
  }
}

TEST(MatchingCodes, long_scans_can_be_interrupted) {
  class Counting final : public Interrupt {
   public:
    void poll() override { ++polls; }
    uint32_t polls = 0;
  };
  std::vector<uint32_t> ends;
  Bytes blob;
  for (uint32_t i = 0; i < 20'000; ++i) {
    for (int shift = 16; shift >= 0; shift -= 8) blob.push_back(static_cast<uint8_t>(i >> shift));
    ends.push_back(static_cast<uint32_t>(blob.size()));
  }
  Counting interrupt;
  matching_codes(text_predicate(ValueOperator::kContains, {"ab"}), Dictionary::of_bytes(ends, blob), nullptr, interrupt);
  EXPECT_GE(interrupt.polls, 4u);
}

Bytes bytes_of(const std::string& text) { return Bytes(text.begin(), text.end()); }

TEST(MayMatch, never_excludes_a_value_within_byte_bounds) {
  for (const FieldPredicate& predicate : text_predicates()) {
    for (size_t first = 0; first < kTexts.size(); ++first) {
      for (size_t last = first; last < kTexts.size(); ++last) {
        ValueBounds bounds;
        bounds.lower = bytes_of(kTexts[first].substr(0, kBoundBytes));
        bounds.upper = bytes_of(kTexts[last]);
        bool some = false;
        for (size_t i = first; i <= last; ++i) some |= model::satisfies(model::Value{0, kTexts[i]}, predicate);
        EXPECT_TRUE(!some || may_match(predicate, bounds)) << kTexts[first] << " … " << kTexts[last];
        bounds.has_upper = false;
        bounds.upper.clear();
        EXPECT_TRUE(!some || may_match(predicate, bounds)) << kTexts[first] << " …";
      }
    }
  }
}

TEST(MayMatch, excludes_what_lies_outside_of_byte_bounds) {
  ValueBounds bounds{bytes_of("b"), bytes_of("m"), true};
  EXPECT_FALSE(may_match(text_predicate(ValueOperator::kEqual, {"az"}), bounds));
  EXPECT_FALSE(may_match(text_predicate(ValueOperator::kIn, {"a", "n"}), bounds));
  EXPECT_FALSE(may_match(text_predicate(ValueOperator::kBeginsWith, {"a"}), bounds));
  EXPECT_FALSE(may_match(text_predicate(ValueOperator::kBeginsWith, {"ma"}), bounds));
  EXPECT_FALSE(may_match(text_predicate(ValueOperator::kIsEmpty, {}), bounds));
  EXPECT_TRUE(may_match(text_predicate(ValueOperator::kBeginsWith, {"b"}), bounds));
  EXPECT_TRUE(may_match(text_predicate(ValueOperator::kContains, {"q"}), bounds));
  bounds.has_upper = false;
  EXPECT_TRUE(may_match(text_predicate(ValueOperator::kEqual, {"z"}), bounds));
  EXPECT_FALSE(may_match(text_predicate(ValueOperator::kEqual, {"a"}), bounds));
}

TEST(MayMatch, integer_bounds_are_big_endian_with_flipped_sign) {
  const ValueBounds bounds{model::integer_bound(-3), model::integer_bound(400), true};
  EXPECT_TRUE(may_match(integer_predicate({{-3, -3}}), bounds));
  EXPECT_TRUE(may_match(integer_predicate({{INT64_MIN, INT64_MAX}}), bounds));
  EXPECT_TRUE(may_match(integer_predicate({{-9, -8}, {400, 500}}), bounds));
  EXPECT_FALSE(may_match(integer_predicate({{INT64_MIN, -4}, {401, INT64_MAX}}), bounds));
  EXPECT_FALSE(may_match(integer_predicate({}), bounds));
  const ValueBounds unknown{{}, {}, false};
  EXPECT_TRUE(may_match(integer_predicate({{5, 5}}), unknown));
}

TEST(MayMatch, null_is_no_value) {
  FieldPredicate is_null = text_predicate(ValueOperator::kIsNull, {});
  is_null.method = PredicateMethod::kNull;
  EXPECT_FALSE(may_match(is_null, {bytes_of("a"), bytes_of("b"), true}));
}

}  // namespace
}  // namespace segments
