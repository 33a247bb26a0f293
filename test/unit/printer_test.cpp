#include "core/language/printer.h"

#include <gtest/gtest.h>

#include "core/language/parser.h"
#include "core/text/keywords.h"
#include "core/text/lexer.h"
#include "random_definition.h"

namespace segments {
namespace {

Definition parse(std::string_view text) {
  NeverInterrupt interrupt;
  return parse_definition(text, interrupt);
}

std::string canonical(std::string_view text) { return print_definition(parse(text)); }

struct Canonical {
  std::string_view text;
  std::string_view printed;
};

TEST(Printer, text_becomes_canonical) {
  static constexpr Canonical kCases[] = {
      {"ALL", "all"},
      {" EmailOpened\n\tWITHIN LAST 30 Day ", "EmailOpened within last 30 days"},
      {"A within last day", "A within last 1 day"},
      {"A within last 1 YEARS", "A within last 1 year"},
      {"A between 3 and 10 days ago", "A between 3 and 10 days ago"},
      {"A between 3 days and 10 days ago", "A between 3 and 10 days ago"},
      {"A between 2 weeks and 1 days ago", "A between 2 weeks and 1 day ago"},
      {"A from TIMESTAMP '2026-01-01' to date'2026-02-01'", "A from timestamp '2026-01-01' to date '2026-02-01'"},
      {"A in the last 30 days", "A within last 30 days"},
      {"A in last 30 days", "A within last 30 days"},
      {"A last 30 days", "A within last 30 days"},
      {"A past 2 weeks", "A within last 2 weeks"},
      {"A in the past month", "A within last 1 month"},
      {"A during the last 24 hours", "A within last 24 hours"},
      {"A within the last year", "A within last 1 year"},
      {"A\u00A0within\u2009last\u202F30\u3000days\uFEFF", "A within last 30 days"},
      {"A VIA receiver", "A via receiver"},
      {"A never within last 1 day where x = 1 via b", "A via b where x = 1 within last 1 day never"},
      {"any interaction via \"Paid by\" today", "any interaction via \"Paid by\" this day"},
      {"any of (A, B) at least 2 via b", "any of (A, B) via b at least 2"},
      {"A today", "A this day"},
      {"A yesterday never", "A previous day never"},
      {"A THIS Weeks", "A this week"},
      {"A previous 1 months", "A previous month"},
      {"A previous 3 month", "A previous 3 months"},
      {"A on date '2026-03-01'", "A on date '2026-03-01'"},
      {"BUCKET 00 TO 9 Of 100 WITH Salt 'it''s'", "bucket 0 to 9 of 100 with salt 'it''s'"},
      {"bucket 3 of 10", "bucket 3 of 10"},
      {"COUNT(A)>COUNT(B)", "count(A) > count(B)"},
      {"5 < count(A where x = 1 within last day latest 3)", "5 < count(A where x = 1 within last 1 day latest 3)"},
      {"count(A) - 1 > 2 -3", "count(A) - 1 > 2 - 3"},
      {"count(A) -1*2 >= +2", "count(A) - 1 * 2 >= +2"},
      {"count(A) - -1 = 1 - (2 - 3)", "count(A) - -1 = 1 - (2 - 3)"},
      {"((count(A)) + (count(B))) / ((2)) != 3", "(count(A) + count(B)) / 2 <> 3"},
      {"((((count(A) * 2)) > 1))", "count(A) * 2 > 1"},
      {"not ((count(A)) = 1 or B) and (count(C) > 1 and D)", "not (count(A) = 1 or B) and count(C) > 1 and D"},
      {"count(A) / (count(B) * 2) / 3 <= (1 + 2) * 3", "count(A) / (count(B) * 2) / 3 <= (1 + 2) * 3"},
      {"sum(Amount of Purchase within last 60 days) / count(Purchase within last 60 days) > 50",
       "sum(Amount of Purchase within last 60 days) / count(Purchase within last 60 days) > 50"},
      {"coalesce(sum(Amount OF Purchase), 0) is less than 10", "coalesce(sum(Amount of Purchase), 0) < 10"},
      {"count(distinct \"day\" of any of (A, B) via x) is one of (1, 2 + 1)",
       "count(distinct \"day\" of any of (A, B) via x) in (1, 2 + 1)"},
      {"AVG(x.y of any interaction this year) not between 1 and count(A) and B",
       "avg(x.y of any interaction this year) not between 1 and count(A) and B"},
      {"sum(length of Track) is not null", "sum(length of Track) is not null"},
      {"A where x = 1 and count(B) > 1 and C", "A where x = 1 and count(B) > 1 and C"},
      {"count(A) is not equal to 3 except 1 < count(B)", "count(A) <> 3 except 1 < count(B)"},
      {"bucket 3 to 3 of 10", "bucket 3 of 10"},
      {"bucket 0 of 1", "bucket 0 of 1"},
      {"bucket 999999 of 1000000", "bucket 999999 of 1000000"},
      {"sample 5%", "bucket 0 to 499 of 10000"},
      {"sample 2.5 % with salt 'x'", "bucket 0 to 249 of 10000 with salt 'x'"},
      {"sample .01 %", "bucket 0 of 10000"},
      {"sample 07.25%", "bucket 0 to 724 of 10000"},
      {"sample 100 %", "bucket 0 to 9999 of 10000"},
      {"sample 100.00 %", "bucket 0 to 9999 of 10000"},
      {"not not sample 1 % except (A where x = 1 and bucket 1 of 2)",
       "bucket 0 to 99 of 10000 except (A where x = 1 and bucket 1 of 2)"},
      {"A where x = 1 and bucket 1 of 2 and y.z = 3", "A where x = 1 and bucket 1 of 2 and y.z = 3"},
      {"not bucket 1 of 2", "not bucket 1 of 2"},
      {"bucket today or sample exactly 5", "bucket this day or sample exactly 5"},
      {"A more than 90 days ago", "A more than 90 days ago"},
      {"A more than 3 times more than 1 weeks ago", "A more than 1 week ago at least 4"},
      {"A where x is TODAY", "A where x this day"},
      {"A where x is not yesterday", "A where not x previous day"},
      {"A where x is tomorrow today", "A where x next day this day"},
      {"A where x within the last 3 day within last week", "A where x within last 3 days within last 1 week"},
      {"A where x is within next month", "A where x within next 1 month"},
      {"A where x last 2 weeks", "A where x within last 2 weeks"},
      {"A where x next 1 weeks", "A where x next week"},
      {"A where x not next 2 weeks", "A where not x next 2 weeks"},
      {"A where x between 3 and 5 days ago between 1 and 2 times", "A where x between 3 and 5 days ago between 1 and 2 times"},
      {"A where x between 3 and 5 between 1 and 2 times", "A where x between 3 and 5 between 1 and 2 times"},
      {"A where x more than 3 days ago more than 3 times", "A where x more than 3 days ago at least 4"},
      {"A where x on '2026-03-01' on '2026-03-02'", "A where x on '2026-03-01' on '2026-03-02'"},
      {"A where x since '2026-03-01'", "A where x >= '2026-03-01'"},
      {"A where x is before \"y\" before '2026-03-01'", "A where x < \"y\" before '2026-03-01'"},
      {"A where x within 1 days before y", "A where x within 1 day before y"},
      {"A where not x within 0 hours of Timestamp", "A where not x within 0 hours of Timestamp"},
      {"A where x <> timestamp and date = date", "A where (x <> timestamp and date = date)"},
      {"A where x = 1 and HOUR of y > 3 or x matches 'z' ignore case",
       "A where (x = 1 and hour of y > 3 or x matches 'z' ignore case)"},
      {"A where weekday of x not in ('monday', 7)", "A where weekday of x not in ('monday', 7)"},
      {"A where not anniversary of x is today", "A where not anniversary of x this day"},
      {"A where date of x within last 3 days", "A where date of x within last 3 days"},
      {"A where x does not match 'y'", "A where x not matches 'y'"},
      {"A where hour = 3 and hour of hour = 3", "A where (hour = 3 and hour of hour = 3)"},
      {"A more than 3 times", "A at least 4"},
      {"A more than once", "A at least 2"},
      {"A more than 0 times", "A"},
      {"A less than 3 times last 2 days", "A within last 2 days at most 2"},
      {"A fewer than twice", "A at most 1"},
      {"A less than once", "A at most 0"},
      {"A since '2026-01-01' never", "A since '2026-01-01' never"},
      {"A before timestamptz '2026-01-01Z'", "A before timestamptz '2026-01-01Z'"},
      {"A at least 3 times within last 2 weeks where x = 1", "A where x = 1 within last 2 weeks at least 3"},
      {"A at least 1", "A"},
      {"any  OF(A,\"b c\" , D) Where x = 1", "any of (A, \"b c\", D) where x = 1"},
      {"any of (A)", "A"},
      {"any Interaction today", "any interaction this day"},
      {"any", "any"},
      {"any where x = 1", "any where x = 1"},
      {"A but not more than 1 weeks ago at least 2 within last 2 weeks",
       "A within last 2 weeks but not more than 1 week ago at least 2"},
      {"A for the First time today", "A this day for the first time"},
      {"A for time 1 today", "A this day for the first time"},
      {"A for time 5 today", "A this day for the fifth time"},
      {"A for time 6 today", "A this day for time 6"},
      {"A in at least 3 of the last 4 week", "A in at least 3 of the last 4 weeks"},
      {"A at least twice in at most 1 of the last 1 periods of 1 months", "A in at most 1 of the last 1 month at least 2"},
      {"A in exactly 0 of the last 12 periods of 2 months where x = 1",
       "A where x = 1 in exactly 0 of the last 12 periods of 2 months"},
      {"A in at least 5 days in a row this month", "A this month on at least 5 days in a row"},
      {"A today on exactly 1 hours in a row", "A this day on exactly 1 hour in a row"},
      {"A having count(distinct day) > 2", "A having count(distinct day) >= 3"},
      {"A having count ( distinct Weeks ) < 3 today", "A this day having count(distinct week) <= 2"},
      {"A having count(distinct month) between 1 and 3", "A having count(distinct month) between 1 and 3"},
      {"A having count(distinct year) = 1", "A having count(distinct year) = 1"},
      {"A having SUM ( x ) is greater than 5 today", "A this day having sum(x) > 5"},
      {"A having avg(x.y) is one of (1, 2) where z = 1", "A where z = 1 having avg(x.y) in (1, 2)"},
      {"A having min(x) != date '2026-03-01'", "A having min(x) <> date '2026-03-01'"},
      {"A having FIRST ( x ) is equal to 'y' today", "A this day having first(x) = 'y'"},
      {"A LATEST 3 within last 3 days", "A within last 3 days latest 3"},
      {"A having count > 1 latest 3 where x = 1", "A where x = 1 latest 3 at least 2"},
      {"A within last 3 days having last(x.y) in (true)", "A within last 3 days having last(x.y) in (true)"},
      {"A having COUNT ( DISTINCT x.y ) is one of ( 1 , 2 ) today", "A this day having count(distinct x.y) in (1, 2)"},
      {"A having count(distinct \"day\") <> 3", "A having count(distinct \"day\") <> 3"},
      {"A having count(distinct day.x) between 0 and 2.5", "A having count(distinct day.x) between 0 and 2.5"},
      {"A having max(x) has a value", "A having max(x) is not null"},
      {"A having max(x) not between 1 and 2 and B", "A having max(x) not between 1 and 2 and B"},
      {"not A having sum(x) <> 1 but not today", "not A but not this day having sum(x) <> 1"},
      {"A at least once", "A"},
      {"A having count >= 1", "A"},
      {"A having count <> 0", "A"},
      {"A having count > 5", "A at least 6"},
      {"A having count < 5", "A at most 4"},
      {"A having count <= 5", "A at most 5"},
      {"A having count = 0", "A exactly 0"},
      {"A having count != 3", "not A exactly 3"},
      {"not A having count <> 3", "A exactly 3"},
      {"A having count between 2 and 4", "A between 2 and 4 times"},
      {"A exactly twice", "A exactly 2"},
      {"A exactly 1 time", "A exactly 1"},
      {"A at most twice", "A at most 2"},
      {"A between 2 and 5 times", "A between 2 and 5 times"},
      {"A between 2 and 5 times between 1 and 2 days ago", "A between 1 and 2 days ago between 2 and 5 times"},
      {"A union B intersect C", "A or B and C"},
      {"(A or B) and (C)", "(A or B) and C"},
      {"(A and B) and ((C and D))", "A and B and C and D"},
      {"A or (B or C) or D", "A or B or C or D"},
      {"A or (B and C)", "A or B and C"},
      {"not not not A", "not A"},
      {"not (not A)", "A"},
      {"not (A or B)", "not (A or B)"},
      {"(not A) and B", "not A and B"},
      {"A except B", "A except B"},
      {"(A except B) except C", "(A except B) except C"},
      {"A except (B and C)", "A except (B and C)"},
      {"(A except B) or C", "(A except B) or C"},
      {"not (A except not B)", "not (A except not B)"},
      {"A where (x = 1)", "A where x = 1"},
      {"A where (x = 1 and (y = 2 and z = 3))", "A where (x = 1 and y = 2 and z = 3)"},
      {"A where (x = 1 and (y = 2 or z = 3))", "A where (x = 1 and (y = 2 or z = 3))"},
      {"A where ((x = 1 and y = 2) or z = 3)", "A where (x = 1 and y = 2 or z = 3)"},
      {"A where not (x = 1 or y = 2)", "A where not (x = 1 or y = 2)"},
      {"A where (not (x = 1 or y = 2) and z = 3)", "A where (not (x = 1 or y = 2) and z = 3)"},
      {"A where not x = 1", "A where x <> 1"},
      {"A where not x <> 1", "A where x = 1"},
      {"A where not (x = 1)", "A where x <> 1"},
      {"A where not (not (x = 1 or y = 1))", "A where (x = 1 or y = 1)"},
      {"A where not x < 1", "A where not x < 1"},
      {"A where x != 'it''s'", "A where x <> 'it''s'"},
      {"A where x in (1,-2.50,'c',TRUE)", "A where x in (1, -2.50, 'c', true)"},
      {"A where x NOT IN ('a') ignore CASE", "A where x not in ('a') ignore case"},
      {"A where x between 1 and 5", "A where x between 1 and 5"},
      {"A where not x not between date '2026-01-01' and '2026-02-01'", "A where x between date '2026-01-01' and '2026-02-01'"},
      {"A where x in (date '1', timestamp '2', 3)", "A where x in (date '1', timestamp '2', 3)"},
      {"A where x starts with 'a'", "A where x begins with 'a'"},
      {"A where x does not start with 'a'", "A where x not begins with 'a'"},
      {"A where x IS EQUAL TO 1", "A where x = 1"},
      {"A where x is equal to Other", "A where x = Other"},
      {"A where x is not equal to 'a' ignore case", "A where x <> 'a' ignore case"},
      {"A where x is greater than 1 and y is greater than or equal to 2", "A where (x > 1 and y >= 2)"},
      {"A where x is less than 1 or y is less than or equal to 2 or z = 3", "A where (x < 1 or y <= 2 or z = 3)"},
      {"A where x is not less than date '2026-01-01'", "A where not x < date '2026-01-01'"},
      {"A where hour of x is greater than or equal to 18", "A where hour of x >= 18"},
      {"A where x is one of ('a', 2)", "A where x in ('a', 2)"},
      {"A where x is not one of ('a') ignore case", "A where x not in ('a') ignore case"},
      {"A where x has a value and y has NO value", "A where (x is not null and y is null)"},
      {"A where not x has a value", "A where x is null"},
      {"A where x = 1 and has has a value and B", "A where (x = 1 and has is not null) and B"},
      {"A where x = 1 and y = 2", "A where (x = 1 and y = 2)"},
      {"A where x = 1 or y > 2 and z <= 3", "A where (x = 1 or y > 2 and z <= 3)"},
      {"A where (x = 1 or y = 2) and z <> 3 never", "A where ((x = 1 or y = 2) and z <> 3) never"},
      {"A where not x = 1 and \"y y\" != 2", "A where (x <> 1 and \"y y\" <> 2)"},
      {"A where x = 1 and y contains 'a' ignore case and z is null",
       "A where (x = 1 and y contains 'a' ignore case and z is null)"},
      {"A where x = 1 or y begins with 'a' or z ends with 'b'", "A where (x = 1 or y begins with 'a' or z ends with 'b')"},
      {"A where x = 1 and y in (1, 2) and z not in (3)", "A where (x = 1 and y in (1, 2) and z not in (3))"},
      {"A where x = 1 and y does not contain 'a' and z not ends with 'b'",
       "A where (x = 1 and y not contains 'a' and z not ends with 'b')"},
      {"A where x between 1 and 2 and y = 3", "A where (x between 1 and 2 and y = 3)"},
      {"A where x = 1 and y = 2 and B", "A where (x = 1 and y = 2) and B"},
      {"A where x = 1 or y = 2 and B or C", "A where (x = 1 or y = 2) and B or C"},
      {"A where x = 1 and B in the last 3 days", "A where x = 1 and B within last 3 days"},
      {"A where x = 1 and B between 2 and 3 times", "A where x = 1 and B between 2 and 3 times"},
      {"A where x = 1 and B where y = 2 and z = 3", "A where x = 1 and B where (y = 2 and z = 3)"},
      {"A where x is null in the last 3 days and B", "A where x is null within last 3 days and B"},
      {"A where x Contains Any OF('a',2)", "A where x contains any of ('a', 2)"},
      {"A where (x does not contain all of ('a') and not y contains any of ('b'))",
       "A where (x not contains all of ('a') and y not contains any of ('b'))"},
      {"A.x does not contain any of ('a')", "A.x not contains any of ('a')"},
      {"A where x does not contain 'a'", "A where x not contains 'a'"},
      {"A where x does not begin with 'a'", "A where x not begins with 'a'"},
      {"A where x does not end with 'a' ignore case", "A where x not ends with 'a' ignore case"},
      {"A where not x begins with 'a'", "A where x not begins with 'a'"},
      {"A where x is not null", "A where x is not null"},
      {"A where not x is empty", "A where x is not empty"},
      {"\"E-mail \"\"opened\"\"\" where \"from\" = 'a'", "\"E-mail \"\"opened\"\"\" where \"from\" = 'a'"},
      {"A where Timestamp > '2026-01-01' and B where segment = 'x'",
       "A where Timestamp > '2026-01-01' and B where segment = 'x'"},
      {"Größe where \"größe (cm)\" >= 1.80", "Größe where \"größe (cm)\" >= 1.80"},
      {"A/**/where--\nx=.5", "A where x = .5"},
      {"SEGMENT 'VIP' UNION Not segment/**/'it''s'", "segment 'VIP' or not segment 'it''s'"},
      {"A where x = 1 and segment 'x' or segment where y = 2", "A where x = 1 and segment 'x' or segment where y = 2"},
      {"(segment 'a' except segment 'b') and \"segment\"", "(segment 'a' except segment 'b') and \"segment\""},
  };
  for (const auto& [text, printed] : kCases) {
    std::string once;
    ASSERT_NO_THROW(once = canonical(text)) << text;
    EXPECT_EQ(once, printed) << text;
    EXPECT_EQ(canonical(once), once) << text;
    EXPECT_TRUE(parse(once) == parse(text)) << text;
  }
}

TEST(Printer, name_that_is_no_plain_name_is_quoted) {
  for (const std::string name : {"from", "NOT", "a b", "1a", "a\"b", "“a”"}) {
    Definition definition{std::make_unique<Node>()};
    definition.root->kind = NodeKind::kInteraction;
    definition.root->interaction = std::make_unique<InteractionCondition>();
    definition.root->interaction->types = {{name, false, 0}};
    const Definition read = parse(print_definition(definition));
    EXPECT_EQ(read.root->interaction->types[0].text, name);
    EXPECT_TRUE(read.root->interaction->types[0].quoted);
  }
}

TEST(Printer, parts_print_on_their_own) {
  const Definition definition = parse("A where (x = 1 or y = 2) and B");
  EXPECT_EQ(print_node(*definition.root->children[0]), "A where (x = 1 or y = 2)");
  EXPECT_EQ(print_restriction(*definition.root->children[0]->interaction->restriction), "(x = 1 or y = 2)");
}

test::Vocabulary odd_vocabulary() {
  const std::vector<test::FieldVocabulary> fields = {
      {{"email", false, 0}, LiteralKind::kText, {"", "it's", "a''b", "-- no comment", "/*", "ä\n\"x\""}},
      {{"not", true, 0}, LiteralKind::kText, {"x"}},
      {{{"properties", false, 0}, {{"from", false, 0}, {"Utm \"Source\"", true, 0}, {"null", false, 0}}},
       LiteralKind::kText,
       {"x"}},
      {{"Link \"text\"", true, 0}, LiteralKind::kText, {"100 %"}},
      {{"größe", false, 0}, LiteralKind::kNumber, {"0", "-1.50", "1e6", ".5", "+7", "123456789012345678901234567890"}},
      {{"count", false, 0}, LiteralKind::kBoolean, {"true", "false"}},
  };
  test::Vocabulary vocabulary;
  vocabulary.types = {{{"EmailOpened", false, 0}, fields},
                      {{"E-mail opened", true, 0}, fields},
                      {{"last", false, 0}, {}},
                      {{"and", true, 0}, fields}};
  vocabulary.segments = {"vip", "It's", "", "\"x\" -- /*", "ä\n"};
  vocabulary.relations = {{"receiver", false, 0}, {"Paid \"by\"", true, 0}, {"where", true, 0}};
  vocabulary.past_references = true;
  vocabulary.attributes = true;
  vocabulary.typed_literals = true;
  vocabulary.times = {"2026-01-01", "2026-03-29 02:30", "infinity", "'"};
  return vocabulary;
}

TEST(Printer, random_trees_survive_printing_and_parsing) {
  test::RandomDefinition random(odd_vocabulary(), 20260101);
  for (int i = 0; i < 20000; ++i) {
    const Definition tree = random.next();
    const std::string printed = print_definition(tree);
    Definition read;
    ASSERT_NO_THROW(read = parse(printed)) << printed;
    ASSERT_TRUE(read == tree) << printed;
    ASSERT_EQ(print_definition(read), printed);
  }
}

// What words say for a token or several of a canonical text, from `tokens[at]` on: how many tokens, and the words.
struct Worded {
  size_t tokens = 0;
  std::string words;
};

Worded worded(const std::vector<Token>& tokens, size_t at) {
  static constexpr std::pair<std::string_view, std::string_view> kWords[] = {{"is not null", "has a value"},
                                                                             {"is null", "has no value"},
                                                                             {"not begins with", "does not start with"},
                                                                             {"begins with", "starts with"},
                                                                             {"not in (", "is not one of ("},
                                                                             {"in (", "is one of ("},
                                                                             {"=", "is equal to"},
                                                                             {"<>", "is not equal to"},
                                                                             {"<", "is less than"},
                                                                             {"<=", "is less than or equal to"},
                                                                             {">", "is greater than"},
                                                                             {">=", "is greater than or equal to"}};
  // having count(distinct day) >= 2
  const bool of_unit = at > 2 && tokens[at - 2].kind == TokenKind::kWord && unit_of_word(tokens[at - 2].text).has_value();
  if (of_unit && tokens[at - 3].text == "distinct") return {};
  for (const auto& [symbols, words] : kWords) {
    std::string written;
    for (size_t i = at; i < tokens.size() && written.size() < symbols.size(); ++i) {
      written += (i == at ? "" : " ") + std::string(tokens[i].text);
      if (written == symbols) return {i + 1 - at, std::string(words)};
    }
  }
  return {};
}

std::string in_words(std::string_view text) {
  NeverInterrupt interrupt;
  Lexer lexer(text, interrupt);
  std::vector<Token> tokens;
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) tokens.push_back(token);
  std::string result;
  for (size_t at = 0; at < tokens.size();) {
    const Worded found = worded(tokens, at);
    result += ' ' + (found.tokens > 0 ? found.words : std::string(tokens[at].text));
    at += std::max<size_t>(found.tokens, 1);
  }
  return result;
}

TEST(Printer, words_say_what_symbols_say) {
  test::RandomDefinition random(odd_vocabulary(), 20260102);
  size_t changed = 0;
  for (int i = 0; i < 5000; ++i) {
    const Definition tree = random.next();
    const std::string words = in_words(print_definition(tree));
    ASSERT_TRUE(parse(words) == tree) << words;
    changed += words.find(" is equal to ") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(changed, 500U);
}

TEST(Equality, every_part_counts_and_positions_do_not) {
  EXPECT_TRUE(parse("A  and not B") == parse("A and not B"));
  const std::string_view kDistinct[] = {"all",
                                        "A",
                                        "\"A\"",
                                        "a",
                                        "not A",
                                        "A and B",
                                        "A or B",
                                        "A except B",
                                        "B and A",
                                        "A and B and C",
                                        "A where x = 1",
                                        "A where x = '1'",
                                        "A where x = 2",
                                        "A where x <> 1",
                                        "A where x < 1",
                                        "A where y = 1",
                                        "A where x = 'a'",
                                        "A where x = date 'a'",
                                        "A where x = timestamp 'a'",
                                        "A where x = timestamptz 'a'",
                                        "A where x = 'a' ignore case",
                                        "A where x in ('a')",
                                        "A where (x = 1 or y = 1)",
                                        "A where (x = 1 and y = 1)",
                                        "A where not (x = 1 and y = 1)",
                                        "A within last 1 day",
                                        "A within last 2 days",
                                        "A within last 1 week",
                                        "A since '1'",
                                        "A since date '1'",
                                        "A before '1'",
                                        "A from '1' to '2'",
                                        "A from '1' to '3'",
                                        "A between 1 and 2 days ago",
                                        "A between 2 and 1 days ago",
                                        "A between 1 hour and 2 days ago",
                                        "A never",
                                        "A exactly 0",
                                        "A at most 0",
                                        "A between 0 and 0 times",
                                        "A at least 2",
                                        "segment 'A'",
                                        "segment 'a'"};
  for (const std::string_view a : kDistinct) {
    for (const std::string_view b : kDistinct) EXPECT_EQ(parse(a) == parse(b), a == b) << a << " / " << b;
  }
}

}  // namespace
}  // namespace segments
