#include "core/text/number_text.h"

#include <gtest/gtest.h>

namespace segments {
namespace {

TEST(NumberText, numbers_are_told_from_other_texts) {
  for (const std::string_view text : {"0", "-1", "+1.50", ".5", "5.", "1e3", "1E-300", "007", " 12\t"}) {
    EXPECT_FALSE(number_in(text).empty()) << text;
  }
  for (const std::string_view text : {"", " ", "-", ".", "e3", "1e", "1e+", "1e1000", "1 2", "1,5", "0x1F", "1_000", "NaN",
                                      "Infinity", "1.2.3", "--1", "12a"}) {
    EXPECT_TRUE(number_in(text).empty()) << text;
  }
  EXPECT_FALSE(number_in(std::string(1'000, '9')).empty());
  EXPECT_TRUE(number_in(std::string(1'001, '9')).empty());
}

TEST(NumberText, whole_numbers_fit_into_64_bits) {
  const std::pair<std::string_view, int64_t> kCases[] = {{"0", 0},
                                                         {"-0", 0},
                                                         {"+12", 12},
                                                         {"12.00", 12},
                                                         {"5.", 5},
                                                         {".0", 0},
                                                         {"1e3", 1000},
                                                         {"+1.5E+2", 150},
                                                         {"1.50e1", 15},
                                                         {"100e-2", 1},
                                                         {"-.9e1", -9},
                                                         {"0e-5", 0},
                                                         {"0e999", 0},
                                                         {"0.000e5", 0},
                                                         {"9e18", 9'000'000'000'000'000'000},
                                                         {"9223372036854775807000e-3", INT64_MAX},
                                                         {"-.0", 0},
                                                         {"9223372036854775807", INT64_MAX},
                                                         {"-9223372036854775808.0", INT64_MIN}};
  for (const auto& [text, value] : kCases) EXPECT_EQ(whole_number(text), std::optional(value)) << text;
  for (const std::string_view text :
       {"12.5", "0.0001", "15e-1", "1e-1", "1.55e1", "1e19", "1e999", "9223372036854775808", "-9223372036854775809"}) {
    EXPECT_FALSE(whole_number(text)) << text;
  }
}

TEST(NumberText, doubles_are_finite) {
  EXPECT_EQ(double_of("0.1"), std::optional(0.1));
  EXPECT_EQ(double_of("-0"), std::optional(-0.0));
  EXPECT_EQ(double_of("5e-324"), std::optional(5e-324));
  EXPECT_FALSE(double_of("1e400"));
  EXPECT_FALSE(double_of("1e-400"));
}

}  // namespace
}  // namespace segments
