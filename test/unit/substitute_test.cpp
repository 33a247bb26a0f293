#include "core/language/substitute.h"

#include <gtest/gtest.h>

#include "core/language/parser.h"
#include "core/language/printer.h"

namespace segments {
namespace {

NeverInterrupt never;

std::string replaced(const char* text, const char* part, const char* by, size_t count) {
  Definition tree = parse_definition(text, never);
  const Definition searched = parse_definition(part, never);
  EXPECT_EQ(substitute(tree.root, *searched.root, [&] { return std::move(parse_definition(by, never).root); }), count);
  return print_definition(tree);
}

TEST(Substitute, ReplacesEveryPartThatIsEqual) {
  EXPECT_EQ(replaced("A", "A", "B", 1), "B");
  EXPECT_EQ(replaced("a at least 2", "A", "B", 0), "a at least 2");
  EXPECT_EQ(replaced("A and not (A or C)", "A", "B where x = 1", 2), "B where x = 1 and not (B where x = 1 or C)");
  EXPECT_EQ(replaced("X except (A  within last 7 days)", "A within last 7 days", "all", 1), "X except all");
}

TEST(Substitute, ReplacesSomeOfAConnective) {
  EXPECT_EQ(replaced("C and A and D and B", "A and B", "E", 1), "C and E and D");
  EXPECT_EQ(replaced("B and A", "A and B", "E", 1), "E");
  EXPECT_EQ(replaced("A or B", "A and B", "E", 0), "A or B");
  EXPECT_EQ(replaced("A and C", "A and B", "E", 0), "A and C");
  EXPECT_EQ(replaced("A and C", "A and A", "E", 0), "A and C");
  EXPECT_EQ(replaced("D or (A and B and C)", "A and B", "E", 1), "D or E and C");
}

}  // namespace
}  // namespace segments
