#include "core/set/profile_set_text.h"

#include <gtest/gtest.h>

#include <random>

#include "core/error.h"

namespace segments {
namespace {

NeverInterrupt never;

std::string reread(std::string_view text) { return print_profile_set(parse_profile_set(text, never), 1 << 20, never); }

Error error_of(std::string_view text) {
  try {
    parse_profile_set(text, never);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << text;
  return Error(ErrorCode::kInternal, "none");
}

TEST(ProfileSetText, is_written_ascending_with_runs_of_three_as_ranges) {
  EXPECT_EQ(reread("{}"), "{}");
  EXPECT_EQ(reread("{3,1,2,7,9,8,11,12}"), "{1-3,7-9,11,12}");
  EXPECT_EQ(reread(" { 5 - 9 ,\n6-70000,\t0 } "), "{0,5-70000}");
  EXPECT_EQ(reread("{65534-65538,4294967295,4294967294}"), "{65534-65538,4294967294,4294967295}");
  EXPECT_EQ(reread("{0-4294967295}"), "{0-4294967295}");
}

TEST(ProfileSetText, round_trips_with_more_members_than_are_read_at_a_time) {
  std::mt19937 random(1);
  std::string text = "{";
  std::vector<Ordinal> ordinals(200000);
  for (Ordinal& ordinal : ordinals) {
    ordinal = static_cast<Ordinal>(random() % 3000000);
    if (text.size() > 1) text += ',';
    text += std::to_string(ordinal);
  }
  text += '}';
  const ProfileSet expected = ProfileSet::from_ordinals(ordinals);
  const StampedSet read = parse_profile_set(text, never);
  EXPECT_TRUE(read.set == expected);
  EXPECT_TRUE(parse_profile_set(print_profile_set(read, 1 << 24, never), never).set == expected);
}

TEST(ProfileSetText, errors_tell_the_character) {
  EXPECT_EQ(error_of("{1,x}").code(), ErrorCode::kInvalidLiteral);
  EXPECT_NE(error_of("{1,x}").detail().find("character 4"), std::string::npos);
  EXPECT_NE(error_of("{1,2").detail().find("the end"), std::string::npos);
  EXPECT_NE(error_of("{9-5}").detail().find("character 2"), std::string::npos);
  EXPECT_EQ(error_of("{4294967296}").code(), ErrorCode::kOutOfRange);
  EXPECT_EQ(error_of("{5-4294967296}").code(), ErrorCode::kOutOfRange);
  for (std::string_view text :
       {"", "{", "}", "1", "{,}", "{1,,2}", "{1}}", "{1-}", "{-1}", "{1 2}", "{1-2-3}", "{+1}", "{1.5}"}) {
    EXPECT_EQ(error_of(text).code(), ErrorCode::kInvalidLiteral) << text;
  }
}

TEST(ProfileSetText, an_origin_follows_unless_the_set_is_empty) {
  EXPECT_EQ(reread("{1,2,5-9}@00c1f5e09a7b3d42"), "{1,2,5-9}@00c1f5e09a7b3d42");
  EXPECT_EQ(reread(" {1} @FFFFFFFFFFFFFFFF\n"), "{1}@ffffffffffffffff");
  EXPECT_EQ(reread("{}@00c1f5e09a7b3d42"), "{}");
  EXPECT_EQ(parse_profile_set("{1}@00000000000000ff", never).origin, Origin{255});
  for (std::string_view text : {"{1}@", "{1}@ff", "{1}@0000000000000000", "{1}@00c1f5e09a7b3d4g", "{1}@00c1f5e09a7b3d420",
                                "{1}@-0c1f5e09a7b3d42", "{1}@ 00c1f5e09a7b3d42", "@00c1f5e09a7b3d42"}) {
    EXPECT_EQ(error_of(text).code(), ErrorCode::kInvalidLiteral) << text;
  }
}

// Counts how often it is asked.
class CountingInterrupt final : public Interrupt {
 public:
  void poll() override { ++polls; }
  int polls = 0;
};

TEST(ProfileSetText, few_characters_with_much_work_are_interruptible) {
  std::string text = "{0-4294967295";
  for (int i = 0; i < 20; ++i) text += ",0-4294967295";
  CountingInterrupt interrupt;
  parse_profile_set(text + '}', interrupt);
  EXPECT_GE(interrupt.polls, 20);
}

TEST(ProfileSetText, too_long_a_text_is_refused) {
  const StampedSet set = parse_profile_set("{1,3,5,7}", never);
  EXPECT_EQ(print_profile_set(set, 9, never), "{1,3,5,7}");
  try {
    print_profile_set(set, 8, never);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kLimitExceeded);
  }
}

}  // namespace
}  // namespace segments
