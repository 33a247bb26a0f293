#include "core/text/lexer.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/error.h"
#include "core/language/definition.h"

namespace segments {
namespace {

std::vector<Token> tokens_of(std::string_view text) {
  NeverInterrupt interrupt;
  Lexer lexer(text, interrupt);
  std::vector<Token> tokens;
  do {
    tokens.push_back(lexer.next());
  } while (tokens.back().kind != TokenKind::kEnd);
  tokens.pop_back();
  return tokens;
}

std::vector<std::string> texts_of(std::string_view text) {
  std::vector<std::string> texts;
  for (const Token& token : tokens_of(text)) texts.emplace_back(token.text);
  return texts;
}

Error error_of(std::string_view text) {
  try {
    tokens_of(text);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error: " << text;
  return Error(ErrorCode::kInternal, "");
}

using Texts = std::vector<std::string>;

TEST(Lexer, splits_words_symbols_and_literals) {
  EXPECT_EQ(texts_of("A where(b<=-1.5e+3)and c!='x''y'"),
            (Texts{"A", "where", "(", "b", "<=", "-1.5e+3", ")", "and", "c", "!=", "'x''y'"}));
  EXPECT_EQ(texts_of("a$1 _b \"c \"\"d\" .5 5. +1 1e6"), (Texts{"a$1", "_b", "\"c \"\"d\"", ".5", "5.", "+1", "1e6"}));
}

TEST(Lexer, positions_are_byte_offsets) {
  const std::vector<Token> tokens = tokens_of("  'ä' = \n x");
  ASSERT_EQ(tokens.size(), 3u);
  EXPECT_EQ(tokens[0].position, 2u);
  EXPECT_EQ(tokens[1].position, 7u);
  EXPECT_EQ(tokens[2].position, 11u);
}

TEST(Lexer, comments_are_blanks) { EXPECT_EQ(texts_of("a -- b\nc /* d /* e */ f */ g/**/h--"), (Texts{"a", "c", "g", "h"})); }

TEST(Lexer, comment_without_end_is_reported_where_it_starts) {
  EXPECT_EQ(error_of("a /* /* */").position(), 2u);
  EXPECT_EQ(error_of("a /*/").position(), 2u);
}

TEST(Lexer, text_and_name_without_end_are_reported_where_they_start) {
  EXPECT_STREQ(error_of("a = 'x''").what(), "unterminated text");
  EXPECT_EQ(error_of("a = 'x''").position(), 4u);
  EXPECT_STREQ(error_of("a \"b").what(), "unterminated quoted name");
  EXPECT_EQ(error_of("a \"b").position(), 2u);
}

TEST(Lexer, empty_name_is_an_error_and_empty_text_is_not) {
  EXPECT_STREQ(error_of("\"\"").what(), "quoted name is empty");
  EXPECT_EQ(texts_of("''"), Texts{"''"});
}

TEST(Lexer, letters_after_a_number_are_an_error) {
  EXPECT_STREQ(error_of("within last 30days").what(), "trailing characters after number");
  EXPECT_EQ(error_of("within last 30days").position(), 12u);
  EXPECT_STREQ(error_of("1e").what(), "trailing characters after number");
  for (const auto& [written, decimal] :
       {std::pair("0x1F", "31"), {"-0X1f", "-31"}, {"0o17", "15"}, {"0b101", "5"}, {"1_000", "1000"}, {"0xFF_FF", "65535"}}) {
    EXPECT_EQ(error_of(written).hint(), "Write " + std::string(decimal) + ": numbers are written in decimal digits.");
  }
  EXPECT_EQ(error_of("0xffffffffffffffffff").hint(),
            "Write \"0 xffffffffffffffffff\" for a number and a word, '0xffffffffffffffffff' for a text.");
  EXPECT_STREQ(error_of("1.2.3").what(), "trailing characters after number");
}

TEST(Lexer, names_hold_foreign_letters_but_no_foreign_punctuation) {
  EXPECT_EQ(texts_of("Größe 名前 имя"), (Texts{"Größe", "名前", "имя"}));
  EXPECT_EQ(tokens_of("‘x’").front().kind, TokenKind::kUnknown);
  EXPECT_EQ(texts_of("a＝b（c"), (Texts{"a", "＝", "b", "（", "c"}));
}

TEST(Lexer, spaces_of_unicode_are_blanks) {
  for (const std::string space :
       {"\u0085", "\u00A0", "\u1680", "\u2003", "\u2009", "\u200B", "\u2028", "\u202F", "\u205F", "\u2060", "\u3000", "\uFEFF"}) {
    EXPECT_EQ(texts_of(space + "a" + space + space + "b" + space), (Texts{"a", "b"})) << space;
    EXPECT_EQ(texts_of("'" + space + "'"), Texts{"'" + space + "'"});
  }
}

TEST(Lexer, what_stands_between_foreign_quotes_is_one_token) {
  EXPECT_EQ(texts_of("a = ‘x y’ b"), (Texts{"a", "=", "‘x y’", "b"}));
  EXPECT_EQ(texts_of("„x“ «y» `z` ’t'"), (Texts{"„x“", "«y»", "`z`", "’t'"}));
  EXPECT_EQ(texts_of("‘x\ny’"), (Texts{"‘", "x", "y", "’"}));
  EXPECT_EQ(tokens_of("“x”").front().kind, TokenKind::kUnknown);
}

TEST(Lexer, a_copy_goes_on_by_itself) {
  NeverInterrupt interrupt;
  Lexer lexer("a b c", interrupt);
  lexer.next();
  Lexer copy = lexer;
  EXPECT_EQ(copy.next().text, "b");
  EXPECT_EQ(copy.next().text, "c");
  EXPECT_EQ(lexer.next().text, "b");
}

TEST(Lexer, numbers_may_end_at_letters) {
  NeverInterrupt interrupt;
  Lexer lexer("6am", interrupt, "schedule", NumberEnd::kAnywhere);
  EXPECT_EQ(lexer.next().text, "6");
  EXPECT_EQ(lexer.next().text, "am");
}

TEST(Lexer, invalid_utf8_is_reported_where_it_stands) {
  for (const std::string_view bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                     "\xF8\x88\x80\x80\x80", "\xC3", "\xE2\x82", "\xFF"}) {
    const std::string text = "a = 'ä" + std::string(bad);
    const Error error = error_of(text);
    EXPECT_EQ(error.code(), ErrorCode::kSyntax);
    EXPECT_EQ(error.position(), 7u) << text;
    EXPECT_STREQ(error.what(), "definition is not valid UTF-8");
  }
  EXPECT_EQ(texts_of("'\U0010FFFF\uFFFF\uD7FF'").size(), 1u);
}

TEST(Lexer, null_byte_is_reported_where_it_stands) {
  const Error error = error_of(std::string_view("a 'b\0c'", 7));
  EXPECT_EQ(error.position(), 4u);
  EXPECT_STREQ(error.what(), "definition contains a null byte");
}

TEST(Lexer, longest_text_is_accepted_and_one_byte_more_is_not) {
  EXPECT_TRUE(tokens_of(std::string(kMaxDefinitionBytes, ' ')).empty());
  EXPECT_EQ(error_of(std::string(kMaxDefinitionBytes + 1, ' ')).code(), ErrorCode::kLimitExceeded);
}

TEST(Lexer, polls_the_interrupt) {
  struct Counter final : Interrupt {
    void poll() override { ++polls; }
    int polls = 0;
  } counter;
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "a ";
  Lexer lexer(text, counter);
  while (lexer.next().kind != TokenKind::kEnd) {
  }
  EXPECT_EQ(counter.polls, 4);
}

TEST(Unquote, doubled_quotes_become_single) {
  EXPECT_EQ(unquote("'it''s'''"), "it's'");
  EXPECT_EQ(unquote("\"a \"\" b\""), "a \" b");
  EXPECT_EQ(unquote("''"), "");
}

}  // namespace
}  // namespace segments
