#include "core/language/parser.h"

#include <gtest/gtest.h>

#include <span>

#include "core/error.h"
#include "core/language/printer.h"
#include "core/text/lexer.h"

namespace segments {
namespace {

Definition parse(std::string_view text) {
  NeverInterrupt interrupt;
  return parse_definition(text, interrupt);
}

Error error_of(std::string_view text) {
  try {
    parse(text);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error: " << text;
  return Error(ErrorCode::kInternal, "");
}

const InteractionCondition& interaction_of(const Definition& definition) { return *definition.root->interaction; }

TEST(Parser, positions_point_into_the_text) {
  const Definition definition = parse("A and not (B where x = 'y' within last 2 days never)");
  EXPECT_EQ(definition.root->position, 0u);
  const Node& negation = *definition.root->children[1];
  EXPECT_EQ(negation.position, 6u);
  const Node& condition = *negation.children[0];
  EXPECT_EQ(condition.position, 11u);
  EXPECT_EQ(condition.interaction->type.position, 11u);
  const Predicate& predicate = condition.interaction->restriction->predicate;
  EXPECT_EQ(predicate.field.position, 19u);
  EXPECT_EQ(predicate.position, 21u);
  EXPECT_EQ(predicate.literals[0].position, 23u);
  EXPECT_EQ(condition.interaction->window->position, 27u);
  EXPECT_EQ(condition.interaction->having->position, 46u);
}

TEST(Parser, having_bounds_are_what_they_say) {
  struct Case {
    std::string_view text;
    HavingKind kind;
    int64_t minimum;
    int64_t maximum;
  };
  static constexpr Case kCases[] = {
      {"A at least 2", HavingKind::kAtLeast, 2, INT64_MAX},
      {"A at most 2", HavingKind::kAtMost, 0, 2},
      {"A at most 0", HavingKind::kAtMost, 0, 0},
      {"A exactly once", HavingKind::kExactly, 1, 1},
      {"A exactly 0 times", HavingKind::kExactly, 0, 0},
      {"A between 2 and 2 times", HavingKind::kBetween, 2, 2},
      {"A never", HavingKind::kNever, 0, 0},
      {"A having count > 1", HavingKind::kAtLeast, 2, INT64_MAX},
      {"A having count < 1", HavingKind::kAtMost, 0, 0},
      {"A at least 1000000000", HavingKind::kAtLeast, 1'000'000'000, INT64_MAX},
  };
  for (const Case& expected : kCases) {
    const Definition definition = parse(expected.text);
    const Having& having = interaction_of(definition).having.value();
    EXPECT_EQ(having.kind, expected.kind) << expected.text;
    EXPECT_EQ(having.minimum, expected.minimum) << expected.text;
    EXPECT_EQ(having.maximum, expected.maximum) << expected.text;
  }
  EXPECT_FALSE(interaction_of(parse("A at least 1")).having.has_value());
}

TEST(Parser, names_keep_their_case_and_quotes) {
  const Definition definition = parse("EmailOpened where \"Email \"\"client\"\"\" = 'x'");
  EXPECT_EQ(interaction_of(definition).type.text, "EmailOpened");
  EXPECT_FALSE(interaction_of(definition).type.quoted);
  EXPECT_EQ(interaction_of(definition).restriction->predicate.field.text, "Email \"client\"");
  EXPECT_TRUE(interaction_of(definition).restriction->predicate.field.quoted);
}

TEST(Parser, words_of_the_language_that_are_not_reserved_are_names) {
  for (const std::string_view name : {"segment", "measure", "last", "count", "day", "timestamp", "date", "to", "times"}) {
    const std::string text = std::string(name) + " where " + std::string(name) + " = 1";
    EXPECT_EQ(print_definition(parse(text)), text);
  }
}

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
      {"A within last 3", 15, "syntax error at end of definition", "\"days\"", ""},
      {"A within last many days", 14, "syntax error at or near \"many\"", "a whole number", ""},
      {"A within last 1.5 days", 14, "syntax error at or near \"1.5\"", "a whole number", ""},
      {"A and", 5, "syntax error at end of definition", "\"all\", \"not\", \"(\" or an interaction type", ""},
      {"A and and B", 6, "syntax error at or near \"and\"", "an interaction type", "keyword"},
      {"A and B)", 7, "syntax error at or near \")\"", "or the end", ""},
      {"(A and B", 8, "syntax error at end of definition", "or \")\"", ""},
      {"()", 1, "syntax error at or near \")\"", "an interaction type", ""},
      {"A where x = 1 B", 14, "syntax error at or near \"B\"", "\"within\"", ""},
      {"A;", 1, "syntax error at or near \";\"", "", "without a semicolon"},
      {"A where x = ‘y’", 12, "syntax error at or near \"‘\"", "a text in single quotes", "straight quotes"},
      {"A where", 7, "syntax error at end of definition", "a field name", ""},
      {"A where from = 1", 8, "syntax error at or near \"from\"", "a field name", "double quotes"},
      {"A where x", 9, "syntax error at end of definition", "\"contains\"", ""},
      {"A where x contain 'y'", 10, "syntax error at or near \"contain\"", "", "\"contains\""},
      {"A where x does not contains 'y'", 19, "syntax error at or near \"contains\"", "", "\"contain\""},
      {"A where x contains 5", 19, "syntax error at or near \"5\"", "a text in single quotes", ""},
      {"A where x = y", 12, "syntax error at or near \"y\"", "a text in single quotes", "Put text in single quotes."},
      {"A where x = \"y\"", 12, "syntax error at or near \"\"y\"\"", "", "Put text in single quotes."},
      {"A where x = null", 12, "syntax error at or near \"null\"", "", "\"is null\""},
      {"A where x = date 5", 17, "syntax error at or near \"5\"", "a text in single quotes", ""},
      {"A where x in ()", 14, "syntax error at or near \")\"", "a text in single quotes", ""},
      {"A where x in (1 2)", 16, "syntax error at or near \"2\"", "\",\" or \")\"", ""},
      {"A where x is nul", 13, "syntax error at or near \"nul\"", "\"null\"", "\"null\""},
      {"A where x not null", 14, "syntax error at or near \"null\"", "\"in\"", ""},
      {"A where x < 1 ignore case", 14, "syntax error at or near \"ignore\"", "cannot ignore case", "contains"},
      {"A where x in ('a', 1) ignore case", 22, "syntax error at or near \"ignore\"", "Only texts", "quote"},
      {"A where (x = 1 union y = 2)", 15, "syntax error at or near \"union\"", "\"and\", \"or\" or \")\"", ""},
      {"A where x = 1 and y = 2", 20, "syntax error at or near \"=\"", "restriction", "in parentheses"},
      {"A where x = 1 or y contains 'z'", 19, "syntax error at or near \"contains\"", "restriction", "in parentheses"},
      {"A since 2026", 8, "syntax error at or near \"2026\"", "a time in single quotes", ""},
      {"A from '1' until '2'", 11, "syntax error at or near \"until\"", "\"to\"", ""},
      {"A between 3 and 5", 17, "syntax error at end of definition", "\"times\"", ""},
      {"A between 3 days and 5 times", 23, "syntax error at or near \"times\"", "\"days\"", ""},
      {"A between 3 to 5 times", 12, "syntax error at or near \"to\"", "\"and\"", ""},
      {"A between 3 and 5 days", 22, "syntax error at end of definition", "\"ago\"", ""},
      {"A at leas 3", 5, "syntax error at or near \"leas\"", "", "\"least\""},
      {"A at least -1", 11, "syntax error at or near \"-1\"", "a whole number", ""},
      {"A exactly thrice", 10, "syntax error at or near \"thrice\"", "\"twice\"", "\"twice\""},
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
      {"A and segment 'x'", 6, "\"segment\" is not supported", kDetail, "interactions"},
      {"Measure 'x' > 3", 0, "\"Measure\" is not supported", kDetail, "interactions"},
      {"A via purchaser", 2, "\"via\" is not supported", kDetail, "Leave it out"},
      {"A this month", 2, "\"this\" is not supported", kDetail, "within last"},
      {"A previous week", 2, "\"previous\" is not supported", kDetail, "within last"},
      {"A having sum(x) > 3", 9, "\"having sum\" is not supported", kDetail, "having count"},
      {"A having count(distinct x) > 3", 9, "\"having count (\" is not supported", kDetail, "having count"},
      {"A having count in (1, 2)", 15, "\"having count in\" is not supported", kDetail, "between"},
      {"A where x matches 'y'", 10, "\"matches\" is not supported", kDetail, "contains"},
      {"A where x not matches 'y'", 14, "\"matches\" is not supported", kDetail, "contains"},
      {"A where x like 'y%'", 10, "\"like\" is not supported", kDetail, "begins with"},
      {"{\"and\": []}", 0, "\"JSON\" is not supported", kDetail, "text"},
      {"Country = 'DE'", 8, "syntax error at or near \"=\"", "attributes are not supported", "parentheses"},
  };
  expect_failures(kFailures, ErrorCode::kSyntax);
}

TEST(Parser, counts_that_make_no_sense_are_refused) {
  static constexpr Failure kSenseless[] = {
      {"A at least 0", 11, "\"at least 0\" matches every profile", "", "at least 1"},
      {"A having count >= 0", 18, "\"at least 0\" matches every profile", "", "at least 1"},
      {"A having count < 0", 17, "\"count < 0\" matches no profile", "", "never"},
      {"A between 5 and 2 times", 2, "\"between 5 and 2\" matches no profile", "", "between 2 and 5 times"},
      {"A having count between 5 and 2", 2, "\"between 5 and 2\" matches no profile", "", "between 2 and 5 times"},
  };
  expect_failures(kSenseless, ErrorCode::kSyntax);
  static constexpr Failure kTooLarge[] = {
      {"A at least 1000000001", 11, "number \"1000000001\" is out of range", "1000000000", "smaller"},
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

std::string repeated(std::string_view text, size_t count) {
  std::string result;
  for (size_t i = 0; i < count; ++i) result += text;
  return result;
}

std::string nested(size_t depth) { return repeated("(", depth) + "A" + repeated(")", depth); }

TEST(Parser, parentheses_nest_to_the_limit) {
  EXPECT_EQ(print_definition(parse(nested(kMaxDefinitionDepth))), "A");
  const Error error = error_of(nested(kMaxDefinitionDepth + 1));
  EXPECT_EQ(error.code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(error.position(), kMaxDefinitionDepth);
  const size_t half = kMaxDefinitionDepth / 2;
  const auto mixed = [&](size_t outer, size_t inner) {
    return repeated("(", outer) + "A where " + repeated("(", inner) + "x = 1" + repeated(")", inner + outer);
  };
  EXPECT_EQ(print_definition(parse(mixed(half, half))), "A where x = 1");
  EXPECT_EQ(error_of(mixed(half, half + 1)).code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(error_of(repeated("(", kMaxDefinitionBytes)).code(), ErrorCode::kLimitExceeded);
}

TEST(Parser, deepest_tree_survives_printing_and_parsing) {
  std::string text = "A";
  for (size_t i = 0; i < kMaxDefinitionDepth; ++i) text = "not (A or B and " + text + ")";
  const Definition definition = parse(text);
  EXPECT_TRUE(parse(print_definition(definition)) == definition);
}

TEST(Parser, many_nots_need_no_depth) {
  EXPECT_EQ(print_definition(parse(repeated("not ", 100'001) + "A")), "not A");
  EXPECT_EQ(print_definition(parse("A where " + repeated("not ", 100'000) + "x = 1")), "A where x = 1");
}

TEST(Parser, conditions_are_limited) {
  const std::string most = "A" + repeated(" or A", kMaxDefinitionConditions - 1);
  EXPECT_EQ(parse(most).root->children.size(), kMaxDefinitionConditions);
  const Error error = error_of(most + " or all");
  EXPECT_EQ(error.code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(error.position(), most.size() + 4);
}

TEST(Parser, text_whose_canonical_form_is_too_long_is_refused) {
  const std::string text = "A where x in(1" + repeated(",1", kMaxDefinitionBytes / 2 - 10) + ")";
  ASSERT_LT(text.size(), kMaxDefinitionBytes);
  EXPECT_EQ(error_of(text).code(), ErrorCode::kLimitExceeded);
}

TEST(Parser, interrupt_unwinds) {
  struct Cancelled final : Interrupt {
    void poll() override { throw 1; }
  } cancelled;
  EXPECT_THROW(parse_definition("A where x in (1" + repeated(",1", 2000) + ")", cancelled), int);
}

}  // namespace
}  // namespace segments
