#include <gtest/gtest.h>

#include <span>

#include "core/error.h"
#include "core/language/parser.h"
#include "core/language/printer.h"
#include "core/text/lexer.h"
#include "unit/parsed.h"

namespace segments {
namespace {

struct Failure {
  std::string_view text;
  uint32_t position;
  std::string_view message;
  std::string_view detail;  // part of it
  std::string_view hint;    // part of it; empty: there is none
};

void expect_failures(std::span<const Failure> failures, ErrorCode code) {
  for (const Failure& failure : failures) {
    const Error error = error_of(failure.text);
    EXPECT_EQ(error.code(), code) << failure.text;
    EXPECT_EQ(error.position(), failure.position) << failure.text;
    EXPECT_EQ(error.what(), failure.message) << failure.text;
    EXPECT_NE(error.detail().find(failure.detail), std::string::npos) << failure.text << "\n" << error.detail();
    EXPECT_EQ(error.hint().empty(), failure.hint.empty()) << failure.text << "\n" << error.hint();
    EXPECT_NE(error.hint().find(failure.hint), std::string::npos) << failure.text << "\n" << error.hint();
  }
}

TEST(Parser, empty_definition_has_its_own_message) {
  for (const std::string_view text : {"", "  \n", "-- nothing", "/* nothing */"}) {
    EXPECT_STREQ(error_of(text).what(), "definition is empty");
    EXPECT_EQ(error_of(text).position(), 0u);
  }
}

TEST(Parser, syntax_errors_point_at_the_token_and_say_what_was_expected) {
  static constexpr Failure kFailures[] = {
      {"A witin last 3 days", 2, "syntax error at or near \"witin\"", "\"within\"", "Perhaps you meant \"within\"."},
      {"A nevr", 2, "syntax error at or near \"nevr\"", "\"never\"", "Perhaps you meant \"never\"."},
      {"A within lst 3 days", 9, "syntax error at or near \"lst\"", "\"last\"", "\"last\""},
      {"A within last 3 dyas", 16, "syntax error at or near \"dyas\"", "\"days\"", "\"days\""},
      {"A within last 3", 15, "syntax error at end of definition", "\"days\"", "last 3 days"},
      {"A within last many days", 14, "syntax error at or near \"many\"", "a whole number", ""},
      {"A within last 1.5 days", 14, "syntax error at or near \"1.5\"", "a whole number", "smaller unit"},
      {"A and", 5, "syntax error at end of definition", "\"all\", \"not\", \"(\" or an interaction type", ""},
      {"A and and B", 6, "syntax error at or near \"and\"", "an interaction type", "keyword"},
      {"A and B)", 7, "syntax error at or near \")\"", "or the end", "no open parenthesis"},
      {"(A and B", 8, "syntax error at end of definition", "or \")\"", "opens before \"A and B\""},
      {"A and (B where (x = 1 or y = 2)", 31, "syntax error at end of definition", "\")\"", "\"B where (x = 1 or y = 2)\""},
      {"sample 5", 8, "syntax error at end of definition", "\"%\"", ""},
      {"bucket 5", 8, "syntax error at end of definition", "\"to\" or \"of\"", ""},
      {"bucket 1.5 of 10", 7, "syntax error at or near \"1.5\"", "a whole number", ""},
      {"bucket 5 of 10 with slat 'x'", 20, "syntax error at or near \"slat\"", "\"salt\"", "\"salt\""},
      {"bucket 5 of 10 salt 'x'", 15, "syntax error at or near \"salt\"", "\"with\"", ""},
      {"bucket 5 of 10 within last 3 days", 15, "syntax error at or near \"within\"", "at all times", "Leave the window out"},
      {"()", 1, "syntax error at or near \")\"", "an interaction type", ""},
      {"A where x = 1 B", 14, "syntax error at or near \"B\"", "\"within\"", ""},
      {"A where p. = 1", 11, "syntax error at or near \"=\"", "a name", ""},
      {"A where p.'q' = 1", 10, "syntax error at or near \"'q'\"", "a name", "double quotes: \"q\"."},
      {"A where p.0 = 1", 9, "syntax error at or near \".0\"", "a name after the dot", "double quotes: .\"0\"."},
      {"A where x = 1 and p.q = 1", 18, "a path after \"and\" or \"or\" needs parentheses around the restriction",
       "not a part of what stands after \"where\"",
       "Write where (… and p.q …); for an attribute of a profile source, put what stands before it in parentheses: (… where …) "
       "and p.q …."},
      {"month of a = 1", 9, "an attribute has its source before it", "", "month of Source.a;"},
      {"A.b", 3, "syntax error at end of definition", "", ""},
      {"A;", 1, "syntax error at or near \";\"", "", "without a semicolon"},
      {"A where x = ‘y’", 12, "syntax error at or near \"‘y’\"", "a text in single quotes", "straight quotes: 'y'."},
      {"A where x = “it's”", 12, "syntax error at or near \"“it'\"", "a text in single quotes", "straight quotes"},
      {"A where “E mail” = 1", 8, "syntax error at or near \"“E mail”\"", "a field name", "straight quotes: \"E mail\"."},
      {"A where x = «", 12, "syntax error at or near \"«\"", "a text in single quotes", "straight quotes"},
      {"A where x ≤ 5", 10, "syntax error at or near \"≤\"", "\"<\"", "Write \"<=\"."},
      {"A & B", 2, "syntax error at or near \"&\"", "\"and\"", "Write \"and\"."},
      {"A or ! B", 5, "syntax error at or near \"!\"", "\"not\"", "Write \"not\"."},
      {"A where", 7, "syntax error at end of definition", "a field name", ""},
      {"A where from = 1", 8, "syntax error at or near \"from\"", "a field name", "double quotes"},
      {"A where x", 9, "syntax error at end of definition", "\"contains\"", "where x = true"},
      {"A where x contain 'y'", 10, "syntax error at or near \"contain\"", "", "\"contains\""},
      {"A where x does not contains 'y'", 19, "syntax error at or near \"contains\"", "", "\"contain\""},
      {"A where x contains 5", 19, "syntax error at or near \"5\"", "a text in single quotes", "'5'"},
      {"A where x = null", 12, "syntax error at or near \"null\"", "", "\"is null\""},
      {"A where x = date 5", 17, "syntax error at or near \"5\"", "a text in single quotes", "'5'"},
      {"A where x = date 2026-03-01", 17, "syntax error at or near \"2026\"", "a text", "'2026-03-01'"},
      {"A where x = timestamp with time zone '1'", 22, "syntax error at or near \"with\"", "a text", "timestamptz"},
      {"A where x contains date '1'", 19, "syntax error at or near \"date\"", "a text in single quotes", "'date'"},
      {"A where x = date '1' ignore case", 21, "syntax error at or near \"ignore\"", "Only texts", "Leave"},
      {"A where x > 1,5", 13, "syntax error at or near \",\"", "decimal point", "Write 1.5."},
      {"A where x > 1,500", 13, "syntax error at or near \",\"", "separators", "Write 1500, or 1.500 if"},
      {"A where x between 1,5 and 2", 19, "syntax error at or near \",\"", "decimal point", "Write 1.5."},
      {"A where x == 1", 11, "syntax error at or near \"=\"", "one sign", "\"=\""},
      {"A where x => 1", 11, "syntax error at or near \">\"", "another way", "\">= 1\""},
      {"A where x in 'a', 'b'", 13, "syntax error at or near \"'a'\"", "\"(\"", "in ('a', 'b')"},
      {"A where x is 'a'", 13, "syntax error at or near \"'a'\"", "another way", "\"= 'a'\""},
      {"A where x is not 'a'", 17, "syntax error at or near \"'a'\"", "another way", "\"<> 'a'\""},
      {"A where x is in ('a')", 13, "syntax error at or near \"in\"", "no comparison", "Leave \"is\" out"},
      {"A where x is greater 5", 21, "syntax error at or near \"5\"", "\"than\"", ""},
      {"A where x is greater than or 5", 29, "syntax error at or near \"5\"", "\"equal\"", ""},
      {"A where x is grater than 5", 13, "syntax error at or near \"grater\"", "\"greater than\"", ""},
      {"A where x is one of 'a'", 20, "syntax error at or near \"'a'\"", "\"(\"", "is one of ('a', 'b')"},
      {"A where x has value", 14, "syntax error at or near \"value\"", "\"a value\" or \"no value\"", "\"a value\""},
      {"A where x not 'a'", 14, "syntax error at or near \"'a'\"", "no comparison", "\"<>\""},
      {"A where x equals 'a'", 10, "syntax error at or near \"equals\"", "no operator", "\"=\""},
      {"A where x: 'a'", 9, "syntax error at or near \":\"", "no operator", "\"=\""},
      {"A where (x > 1 and < 5)", 19, "syntax error at or near \"<\"", "another way", "(x > 1 and x < 5)"},
      {"A where (x = 'a' or 'b')", 20, "syntax error at or near \"'b'\"", "another way", "x in ('a', 'b')"},
      {"A where x in ()", 14, "syntax error at or near \")\"", "empty", "in ('a', 'b')"},
      {"A where x contains all of ()", 27, "syntax error at or near \")\"", "empty", "contains all of ('a', 'b')"},
      {"A where x contains any of 'a'", 26, "syntax error at or near \"'a'\"", "\"(\"", "contains any of ('a', 'b')"},
      {"A where x contains any of ('a') ignore case", 32, "syntax error at or near \"ignore\"", "cannot ignore case", "contains"},
      {"A where x in (1 2)", 16, "syntax error at or near \"2\"", "\",\" or \")\"", "(1, 2"},
      {"A where x is nul", 13, "syntax error at or near \"nul\"", "\"null\"", "\"null\""},
      {"A where x not null", 14, "syntax error at or near \"null\"", "\"in\"", ""},
      {"A where x < 1 ignore case", 14, "syntax error at or near \"ignore\"", "cannot ignore case", "contains"},
      {"A where x in ('a', 1) ignore case", 22, "syntax error at or near \"ignore\"", "Only texts", "quote"},
      {"A where (x = 1 union y = 2)", 15, "syntax error at or near \"union\"", "\"and\", \"or\" or \")\"", ""},
      {"A where x = 1 and not y = 2", 24, "syntax error at or near \"=\"", "restriction", "in parentheses"},
      {"A where x = 1 and (y = 2 or z = 3)", 21, "syntax error at or near \"=\"", "restriction", "in parentheses"},
      {"A where x = 1 within last 1 day and y = 2", 38, "syntax error at or near \"=\"", "restriction", "in parentheses"},
      {"A where x = 1 and y between 2 and 3", 35, "syntax error at end of definition", "\"times\"", "parentheses"},
      {"A since 2026", 8, "syntax error at or near \"2026\"", "a time in single quotes", "'2026-01-01'"},
      {"A since 2026-03-01", 8, "syntax error at or near \"2026\"", "a time in single quotes", "'2026-03-01'"},
      {"A since yesterday", 8, "syntax error at or near \"yesterday\"", "a time in single quotes", "'yesterday'"},
      {"A from '1' until '2'", 11, "syntax error at or near \"until\"", "\"to\"", "from '1' to '2'"},
      {"A between 3 and 5", 17, "syntax error at end of definition", "\"times\"", "between 3 and 5 times"},
      {"A between 3 days and 5 times", 23, "syntax error at or near \"times\"", "\"days\"", ""},
      {"A between 3 to 5 times", 12, "syntax error at or near \"to\"", "\"and\"", "between 3 and 5 times"},
      {"A between 3 and 5 days", 22, "syntax error at end of definition", "\"ago\"", "5 days ago"},
      {"A at leas 3", 5, "syntax error at or near \"leas\"", "", "\"least\""},
      {"A at least -1", 11, "syntax error at or near \"-1\"", "a whole number", ""},
      {"A exactly thrice", 10, "syntax error at or near \"thrice\"", "\"twice\"", "Write 3."},
      {"A at least five times", 11, "syntax error at or near \"five\"", "a whole number", "Write 5."},
      {"A more then 3 times", 7, "syntax error at or near \"then\"", "\"than\"", "\"than\""},
      {"A within 30 days", 9, "syntax error at or near \"30\"", "another way", "\"within last 30 days\""},
      {"A in the 30 days", 9, "syntax error at or near \"30\"", "\"last\"", "\"within last 30 …\""},
      {"A last month", 2, "\"last month\" can mean two things", "calendar", "within last month"},
      {"A in past week", 5, "\"past week\" can mean two things", "calendar", "within last week"},
      {"A 3 times", 2, "syntax error at or near \"3\"", "begins with a word", "\"at least 3 times\""},
      {"A 30 days", 2, "syntax error at or near \"30\"", "begins with a word", "\"within last 30 days\""},
      {"A twice", 2, "syntax error at or near \"twice\"", "another way", "at least twice"},
      {"A not within last 3 days", 2, "syntax error at or near \"not\"", "another way", "before its type"},
      {"A after '2026-03-01'", 2, "syntax error at or near \"after\"", "another way", "since"},
      {"A, B", 1, "syntax error at or near \",\"", "words", "\"and\" or \"or\""},
      {"A with x = 1", 2, "syntax error at or near \"with\"", "another way", "where"},
      {"A having cuont > 1", 9, "syntax error at or near \"cuont\"", "", "\"count\""},
      {"A having count 5", 15, "syntax error at or near \"5\"", "\"between\"", ""},
  };
  expect_failures(kFailures, ErrorCode::kSyntax);
}

TEST(Parser, each_clause_may_stand_once) {
  static constexpr Failure kFailures[] = {
      {"A where x = 1 where y = 2", 14, "syntax error at or near \"where\"", "one restriction", "in parentheses"},
      {"A since '1' within last 1 day", 12, "syntax error at or near \"within\"", "one window", "from … to"},
      {"A since '1' between 1 and 2 days ago", 12, "syntax error at or near \"between\"", "one window", "from … to"},
      {"A never at least 2", 8, "syntax error at or near \"at\"", "one number of interactions", "between … and … times"},
      {"A at least 1 Never", 13, "syntax error at or near \"Never\"", "one number of interactions", "between"},
  };
  expect_failures(kFailures, ErrorCode::kSyntax);
}

TEST(Parser, except_with_other_connectives_needs_parentheses) {
  static constexpr std::string_view kDetail = "needs parentheses";
  static constexpr Failure kFailures[] = {
      {"A except B except C", 11, "syntax error at or near \"except\"", kDetail, "(A except B)"},
      {"A except B and C", 11, "syntax error at or near \"and\"", kDetail, "(A except B)"},
      {"A except B or C", 11, "syntax error at or near \"or\"", kDetail, "(A except B)"},
      {"A and B except C", 8, "syntax error at or near \"except\"", kDetail, "(A except B)"},
      {"A or B except C", 7, "syntax error at or near \"except\"", kDetail, "(A except B)"},
      {"(A union B except C)", 11, "syntax error at or near \"except\"", kDetail, "(A except B)"},
  };
  expect_failures(kFailures, ErrorCode::kSyntax);
}

TEST(Parser, future_constructs_are_refused_where_they_start) {
  static constexpr std::string_view kDetail = "does not have it";
  static constexpr Failure kFailures[] = {
      {"Measure 'x' > 3", 0, "\"Measure\" is not supported", kDetail, "interactions"},
      {"A having count(x) > 3", 9, "\"having count (\" is not supported", kDetail, "having count"},
      {"A having count in (1, 2)", 15, "\"having count in\" is not supported", kDetail, "between"},
      {"A where x like 'y%'", 10, "\"like\" is not supported", "another way", "begins with 'y'"},
      {"{\"and\": []}", 0, "a definition is text, not JSON", "", "definition_from_json"},
      {"Country = 'DE'", 8, "syntax error at or near \"=\"", "or to a profile source", "Source.Country …"},
  };
  expect_failures(kFailures, ErrorCode::kSyntax);
}

TEST(Parser, counts_that_make_no_sense_are_refused) {
  static constexpr Failure kSenseless[] = {
      {"A at least 0", 11, "\"at least 0\" matches every profile", "", "at least 1"},
      {"A having count >= 0", 18, "\"at least 0\" matches every profile", "", "at least 1"},
      {"A less than 0 times", 12, "\"count < 0\" matches no profile", "", "never"},
      {"A having count < 0", 17, "\"count < 0\" matches no profile", "", "never"},
      {"A between 5 and 2 times", 2, "\"between 5 and 2\" matches no profile", "", "between 2 and 5 times"},
      {"A having count between 5 and 2", 2, "\"between 5 and 2\" matches no profile", "", "between 2 and 5 times"},
      {"A and bucket 9 to 0 of 100", 18, "\"bucket 9 to 0 of 100\" matches no profile", "smaller",
       "Write \"bucket 0 to 9 of 100\"."},
      {"bucket 100 of 100", 7, "there is no bucket 100 of 100", "the last one 99", "Write \"bucket 99 of 100\"."},
      {"bucket 5 to 100 of 100", 12, "there is no bucket 100 of 100", "The first one is 0", "Write \"bucket 5 to 99 of 100\"."},
      {"bucket 100 to 200 of 100", 14, "there is no bucket 200 of 100", "", "Write \"bucket 99 of 100\"."},
      {"bucket 0 of 0", 12, "there is no bucket of 0", "", "bucket 0 of 10"},
      {"sample 101 %", 7, "a sample has at most 100 %", "", "Write \"sample 100 %\" or less."},
      {"sample 100.001 %", 7, "a sample has at most 100 %", "", "sample 100 %"},
      {"sample 99999999999999999999.5 %", 7, "a sample has at most 100 %", "", "sample 100 %"},
      {"sample 2.505 %", 7, "a sample's percentage has at most two decimals", "", "Write \"sample 2.50 %\""},
      {"sample -5 %", 7, "a sample's percentage is digits with a point at most", "", "such as 2.5"},
      {"sample 1e1 %", 7, "a sample's percentage is digits with a point at most", "", "such as 2.5"},
      {"sample 0.001 %", 7, "a sample's percentage has at most two decimals", "", "Write \"sample 0.01 %\""},
      {"sample 0 %", 7, "\"sample 0 %\" matches no profile", "", "sample 0.01 %"},
      {"sample 1 % with salt ''", 21, "salt is empty", "", "with salt 'holdout'"},
  };
  expect_failures(kSenseless, ErrorCode::kSyntax);
  static constexpr Failure kTooLarge[] = {
      {"bucket 0 of 1000001", 12, "number \"1000001\" is out of range", "1000000", "smaller"},
      {"A at least 1000000001", 11, "number \"1000000001\" is out of range", "1000000000", "smaller"},
      {"A more than 1000000000 times", 12, "number of interactions is out of range", "1000000000", "smaller"},
      {"A having count > 1000000000", 17, "number of interactions is out of range", "1000000000", "smaller"},
      {"A within last 99999999999999999999 days", 14, "number \"99999999999999999999\" is out of range", "", "smaller"},
      {"A between 1 and 1000000001 days ago", 16, "number \"1000000001\" is out of range", "", "smaller"},
      {"A within last 0 days", 14, "\"within last 0\" is an empty window", "", "from 1 on"},
  };
  expect_failures(kTooLarge, ErrorCode::kOutOfRange);
}

TEST(Parser, long_tokens_are_cut_between_characters) {
  const Error error = error_of("A " + std::string(63, 'x') + "ää");
  EXPECT_EQ(std::string(error.what()), "syntax error at or near \"" + std::string(63, 'x') + "…\"");
}

// Each hint, followed to the letter: what was refused becomes what was meant.
TEST(Parser, hints_lead_to_what_was_meant) {
  struct Correction {
    std::string_view wrong;
    std::string_view hint;   // part of it
    std::string_view right;  // canonical
  };
  static constexpr Correction kCorrections[] = {
      {"A where x > 1,5", "Write 1.5.", "A where x > 1.5"},
      {"A where x > 1,500", "Write 1500", "A where x > 1500"},
      {"A where x > -1,5", "Write -1.5.", "A where x > -1.5"},
      {"A where x > 1,000.5", "Write 1000.5.", "A where x > 1000.5"},
      {"A where x > 1.000,5", "Write 1000.5.", "A where x > 1000.5"},
      {"A where x > 1,234,567", "Write 1234567.", "A where x > 1234567"},
      {"A at least 1,000 times", "Write 1000.", "A at least 1000"},
      {"A within last 1,000 days", "Write 1000.", "A within last 1000 days"},
      {"sample 2,5 %", "Write 2.5.", "bucket 0 to 249 of 10000"},
      {"A where x = ‘y z’", "'y z'", "A where x = 'y z'"},
      {"A where “x y” = 1", "\"x y\"", "A where \"x y\" = 1"},
      {"A where from = 1", "put it in double quotes", "A where \"from\" = 1"},
      {"A where x ≠ 1", "Write \"<>\".", "A where x <> 1"},
      {"A where x = null", "\"is null\"", "A where x is null"},
      {"A where x is not in ('a')", "Leave \"is\" out.", "A where x not in ('a')"},
      {"A where x is between 1 and 2", "Leave \"is\" out.", "A where x between 1 and 2"},
      {"A where x within 3 days", "within last 3", "A where x within last 3 days"},
      {"A where x after '2026-01-01'", "Write \">\"", "A where x > '2026-01-01'"},
      {"A where x ~ 'y'", "Write \"matches\".", "A where x matches 'y'"},
      {"A where anniversary of x within last 3 hours", "within next 7 days", "A where anniversary of x within next 7 days"},
      {"A where x = 1 and not y = 2", "where (… and …)", "A where (x = 1 and y <> 2)"},
      {"A where x = 'a' within last 1 day and y = 'b'", "where (… and …)", "A where (x = 'a' and y = 'b') within last 1 day"},
      {"A where x < 1 ignore case", "after =", "A where x = '1' ignore case"},
      {"A where x in ('a', 1) ignore case", "quote the values", "A where x in ('a', '1') ignore case"},
      {"Country = 'DE'", "Type where Country", "Type where Country = 'DE'"},
      {"A last month", "within last month", "A within last 1 month"},
      {"A 30 days", "within last 30 days", "A within last 30 days"},
      {"A 3 times", "at least 3 times", "A at least 3"},
      {"A where x > 10k", "Write 10000.", "A where x > 10000"},
      {"A within last thirty days", "Write 30.", "A within last 30 days"},
      {"A 30days", "\"30 days\"", "A within last 30 days"},
      {"A within last 30d", "\"30 days\"", "A within last 30 days"},
      {"A at least 3x", "\"3 times\"", "A at least 3"},
      {"A since 2026", "'2026-01-01'", "A since '2026-01-01'"},
      {"A never not B", "\"and not\"", "A never and not B"},
      {"A last 30 days, at least 3 times", "Leave the comma out", "A within last 30 days at least 3"},
      {"A or within last 14 days", "Type within", "A or Type within last 14 days"},
      {"A where x = 1 within last 1 day and where y = 2", "where (… and …)", "A where (x = 1 and y = 2) within last 1 day"},
      {"at least 3 A", "Type at", "Type at least 3"},
      {"A where x > 1 000", "Write 1000.", "A where x > 1000"},
      {"A where spent > 30 minutes", "'30 minutes'", "A where spent > '30 minutes'"},
      {"A in november", "from '2026-11-01' to '2026-12-01'", "A from '2026-11-01' to '2026-12-01'"},
      {"A > 5", "A having count > 5", "A at least 6"},
      {"A x > 5", "A where x > …", "A where x > 5"},
      {"Email opened within last 1 day", "\"Email opened\"", "\"Email opened\" within last 1 day"},
      {"A where Email client = 'x'", "\"Email client\"", "A where \"Email client\" = 'x'"},
      {"A between '2026-11-01' and '2026-11-15'", "from '2026-11-01' to", "A from '2026-11-01' to '2026-11-15'"},
      {"A where x = 'a' and y between 50 and 60", "where (… and … between 50 and 60)",
       "A where (x = 'a' and y between 50 and 60)"},
      {"A no more than 3", "at most", "A at most 3"},
      {"A at least five", "Write 5.", "A at least 5"},
      {"A twice", "at least twice", "A at least 2"},
      {"A after '2026-03-01'", "since '2026-03-01'", "A since '2026-03-01'"},
      {"A until '2026-03-01'", "before", "A before '2026-03-01'"},
      {"A since yesterday", "'yesterday'", "A since 'yesterday'"},
      {"A since 2026-03-01", "'2026-03-01'", "A since '2026-03-01'"},
      {"A not within last 30 days", "before its type", "not A within last 30 days"},
      {"A but not B", "and not", "A and not B"},
      {"A with x = 1", "where", "A where x = 1"},
      {"A minus B", "except", "A except B"},
      {"A xor B", "(A or B) except (A and B)", "(A or B) except (A and B)"},
      {"A, B", "\"and\" or \"or\"", "A and B"},
      {"A;", "without a semicolon", "A"},
      {"A and B)", "remove this one", "A and B"},
      {"(A and B", "Close the parenthesis", "A and B"},
      {"A except B or C", "(A except B) or C", "(A except B) or C"},
      {"", "\"all\"", "all"},
      {"A at least 0", "at least 1", "A"},
      {"A having count < 0", "never", "A never"},
      {"A between 5 and 2 times", "between 2 and 5 times", "A between 2 and 5 times"},
      {"A having sum x > 3", "sum(x)", "A having sum(x) > 3"},
      {"A having sum(x) > y", "'y'", "A having sum(x) > 'y'"},
      {"A having max(x) contains 'y'", "<=, >, >=", "A having max(x) >= 'y'"},
      {"A having sum(hour of x) > 3", "Leave the part out", "A having sum(x) > 3"},
      {"A having count(distinct x) is null", "= 0", "A having count(distinct x) = 0"},
      {"A having count(distinct x) is not null", ">= 1", "A having count(distinct x) >= 1"},
      {"A having count(distinct hour of x) > 3", "Leave the part out", "A having count(distinct x) > 3"},
      {"A having count in (1, 2)", "\"or\" between conditions", "A exactly 1 or A exactly 2"},
      {"A where x = 1 where y = 2", "where (… and …)", "A where (x = 1 and y = 2)"},
      {"A since '1' within last 1 day", "between … and … ago", "A between 0 and 1 day ago"},
      {"A this 2 months", "previous 2", "A previous 2 months"},
      {"A this 2 months", "within last 2", "A within last 2 months"},
      {"A this minute", "within last 1 minute", "A within last 1 minute"},
      {"A previous 3 seconds", "within last 1 second", "A within last 1 second"},
      {"A previous 0 days", "from 1 on", "A previous day"},
      {"A last month", "previous month", "A previous month"},
      {"A via 'purchaser'", "double quotes", "A via \"purchaser\""},
      {"A via b via c", "Join two conditions", "A via b and A via c"},
      {"A 6 am", "since 'today 06:00'", "A since 'today 06:00'"},
      {"A at 6", "since 'today 06:00'", "A since 'today 06:00'"},
      {"A or 'b'", "repeat field and operator", "A where (x = 'a' or x = 'b')"},
      {"A and where y = 2", "where (… and …)", "A where (x = 1 and y = 2)"},
      {"A and from segment 's'", "segment '…' without \"from\"", "A and segment 's'"},
      {"A where month of x = 1 and not day of x = 2", "where (… and day of x …)", "A where (month of x = 1 and day of x <> 2)"},
      {"A in at least 3 of the last 5000 days", "fewer, longer periods", "A in at least 3 of the last 700 weeks"},
      {"A in at least 3 of the last 4 periods of 0 weeks", "from 1 on", "A in at least 3 of the last 4 weeks"},
      {"A in at least 5 of the last 4 weeks", "a smaller number", "A in at least 4 of the last 4 weeks"},
      {"A within last 1 year in at least 3 minutes in a row", "\"days\"", "A within last 1 year on at least 3 days in a row"},
      {"A for the 7 time since '1'", "for time 7", "A since '1' for time 7"},
      {"A for time 0 since '1'", "from 1 on", "A since '1' for the first time"},
      {"A for the first time", "within last 30 days", "A within last 30 days for the first time"},
      {"A since '1' for the first time for time 2", "Leave one out.", "A since '1' for the first time"},
      {"A since '1' for the first time at least 2", "by \"and\"", "A since '1' for the first time and A at least 2"},
      {"A on at least 3 days in a row", "within last 30 days", "A within last 30 days on at least 3 days in a row"},
      {"A since '1' on at least 3 days in a row at least 2", "Leave it out", "A since '1' on at least 3 days in a row"},
      {"A since '1' in at least 3 of the last 4 weeks", "Leave the window out", "A in at least 3 of the last 4 weeks"},
      {"A since '1' on at least 3 days in a row but not within last 1 day", "\"and not\"",
       "A since '1' on at least 3 days in a row and not A within last 1 day"},
      {"A within last 60 days but not at least 2", "but not within last 30 days",
       "A within last 60 days but not within last 30 days"},
      {"A having count <> 3 in at least 3 of the last 4 weeks", "\"at least\"", "A in at least 3 of the last 4 weeks at least 3"},
      {"A within last 3 days but not within last 1 day having count <> 3", "by \"or\"",
       "A within last 3 days but not within last 1 day at most 2 or A within last 3 days but not within last 1 day at least 4"},
      {"A where hour of x = hour of y", "hour of Field = 12", "A where hour of x = 12"},
      {"A where x = measure 'm'", "another field", "A where x = y"},
      {"A where x == 1", "\"=\"", "A where x = 1"},
      {"A where x in 5", "in ('a', 'b')", "A where x in ('a', 'b')"},
      {"A where x within 3 days of '2026-01-01'", "\"between\" one time", "A where x between '2026-01-01' and '2026-01-04'"},
      {"A where x like y", "\"contains\"", "A where x contains 'y'"},
      {"A where x not equals 'a'", "Write \"<>\".", "A where x <> 'a'"},
      {"A where x: 'a'", "Write \"=\".", "A where x = 'a'"},
      {"A where x not 'a'", "\"<>\" and the value", "A where x <> 'a'"},
      {"A where x = y ignore case", "Leave \"ignore case\" out", "A where x = y"},
      {"A where p.1 = 2", "Put it in double quotes: .\"1\".", "A where p.\"1\" = 2"},
      {"A where p.'k l' = 1", "\"k l\"", "A where p.\"k l\" = 1"},
      {"A since timestamp with time zone '2026-01-01'", "timestamptz '…'", "A since timestamptz '2026-01-01'"},
      {"A where x in (\"y\", 'z')", "'y'", "A where x in ('y', 'z')"},
      {"A where x contains y", "'y'", "A where x contains 'y'"},
      {"A where x contains 5", "'5'", "A where x contains '5'"},
      {std::string_view("A\0", 2), "Remove the byte.", "A"},
  };
  for (const Correction& correction : kCorrections) {
    EXPECT_NE(error_of(correction.wrong).hint().find(correction.hint), std::string::npos) << correction.wrong << "\n"
                                                                                          << error_of(correction.wrong).hint();
    EXPECT_EQ(print_definition(parse(correction.right)), correction.right) << correction.wrong;
  }
}

}  // namespace
}  // namespace segments
