#include "core/completion/completion.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/language/parser.h"
#include "core/language/printer.h"
#include "core/text/lexer.h"
#include "random_definition.h"
#include "unit/parsed.h"
#include "unit/rounds.h"

namespace segments {
namespace {

// '|' is where the cursor is.
Completion at(std::string_view marked) {
  const size_t cursor = marked.find('|');
  std::string text(marked.substr(0, cursor));
  text += marked.substr(cursor + 1);
  NeverInterrupt interrupt;
  return complete(text, cursor, interrupt);
}

bool offers(const Completion& completion, std::string_view keyword) {
  return std::ranges::find(completion.keywords, keyword) != completion.keywords.end();
}

std::string joined(const Completion& completion) {
  std::string all;
  for (const std::string_view keyword : completion.keywords) all += (all.empty() ? "" : ", ") + std::string(keyword);
  return all;
}

bool parses_so_far(const std::string& text) {
  NeverInterrupt interrupt;
  try {
    parse_definition(text, interrupt, Explained::kNo);
    return true;
  } catch (const Error& error) {
    return error.code() == ErrorCode::kSyntax && error.position() != Error::kNoPosition && error.position() >= text.size();
  }
}

TEST(Completion, keywords_are_those_that_may_stand_there) {
  EXPECT_EQ(joined(at("|")),
            "all, not, (, any of (, any interaction, segment, bucket, sample, count(, sum(, avg(, count(distinct , coalesce(");
  EXPECT_EQ(joined(at("an|")), "any of (, any interaction, anniversary of");
  EXPECT_EQ(joined(at("A within |")), "last");
  EXPECT_EQ(joined(at("A.b within 3 days |")), "before, after, of");
  EXPECT_EQ(joined(at("A within last 30 d|")), "days");
  EXPECT_EQ(joined(at("A within last 1 d|")), "day");
  EXPECT_EQ(joined(at("A at |")), "least, most");
  EXPECT_EQ(joined(at("A for the |")), "first time, second time, third time, fourth time, fifth time");
  EXPECT_EQ(joined(at("A where x is |")),
            "not, null, not null, empty, not empty, today, yesterday, tomorrow, equal to, not equal to, greater than, "
            "greater than or equal to, less than, less than or equal to, one of (, not one of (, within last, within next, "
            "within, more than, this, previous, next, on, since, before");
  EXPECT_EQ(joined(at("A where x is greater |")), "than, than or equal to");
  EXPECT_EQ(joined(at("A where x h|")), "has a value, has no value");
  EXPECT_EQ(joined(at("A where x = |")), "true, false, date, timestamp, timestamptz");
  EXPECT_EQ(joined(at("A except B |o")), joined(at("A except B |")));
  EXPECT_EQ(joined(at("A and buc|")), "bucket");
  EXPECT_EQ(joined(at("bucket 0 |")), "to, of");
  EXPECT_EQ(joined(at("bucket 0 to 9 |")), "of");
  EXPECT_EQ(joined(at("sample 5 |")), "%");
  EXPECT_EQ(joined(at("bucket 0 of 10 |")), "with salt, and, or, except");
  EXPECT_EQ(joined(at("sample 5 % with |")), "salt");
  EXPECT_EQ(joined(at("sample 5 % with salt 'x' |")), "and, or, except");
  EXPECT_TRUE(offers(at("A |"), "within last"));
  EXPECT_TRUE(offers(at("A |"), "never"));
  EXPECT_TRUE(offers(at("A |"), "and"));
  EXPECT_FALSE(offers(at("A |"), ")"));
  EXPECT_TRUE(offers(at("(A |"), ")"));
  EXPECT_TRUE(offers(at("A where |"), "hour of"));
  EXPECT_TRUE(offers(at("A where x |"), "is null"));
  EXPECT_TRUE(offers(at("A where x = 'y' |"), "ignore case"));
  EXPECT_FALSE(offers(at("A where x = 1 |"), "ignore case"));
  EXPECT_FALSE(offers(at("A within last 3 days |"), "within last"));
  EXPECT_TRUE(offers(at("A |"), "having sum("));
  EXPECT_TRUE(offers(at("A having |"), "max("));
  EXPECT_TRUE(offers(at("A having |"), "last("));
  EXPECT_TRUE(offers(at("A |"), "latest"));
  EXPECT_TRUE(offers(at("A where x = 1 |"), "latest"));
  EXPECT_FALSE(offers(at("A but not today |"), "latest"));
  EXPECT_EQ(joined(at("A having sum(x|")), "");
  EXPECT_EQ(joined(at("A having sum(x |")), ")");
  EXPECT_TRUE(offers(at("A having sum(x) |"), "between"));
  EXPECT_TRUE(offers(at("A |"), "having count(distinct "));
  EXPECT_TRUE(offers(at("A having count(distinct |"), "month"));
  EXPECT_EQ(joined(at("A having count(distinct x |")), ")");
  EXPECT_TRUE(offers(at("A having count(distinct x) |"), "between"));
  EXPECT_TRUE(offers(at("A having sum(x) |"), "is not null"));
  EXPECT_FALSE(offers(at("A having sum(x) |"), "contains"));
  // What only follows from the rest of the condition.
  EXPECT_FALSE(offers(at("A for the first time |"), "and"));
  EXPECT_TRUE(offers(at("A for the first time |"), "within last"));
}

TEST(Completion, nothing_is_offered_where_the_text_is_wrong_or_no_text) {
  for (const std::string_view text : {"A nevr |", "A B |", "A -- |", "A /* |", "A ; |", "A at least 0 |", "A within last 3|"}) {
    EXPECT_EQ(joined(at(text)), "") << text;
    EXPECT_EQ(at(text).place, PlaceKind::kNothing) << text;
  }
}

TEST(Completion, names_and_values_are_told_apart) {
  struct Case {
    std::string_view text;
    PlaceKind place;
    std::string_view typed = "";
    std::string_view type = "";
    std::string_view field = "";
  };
  static constexpr Case kCases[] = {
      {"|", PlaceKind::kType},
      {"Ema|il", PlaceKind::kType, "Ema"},
      {"A having sum(|", PlaceKind::kField, "", "A"},
      {"A having count(distinct a|", PlaceKind::kField, "a", "A"},
      {"A having count(distinct x) = |", PlaceKind::kNothing},
      {"(A where y = 1 having max(a| ", PlaceKind::kField, "a", "A"},
      {"A having max(x) = |", PlaceKind::kValue, "", "A", "x"},
      {"A having max(x) in ('a', 'b|", PlaceKind::kValue, "b", "A", "x"},
      {"A and not (\"Email cl|", PlaceKind::kType, "Email cl"},
      {"any of (A, |", PlaceKind::kType, "", "A"},
      {"A via |", PlaceKind::kRelation, "", "A"},
      {"any interaction never via rec|", PlaceKind::kRelation, "rec"},
      {"B or A within last 1 day via \"Paid b|", PlaceKind::kRelation, "Paid b", "A"},
      {"A where |", PlaceKind::kField, "", "A"},
      {"A where (x = 1 and Cl|", PlaceKind::kField, "Cl", "A"},
      {"A for the first time where (x = 1 and (y = 2 or Cl|", PlaceKind::kField, "Cl", "A"},
      {"(B or A for the first time where (x = 1 and (y = 2 or \"Cl|", PlaceKind::kField, "Cl", "A"},
      {"A where hour of |", PlaceKind::kField, "", "A"},
      {"A where p.|", PlaceKind::kMember, "", "A", "p"},
      {"A where p.utm.\"So|", PlaceKind::kMember, "So", "A", "p.utm"},
      {"A where (x = 1 and x < p.an|", PlaceKind::kMember, "an", "A", "p"},
      {"A where p.utm.source = 'g|", PlaceKind::kValue, "g", "A", "p.utm.source"},
      {"A where anniversary of |", PlaceKind::kField, "", "A"},
      {"B or \"a b\" where x < y|", PlaceKind::kValue, "y", "a b", "x"},
      {"A where x = '|", PlaceKind::kValue, "", "A", "x"},
      {"A where x = 'it''s|", PlaceKind::kValue, "it's", "A", "x"},
      {"A where \"x y\" in ('a', 'b|", PlaceKind::kValue, "b", "A", "x y"},
      {"A where x between '|", PlaceKind::kValue, "", "A", "x"},
      {"A where x contains '|", PlaceKind::kValue, "", "A", "x"},
      {"A where x contains any of ('|", PlaceKind::kValue, "", "A", "x"},
      {"A where x not contains all of ('a', 'b|", PlaceKind::kValue, "b", "A", "x"},
      {"A where hour of x = '|", PlaceKind::kNothing},
      {"A where x = |", PlaceKind::kValue, "", "A", "x"},
      {"segment 'v|", PlaceKind::kSegment, "v"},
      {"A and segment |", PlaceKind::kSegment},
      {"A since |", PlaceKind::kTime},
      {"A from '|", PlaceKind::kTime},
      {"A where x on '|", PlaceKind::kTime},
  };
  for (const Case& test : kCases) {
    const Completion completion = at(test.text);
    EXPECT_EQ(completion.place, test.place) << test.text;
    EXPECT_EQ(completion.typed, test.typed) << test.text;
    EXPECT_EQ(completion.types.empty() ? "" : completion.types.front().text, test.type) << test.text;
    EXPECT_EQ(completion.field.text(), test.field) << test.text;
  }
}

TEST(Completion, the_predicate_that_goes_on_is_told_with_its_condition) {
  EXPECT_EQ(at("A where x |").predicate, "\"A\" where x ");
  EXPECT_EQ(at("B or not any of (A, \"c d\") where (y = 1 or x = |").predicate, "any of (\"A\", \"c d\") where x = ");
  EXPECT_EQ(at("any interaction where x is n|").predicate, "any interaction where x is ");
  EXPECT_EQ(at("A for the first time where (y = 1 and x in ('a', |").predicate, "\"A\" where x in ('a', ");
  EXPECT_EQ(at("A where y = 1 and hour of |").predicate, "\"A\" where hour of ");
  EXPECT_EQ(at("A where hour of x |").predicate, "\"A\" where hour of x ");
  EXPECT_EQ(at("A where x = '|").predicate, "\"A\" where x = ");
  EXPECT_EQ(at("A where x = 1 |").predicate, "\"A\" where x = 1 ");
  EXPECT_EQ(at("A |").predicate, "");
  EXPECT_EQ(at("segment |").predicate, "");
  EXPECT_EQ(joined(at("A and segment |")), "");
}

// Random definitions, cut anywhere: every offer parses as far as the text goes then, and what was cut off is among them.
TEST(Completion, every_offer_parses_and_what_follows_is_offered) {
  test::RandomDefinition random(
      {.types = {{{"EmailOpened", false, 0},
                  {{{"Email", false, 0}, LiteralKind::kText, {"spring", "it's"}},
                   {{{"p", false, 0}, {{"and", false, 0}, {"A b", true, 0}}}, LiteralKind::kText, {"x"}}}},
                 {{"Email client", true, 0}, {{{"Is new", true, 0}, LiteralKind::kBoolean, {"true"}}}}},
       .times = {"2026-03-01"},
       .segments = {"vip"},
       .relations = {{"receiver", false, 0}, {"Paid by", true, 0}},
       .past_references = true,
       .attributes = true,
       .typed_literals = true,
       .largest_depth = 2,
       .largest_restriction_depth = 2},
      14);
  NeverInterrupt interrupt;
  size_t offered = 0;
  for (int i = 0; i < test::rounds(20); ++i) {
    const std::string text = print_definition(random.next());
    Lexer lexer(text, interrupt);
    for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
      const Completion completion = complete(text, token.position, interrupt);
      const std::string before = text.substr(0, completion.start);
      for (const std::string_view keyword : completion.keywords) {
        // An occurrence and a streak want a window.
        const std::string whole = before + std::string(keyword);
        ASSERT_TRUE(parses_so_far(whole) || parses_so_far(whole + " within last 1 day")) << before << "|" << keyword;
        ++offered;
      }
      if (token.text == ".") continue;  // of a path: whoever has named a source knows what it has
      const bool in_number = !completion.typed.empty() && completion.typed[0] >= '0' && completion.typed[0] <= '9';
      if (token.kind == TokenKind::kNumber || in_number) continue;
      if (token.kind == TokenKind::kText || token.kind == TokenKind::kQuotedName) {
        const bool is_part = before.find(" of ") != std::string::npos;
        if (!is_part) {
          ASSERT_NE(completion.place, PlaceKind::kNothing) << before << "|" << token.text;
        }
        continue;
      }
      const bool is_offered = std::ranges::any_of(completion.keywords, [&](std::string_view keyword) {
        return keyword.substr(0, token.text.size()) == token.text || text.compare(completion.start, keyword.size(), keyword) == 0;
      });
      ASSERT_TRUE(is_offered || completion.place != PlaceKind::kNothing) << before << "|" << token.text << "\n"
                                                                         << joined(completion);
    }
  }
  EXPECT_GT(offered, static_cast<size_t>(test::rounds(1'000)));
}

// Thousands of parentheses are no work: each of many probes would unwind all of them.
TEST(Completion, deep_places_are_left_alone) {
  NeverInterrupt interrupt;
  const auto within = [&](size_t depth) { return complete(std::string(depth, '('), depth, interrupt); };
  EXPECT_EQ(within(kMaxCompletedDepth).place, PlaceKind::kType);
  EXPECT_EQ(within(kMaxCompletedDepth + 1).place, PlaceKind::kNothing);
  EXPECT_TRUE(within(10'000).keywords.empty());
}

}  // namespace
}  // namespace segments
