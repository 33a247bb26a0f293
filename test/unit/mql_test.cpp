#include "core/mql/mql.h"

#include <gtest/gtest.h>

#include <random>

#include "core/language/printer.h"
#include "core/text/lexer.h"
#include "unit/parsed.h"
#include "unit/rounds.h"

namespace segments {
namespace {

MqlQuery read(std::string_view text) {
  NeverInterrupt interrupt;
  return parse_mql(text, interrupt);
}

std::string converted(std::string_view text) { return print_definition(parse(print_definition(read(text).definition))); }

Error mql_error_of(std::string_view text) {
  try {
    read(text);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error: " << text;
  return Error(ErrorCode::kInternal, "");
}

struct Conversion {
  std::string_view query;
  std::string_view definition;
};

TEST(Mql, queries_become_definitions) {
  static constexpr Conversion kCases[] = {
      {"PROFILE(contact)", "all"},
      {"PROFILE(contact).FILTER(address1_city == 'Oslo')", "contact where address1_city = 'Oslo'"},
      {"profile(contact, c).Filter(a == 1 && b != 2).FILTER(c == 'x') EXCEPT SEGMENT(vip)",
       "contact where (a = 1 and b <> 2 and c = 'x') except segment 'vip'"},
      {"profile(Contact, contact_1) except segment(vip)", "all except segment 'vip'"},
      {"INTERACTION(EmailSoftBounced, EmailSoftBounced_ContactLink).HAVING(COUNT()>10, UTCMONTHS(1))",
       "EmailSoftBounced within last 1 month at least 11"},
      {"Interaction(msdynmkt_emaildelivered, contact).Filter(Journey == 'spring').Having(Count() >= 1, UtcMonths(24))",
       "msdynmkt_emaildelivered where Journey = 'spring' within last 24 months"},
      {"INTERACTION(RedirectLinkClicked, RedirectLinkClicked_ContactLink).HAVING(COUNT()>0, UTCDAYS(7)).FILTER(EmailId=='12345')",
       "RedirectLinkClicked where EmailId = '12345' within last 7 days"},
      {"INTERACTION(A)", "A"},
      {"INTERACTION('two words')", "\"two words\""},
      {"INTERACTION(from)", "\"from\""},
      {"INTERACTION(A).HAVING(COUNT() == 2)", "A exactly 2"},
      {"INTERACTION(A).HAVING(COUNT() == 0)", "A exactly 0"},
      {"INTERACTION(A).HAVING(COUNT() != 2, UTCYEARS(1))", "not A within last 1 year exactly 2"},
      {"INTERACTION(A).HAVING(COUNT() < 3)", "A at most 2"},
      {"INTERACTION(A).HAVING(COUNT() <= 3)", "A at most 3"},
      {"SEGMENT(a) INTERSECT SEGMENT('it''s') UNION segment(c)", "segment 'a' and segment 'it''s' or segment 'c'"},
      {"SEGMENT(a) UNION SEGMENT(b) EXCEPT SEGMENT(c)", "(segment 'a' or segment 'b') except segment 'c'"},
      {"SEGMENT(a) EXCEPT SEGMENT(b) UNION SEGMENT(c)", "(segment 'a' except segment 'b') or segment 'c'"},
      {"SEGMENT(a) UNION (SEGMENT(b) INTERSECT SEGMENT(c))", "segment 'a' or segment 'b' and segment 'c'"},
      {"SEGMENT(a).UNION(SEGMENT(b)).EXCEPT(SEGMENT(c))", "(segment 'a' or segment 'b') except segment 'c'"},
      {"SEGMENT(a).MINUS(SEGMENT(b) UNION SEGMENT(c))", "segment 'a' except (segment 'b' or segment 'c')"},
      {"((SEGMENT(a)))", "segment 'a'"},
      {"INTERACTION(A).FILTER(x == 1 && y != 'a' || !(z > true) AND w<=-2.5)",
       "A where (x = 1 and y <> 'a' or not z > true and w <= -2.5)"},
      {"INTERACTION(A).FILTER(x == 1).FILTER(y == 2 || z == 3)", "A where (x = 1 and (y = 2 or z = 3))"},
      {"INTERACTION(A).FILTER(A.x == 1 || (a_1.y = TRUE))", "A where (x = 1 or y = true)"},
      {"INTERACTION(A).FILTER(5 < x && 'a' == y && z >= other)", "A where (x > 5 and y = 'a' and z >= other)"},
      {"INTERACTION(A).FILTER(x CONTAINS 'a' && STARTSWITH(y, 'b') && NOT endswith(z, 'c'))",
       "A where (x contains 'a' and y begins with 'b' and z not ends with 'c')"},
      {"INTERACTION(A).FILTER(ISNULL(x) || IsNotNull(A.y) || NOT(ISNULL(z)) || !!ISNULL(w))",
       "A where (x is null or y is not null or z is not null or w is null)"},
      {"INTERACTION(A).FILTER(from == 1 && \t/* a word of ours */ within == 2)", "A where (\"from\" = 1 and \"within\" = 2)"},
      {"INTERACTION(A).FILTER(t >= DATE(2026, 3, 1) && t < DateTimeUtcNow() && t > DATE(2026, 3, 1, 7) && t > "
       "DATE(987,12,31,23,5,9,42))",
       "A where (t >= date '2026-03-01' and t < 'now' and t > timestamptz '2026-03-01 07:00+00' and "
       "t > timestamptz '0987-12-31 23:05:09.042+00')"},
  };
  for (const Conversion& test : kCases) EXPECT_EQ(converted(test.query), test.definition) << test.query;
}

TEST(Mql, names_keep_their_places_and_links_are_told) {
  const MqlQuery query = read("PROFILE(contact) INTERSECT INTERACTION(sent, lead).FILTER(sent.x == y)");
  const InteractionCondition& condition = *query.definition.root->children.at(1)->interaction;
  EXPECT_EQ(condition.types.front().position, 39U);
  EXPECT_EQ(condition.restriction->predicate.field.position(), 63U);
  EXPECT_EQ(condition.restriction->predicate.other->position(), 68U);
  ASSERT_EQ(query.links.size(), 1U);
  EXPECT_EQ(query.links.front().link.text, "lead");
  ASSERT_EQ(query.profiles.size(), 1U);
  EXPECT_FALSE(query.counts_in_utc);
  EXPECT_TRUE(read("INTERACTION(a).HAVING(COUNT() > 1, UTCDAYS(3))").counts_in_utc);
  EXPECT_TRUE(read("INTERACTION(a).FILTER(x == DATE(2026, 1, 1))").counts_in_utc);
}

struct Refusal {
  std::string_view query;
  uint32_t position;
  std::string_view message;  // parts
  std::string_view hint;
};

TEST(Mql, what_has_no_counterpart_or_is_wrong_says_what_to_write) {
  static constexpr Refusal kCases[] = {
      {"", 0, "at end of query", ""},
      {"PROFILE(a).TRAVERSE(b)", 11, "\"TRAVERSE\" on a profile", "Leave this part out"},
      {"SEGMENT(a).FILTER(x == 1)", 11, "a FILTER on a segment", "Leave this part out"},
      {"INTERACTION(a).TRAVERSE(b)", 15, "\"TRAVERSE\" on an interaction", "FILTER and HAVING"},
      {"INTERACTION(a).HAVING(SUM(x) > 3)", 22, "HAVING of \"SUM\"", "COUNT()"},
      {"INTERACTION(a).HAVING(COUNT() > 3).HAVING(COUNT() < 5)", 35, "near \"HAVING\"", "INTERSECT"},
      {"INTERACTION(a).HAVING(COUNT() >= 0)", 33, "matches every profile", ""},
      {"INTERACTION(a).HAVING(COUNT() > 1, UTCWEEKS(3))", 35, "near \"UTCWEEKS\"", ""},
      {"INTERACTION(a).HAVING(COUNT() > 1, UTCDAYS(0))", 43, "a span of 0", "from 1 on"},
      {"INTERACTION(a).HAVING(COUNT() > 1.5)", 32, "near \"1.5\"", ""},
      {"INTERACTION(a).FILTER(DATEDIFF(day, x, DATETIMEUTCNOW()) < 30)", 22, "\"DATEDIFF\" has no counterpart",
       "within last 30 days"},
      {"INTERACTION(a).FILTER(x + 1 > 3)", 24, "arithmetic", "Compare with"},
      {"INTERACTION(a).FILTER(x -1 > 3)", 24, "arithmetic", "Compare with"},
      {"INTERACTION(a).FILTER(x == null)", 27, "near \"null\"", "ISNULL(field)"},
      {"INTERACTION(a).FILTER(x == \"Oslo\")", 27, "near \"\"Oslo\"\"", "'Oslo'"},
      {"INTERACTION(a).FILTER(1 == 2)", 24, "two values are compared", ""},
      {"INTERACTION(a).FILTER(x == 1 & y == 2)", 29, "near \"&\"", "Write \"&&\"."},
      {"INTERACTION(a).FILTER(x LIKE 'a')", 24, "near \"LIKE\"", ""},
      {"INTERACTION(a).FILTER(x CONTAINS 5)", 33, "near \"5\"", "'5'"},
      {"INTERACTION(a).FILTER(t > DATE(2026, 13, 1))", 37, "\"13\" is out of range", "1 to 12"},
      {"INTERACTION(a).FILTER(t > DATE(2026, 1))", 38, "near \")\"", ""},
      {"SEGMENT(a) UNION SEGMENT(b) INTERSECT SEGMENT(c)", 28, "near \"INTERSECT\"", "in parentheses"},
      {"SEGMENT(a) && SEGMENT(b)", 11, "near \"&\"", "Write INTERSECT."},
      {"SEGMENT(a) or SEGMENT(b)", 11, "near \"or\"", "Write UNION."},
      {"NOT SEGMENT(a)", 0, "near \"NOT\"", "PROFILE(contact) EXCEPT"},
      {"x = PROFILE(contact)", 0, "near \"x\"", "Leave \"x =\" out"},
      {"PROFIL(contact)", 0, "near \"PROFIL\"", "PROFILE"},
      {"SEGMENT(a) SEGMENT(b)", 11, "near \"SEGMENT\"", ""},
      {"(SEGMENT(a)", 11, "at end of query", "Close the parenthesis"},
      {"SEGMENT(a))", 10, "near \")\"", "There is no open parenthesis"},
      {"SEGMENT(a);", 10, "near \";\"", "A query ends without a semicolon"},
      {"SEGMENT(\"a\")", 8, "near", ""},
  };
  for (const Refusal& test : kCases) {
    const Error error = mql_error_of(test.query);
    EXPECT_EQ(error.position(), test.position) << test.query << ": " << error.what();
    EXPECT_NE(std::string(error.what()).find(test.message), std::string::npos) << test.query << ": " << error.what();
    EXPECT_NE(error.hint().find(test.hint), std::string::npos) << test.query << ": " << error.hint();
  }
}

TEST(Mql, limits_hold) {
  const std::string deep(kMaxDefinitionDepth + 1, '(');
  EXPECT_EQ(mql_error_of(deep + "SEGMENT(a)").code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(mql_error_of("INTERACTION(a).FILTER" + deep + "x == 1").code(), ErrorCode::kLimitExceeded);
  std::string many = "SEGMENT(a)";
  for (uint32_t i = 0; i < kMaxDefinitionConditions; ++i) many += " UNION SEGMENT(a)";
  EXPECT_EQ(mql_error_of(many).code(), ErrorCode::kLimitExceeded);
  std::string nots = "INTERACTION(a).FILTER(";
  for (int i = 0; i < 100'000; ++i) nots += "! ";
  EXPECT_EQ(converted(nots + "x == 1)"), "a where x = 1");
}

TEST(Mql, keys_are_without_prefix_and_separators) {
  EXPECT_EQ(mql_key("msdynmkt_emaildelivered"), "emaildelivered");
  EXPECT_EQ(mql_key("msdyncrm_email_opened"), "emailopened");
  EXPECT_EQ(mql_key("marketing event check-in"), "marketingeventcheckin");
}

// Whatever is made of tokens, what is read has a canonical text.
TEST(Mql, random_queries_have_definitions_or_errors) {
  static constexpr std::string_view kPieces[] = {"PROFILE(contact)",
                                                 "SEGMENT(a)",
                                                 "INTERACTION(b)",
                                                 " UNION ",
                                                 " EXCEPT ",
                                                 " INTERSECT ",
                                                 "(",
                                                 ")",
                                                 ".FILTER(x == 1)",
                                                 ".FILTER(",
                                                 "x",
                                                 "==",
                                                 "!",
                                                 "NOT",
                                                 "&&",
                                                 "||",
                                                 "1",
                                                 "'a'",
                                                 "ISNULL(x)",
                                                 ".HAVING(COUNT() != 3)",
                                                 ".HAVING(COUNT() > 2, UTCDAYS(7))",
                                                 ".UNION(",
                                                 "<",
                                                 " CONTAINS ",
                                                 ","};
  std::mt19937_64 random(7);
  size_t read_ones = 0;
  for (int i = 0; i < test::rounds(200'000); ++i) {
    std::string text(kPieces[random() % 3]);
    for (uint64_t pieces = random() % 7; pieces > 0; --pieces) text += kPieces[random() % std::size(kPieces)];
    NeverInterrupt interrupt;
    try {
      const MqlQuery query = parse_mql(text, interrupt);
      const Definition definition = parse(print_definition(query.definition));
      ASSERT_TRUE(parse(print_definition(definition)) == definition) << text;
      ++read_ones;
    } catch (const Error& error) {
      ASSERT_LE(error.position(), text.size()) << text;
      ASSERT_NE(error.code(), ErrorCode::kInternal) << text;
    }
  }
  EXPECT_GT(read_ones, static_cast<size_t>(test::rounds(10'000)));
}

}  // namespace
}  // namespace segments
