#include "core/column/element_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "core/error.h"

namespace segments {
namespace {

std::string list_of(std::vector<std::string_view> elements) { return encode_elements(elements); }

std::vector<std::string> elements_of(std::string_view list) {
  std::vector<std::string> elements;
  ElementReader reader(list);
  while (const auto element = reader.next()) elements.emplace_back(*element);
  return elements;
}

bool any(const std::string& list, std::vector<std::string> values) { return contains_any(list, sorted_values(values)); }
bool all(const std::string& list, std::vector<std::string> values) { return contains_all(list, sorted_values(values)); }

TEST(ElementList, an_array_without_elements_has_no_bytes) {
  EXPECT_EQ(list_of({}), "");
  EXPECT_EQ(count_elements(""), 0u);
  EXPECT_NE(list_of({""}), "");
  EXPECT_EQ(count_elements(list_of({""})), 1u);
}

TEST(ElementList, the_order_of_elements_does_not_matter_and_their_number_does) {
  EXPECT_EQ(list_of({"b", "a", "b"}), list_of({"b", "b", "a"}));
  EXPECT_NE(list_of({"a", "b"}), list_of({"a", "b", "b"}));
  EXPECT_EQ(elements_of(list_of({"\xff", "a", "", "ab"})), (std::vector<std::string>{"", "a", "ab", "\xff"}));
}

TEST(ElementList, elements_are_not_joined) {
  EXPECT_NE(list_of({"ab", "c"}), list_of({"a", "bc"}));
  EXPECT_FALSE(any(list_of({"ab", "c"}), {"abc", "b", "a", "bc"}));
  const std::string long_one(1'000'000, 'x');
  EXPECT_EQ(elements_of(list_of({long_one, std::string(127, 'a'), std::string(128, 'b')})),
            (std::vector<std::string>{std::string(127, 'a'), std::string(128, 'b'), long_one}));
}

TEST(ElementList, contains_values) {
  const std::string list = list_of({"ski", "sail", "ski", "chess"});
  EXPECT_TRUE(any(list, {"golf", "sail"}));
  EXPECT_FALSE(any(list, {"golf", "sk", "skis", ""}));
  EXPECT_TRUE(all(list, {"ski", "chess", "ski"}));
  EXPECT_FALSE(all(list, {"ski", "golf"}));
  EXPECT_TRUE(any(list_of({""}), {""}));
  EXPECT_FALSE(any("", {""}));
  EXPECT_FALSE(all("", {""}));
}

TEST(ElementList, agrees_with_looking_at_each_element) {
  std::mt19937_64 random(7);
  const std::vector<std::string> values = {
      "", "a", "aa", "b", "ba", "c", std::string("\0", 1), "\x80", "\xff\xff", std::string(200, 'a')};
  const auto some = [&](size_t most) {
    std::vector<std::string> chosen;
    for (size_t rest = random() % (most + 1); rest > 0; --rest) chosen.push_back(values[random() % values.size()]);
    return chosen;
  };
  for (int round = 0; round < 20'000; ++round) {
    const std::vector<std::string> elements = some(6);
    std::vector<std::string> wanted = some(3);
    wanted.push_back(values[random() % values.size()]);
    const std::string list = list_of({elements.begin(), elements.end()});
    const auto is_element = [&](const std::string& value) { return std::ranges::find(elements, value) != elements.end(); };
    ASSERT_EQ(count_elements(list), elements.size());
    ASSERT_EQ(any(list, wanted), std::ranges::any_of(wanted, is_element));
    ASSERT_EQ(all(list, wanted), std::ranges::all_of(wanted, is_element));
  }
}

TEST(ElementList, refuses_other_bytes) {
  using namespace std::string_literals;
  for (const std::string& bytes : {"\x02"
                                   "a"s,
                                   "\x80"s, "\x80\0"s, "\x81\0a"s, "\xff\xff\xff\xff\xff\x01"s,
                                   "\xff\xff\xff\xff\x0f"
                                   "a"s,
                                   "\x01"
                                   "b\x01"
                                   "a"s,
                                   "\x01"
                                   "a\0"s}) {
    try {
      count_elements(bytes);
      ADD_FAILURE() << "accepted " << ::testing::PrintToString(bytes);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kDataCorrupted);
    }
  }
}

}  // namespace
}  // namespace segments
