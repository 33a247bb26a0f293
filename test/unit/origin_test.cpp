#include "core/set/origin.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace segments {
namespace {

constexpr Origin kHere{0x00c1f5e09a7b3d42}, kThere{1};

ErrorCode error_of(std::span<const uint8_t> bytes) {
  try {
    read_stamp(bytes);
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kInternal;
}

TEST(Origin, a_set_without_one_takes_the_others) {
  EXPECT_EQ(joint_origin(kHere, kHere), kHere);
  EXPECT_EQ(joint_origin(kHere, Origin::kNone), kHere);
  EXPECT_EQ(joint_origin(Origin::kNone, kHere), kHere);
  EXPECT_EQ(joint_origin(Origin::kNone, Origin::kNone), Origin::kNone);
}

TEST(Origin, two_of_them_are_never_joined) {
  try {
    joint_origin(kHere, kThere);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotReady);
    EXPECT_NE(error.detail().find("00c1f5e09a7b3d42"), std::string::npos);
    EXPECT_NE(error.detail().find("0000000000000001"), std::string::npos);
  }
}

TEST(Origin, stamps_are_told_from_portable_bytes) {
  const std::vector<uint8_t> portable = ProfileSet::from_ordinals(std::vector<Ordinal>{1, 2, 3, 10}).to_portable();
  EXPECT_EQ(read_stamp(portable).origin, Origin::kNone);
  EXPECT_EQ(read_stamp(portable).set.size(), portable.size());
  std::vector<uint8_t> bytes(kStampBytes);
  write_stamp(kHere, bytes.data());
  bytes.insert(bytes.end(), portable.begin(), portable.end());
  EXPECT_EQ(read_stamp(bytes).origin, kHere);
  EXPECT_TRUE(std::ranges::equal(read_stamp(bytes).set, portable));
  // A stamp is no bitmap, nor does one follow another.
  EXPECT_THROW(ProfileSet::from_portable(bytes), Error);
  bytes.insert(bytes.begin(), bytes.begin(), bytes.begin() + kStampBytes);
  EXPECT_THROW(ProfileSet::from_portable(read_stamp(bytes).set), Error);
}

TEST(Origin, stamps_that_end_early_or_name_none_are_refused) {
  std::vector<uint8_t> bytes(kStampBytes);
  write_stamp(kHere, bytes.data());
  const std::span<const uint8_t> all = bytes;
  EXPECT_EQ(read_stamp(all).set.size(), 0u);
  for (size_t size = 4; size < kStampBytes; ++size) EXPECT_EQ(error_of(all.first(size)), ErrorCode::kInvalidBytes) << size;
  for (size_t size = 0; size < 4; ++size) EXPECT_EQ(read_stamp(all.first(size)).origin, Origin::kNone) << size;
  write_stamp(Origin::kNone, bytes.data());
  EXPECT_EQ(error_of(bytes), ErrorCode::kInvalidBytes);
}

TEST(Origin, is_written_as_sixteen_digits) {
  EXPECT_EQ(print_origin(kHere), "00c1f5e09a7b3d42");
  EXPECT_EQ(parse_origin("00c1f5e09a7b3d42"), kHere);
  EXPECT_EQ(parse_origin("ffffffffffffffff"), Origin{UINT64_MAX});
  for (std::string_view digits : {"", "1", "0000000000000000", "00c1f5e09a7b3d4", "+0c1f5e09a7b3d42", "0x00c1f5e09a7b3d"}) {
    EXPECT_FALSE(parse_origin(digits)) << digits;
  }
}

}  // namespace
}  // namespace segments
