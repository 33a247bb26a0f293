#include "core/text/id_spelling.h"

#include <gtest/gtest.h>

namespace segments {
namespace {

using Differences = std::vector<std::string_view>;

TEST(IdSpelling, leaves_out_blanks_at_the_ends) {
  EXPECT_EQ(bare_id(" Ada@Example.org\t"), "Ada@Example.org");
  EXPECT_EQ(bare_id("a b"), "a b");
  EXPECT_EQ(bare_id("\xC2\xA0x\xEF\xBB\xBF"), "x");  // a no-break space, a byte order mark
  EXPECT_EQ(bare_id("\xC3\xA9"), "\xC3\xA9");
  EXPECT_EQ(bare_id(""), "");
  EXPECT_EQ(bare_id("  "), "");
}

TEST(IdSpelling, knows_uuids_in_any_form) {
  const std::string digits = "00112233445566778899aabbccddeeff";
  EXPECT_EQ(bare_id("00112233-4455-6677-8899-aabbccddeeff"), digits);
  EXPECT_EQ(bare_id("{00112233-4455-6677-8899-aabbccddeeff}"), digits);
  EXPECT_EQ(bare_id(" {" + digits + "} "), digits);
  EXPECT_EQ(bare_id("{00112233}"), "{00112233}");
  EXPECT_EQ(bare_id(digits + "0"), digits + "0");
  EXPECT_EQ(bare_id("g" + digits.substr(1)), "g" + digits.substr(1));
  EXPECT_EQ(bare_id("a-b"), "a-b");
}

TEST(IdSpelling, leaves_out_leading_zeros_of_numbers) {
  EXPECT_EQ(bare_id("007"), "7");
  EXPECT_EQ(bare_id("000"), "0");
  EXPECT_EQ(bare_id("0"), "0");
  EXPECT_EQ(bare_id("100"), "100");
  EXPECT_EQ(bare_id("007a"), "007a");
}

TEST(IdSpelling, says_what_differs) {
  EXPECT_EQ(spelling_differences("a", "a"), Differences{});
  EXPECT_EQ(spelling_differences("Ada", "ada"), Differences{"case"});
  EXPECT_EQ(spelling_differences("a ", "a"), Differences{"blanks"});
  EXPECT_EQ(spelling_differences(" a", "a "), Differences{"blanks"});
  EXPECT_EQ(spelling_differences(" A", "a"), (Differences{"blanks", "case"}));
  EXPECT_EQ(spelling_differences("07 ", "7"), (Differences{"blanks", "leading zeros"}));
  EXPECT_EQ(spelling_differences("00", "0"), Differences{"leading zeros"});
  const std::string uuid = "00112233-4455-6677-8899-aabbccddeeff";
  const std::string upper = "00112233-4455-6677-8899-AABBCCDDEEFF";
  const std::string digits = "00112233445566778899aabbccddeeff";
  EXPECT_EQ(spelling_differences(uuid, upper), Differences{"case"});
  EXPECT_EQ(spelling_differences(uuid, "{" + uuid + "}"), Differences{"braces"});
  EXPECT_EQ(spelling_differences(uuid, digits), Differences{"hyphens"});
  EXPECT_EQ(spelling_differences("{" + upper + "}", digits + " "), (Differences{"blanks", "braces", "hyphens", "case"}));
}

}  // namespace
}  // namespace segments
