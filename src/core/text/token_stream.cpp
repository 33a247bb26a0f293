#include "core/text/token_stream.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/text/characters.h"
#include "core/text/keywords.h"
#include "core/text/number_separators.h"

namespace segments {
namespace {

constexpr std::string_view kTextInQuotes = "a text in single quotes";
constexpr std::string_view kTimeInQuotes = "a time in single quotes";
constexpr std::string_view kWholeNumber = "a whole number";
constexpr size_t kPlaceBytes = 24;  // enough of a text to find a place in it
constexpr std::array<std::string_view, 13> kNumberWords = {"zero",  "one",   "two",  "three", "four",   "five",  "six",
                                                           "seven", "eight", "nine", "ten",   "eleven", "twelve"};
constexpr std::array<std::string_view, 9> kTensWords = {"twenty",  "thirty", "forty",  "fifty",  "sixty",
                                                        "seventy", "eighty", "ninety", "hundred"};

std::string list(const std::vector<std::string_view>& keywords, const std::vector<std::string_view>& things) {
  std::vector<std::string> items;
  for (const std::string_view keyword : keywords) items.push_back("\"" + std::string(keyword) + "\"");
  items.insert(items.end(), things.begin(), things.end());
  std::string result;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) result += i + 1 == items.size() ? " or " : ", ";
    result += items[i];
  }
  return result;
}

bool contains(const std::vector<std::string_view>& things, std::string_view part) {
  return std::ranges::any_of(things, [&](std::string_view thing) { return thing.find(part) != std::string_view::npos; });
}

// The number that a word says in English; empty if it says none.
std::string number_of_word(std::string_view word) {
  if (equals_ignoring_case(word, "thrice")) return "3";
  for (size_t i = 0; i < kNumberWords.size(); ++i) {
    if (equals_ignoring_case(word, kNumberWords[i])) return std::to_string(i);
  }
  for (size_t i = 0; i < kTensWords.size(); ++i) {
    if (equals_ignoring_case(word, kTensWords[i])) return std::to_string(10 * (i + 2));
  }
  return {};
}

// What stands between two quotes that are none of ours; empty if the token is something else.
std::string_view between_foreign_quotes(const Token& token) {
  if (token.kind != TokenKind::kUnknown) return {};
  const Character opening = decode_character(token.text);
  if (!is_foreign_quote(opening.code) || token.text.size() <= opening.length) return {};
  size_t closing = token.text.size() - 1;
  while ((static_cast<uint8_t>(token.text[closing]) & 0xC0) == 0x80) --closing;
  return token.text.substr(opening.length, closing - opening.length);
}

}  // namespace

Token TokenStream::take() {
  const Token taken = current_;
  end_of_taken_ = taken.position + taken.text.size();
  current_ = lexer_.next();
  return taken;
}

Token TokenStream::peek(size_t ahead) const {
  Lexer lexer = lexer_;
  Token token = current_;
  for (size_t i = 0; i < ahead; ++i) token = lexer.next();
  return token;
}

bool TokenStream::is_word(const Token& token, std::string_view keyword) {
  return token.kind == TokenKind::kWord && equals_ignoring_case(token.text, keyword);
}

bool TokenStream::is_name(const Token& token) {
  return token.kind == TokenKind::kQuotedName || (token.kind == TokenKind::kWord && !is_reserved_word(token.text));
}

bool TokenStream::at_symbol(std::string_view symbol) const {
  return current_.kind == TokenKind::kSymbol && current_.text == symbol;
}

bool TokenStream::accept_word(std::string_view keyword) {
  if (!at_word(keyword)) return false;
  take();
  return true;
}

bool TokenStream::accept_symbol(std::string_view symbol) {
  if (!at_symbol(symbol)) return false;
  take();
  return true;
}

void TokenStream::expect_word(std::string_view keyword) {
  if (!accept_word(keyword)) fail_expecting({keyword});
}

void TokenStream::expect_symbol(std::string_view symbol) {
  if (!accept_symbol(symbol)) fail_expecting({symbol});
}

Name TokenStream::take_name(std::string_view what, const std::vector<std::string_view>& keywords) {
  const bool quoted = current_.kind == TokenKind::kQuotedName;
  if (!is_name(current_)) fail_expecting(keywords, {what});
  const Token token = take();
  return {quoted ? unquote(token.text) : std::string(token.text), quoted, token.position};
}

void TokenStream::check_is_no_text() const {
  if (current_.kind != TokenKind::kText) return;
  fail_because("Expected a name.", "Put names in double quotes: " + in_quotes(excerpt(unquote(current_.text))) + ".");
}

Name TokenStream::take_member_name() {
  const bool quoted = current_.kind == TokenKind::kQuotedName;
  check_is_no_text();
  if (!quoted && current_.kind != TokenKind::kWord) fail_expecting({}, {"a name"});
  const Token token = take();
  return {quoted ? unquote(token.text) : std::string(token.text), quoted, token.position};
}

LiteralType TokenStream::accept_type() {
  const LiteralType type = current_.kind == TokenKind::kWord ? type_of_word(current_.text) : LiteralType::kNone;
  if (type != LiteralType::kNone) take();
  return type;
}

Literal TokenStream::take_literal() {
  const uint32_t position = current_.position;
  if (current_.kind == TokenKind::kNumber) return {LiteralKind::kNumber, std::string(take().text), position, LiteralType::kNone};
  for (const std::string_view boolean : {"true", "false"}) {
    if (accept_word(boolean)) return {LiteralKind::kBoolean, std::string(boolean), position, LiteralType::kNone};
  }
  if (at_word("null")) fail_because("Nothing equals null.", "Use \"is null\" or \"is not null\".");
  const LiteralType type = accept_type();
  const bool typed = type != LiteralType::kNone;
  return take_text_of(typed ? kTextInQuotes : "a text in single quotes, a number, true or false", type, position);
}

Literal TokenStream::take_time() {
  const uint32_t position = current_.position;
  const LiteralType type = accept_type();
  return take_text_of(type != LiteralType::kNone ? kTextInQuotes : kTimeInQuotes, type, position);
}

Literal TokenStream::take_text() { return take_text_of(kTextInQuotes, LiteralType::kNone, current_.position); }

Literal TokenStream::take_text_of(std::string_view what, LiteralType type, uint32_t position) {
  if (current_.kind == TokenKind::kText) return {LiteralKind::kText, unquote(take().text), position, type};
  if (type != LiteralType::kNone && (at_word("with") || at_word("without"))) {
    fail_because("Expected a text in single quotes.", "Write timestamptz '…' with a time zone, timestamp '…' without one.");
  }
  const std::string expected = "Expected " + std::string(what) + ".";
  if (current_.kind == TokenKind::kWord) {
    fail_because(expected, "Put text in single quotes: " + in_quotes(excerpt(current_.text), '\'') + ".");
  }
  if (current_.kind == TokenKind::kQuotedName) {
    fail_because(expected, "Names stand in double quotes, text in single quotes: " +
                               in_quotes(excerpt(unquote(current_.text)), '\'') + ".");
  }
  if (current_.kind == TokenKind::kNumber) {
    size_t end = text_.find_first_not_of("0123456789+-:.TZ", current_.position);
    if (end == std::string_view::npos) end = text_.size();
    const std::string_view written = text_.substr(current_.position, end - current_.position);
    const bool is_year =
        what == kTimeInQuotes && written.size() == 4 && written.find_first_not_of("0123456789") == std::string_view::npos;
    if (is_year) fail_because(expected, "Write a day in single quotes: '" + std::string(written) + "-01-01'.");
    fail_because(expected, "Put it in single quotes: '" + excerpt(written) + "'.");
  }
  fail_expecting({}, {what});
}

int64_t TokenStream::take_count(int64_t largest) {
  const std::string_view digits = current_.text;
  const bool whole = current_.kind == TokenKind::kNumber && std::ranges::all_of(digits, is_digit);
  if (!whole) fail_expecting({}, {kWholeNumber});
  int64_t count = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (status != std::errc() || count > largest) {
    throw Error(ErrorCode::kOutOfRange, "number \"" + excerpt(digits) + "\" is out of range",
                "Numbers here are at most " + std::to_string(largest) + ".", "Use a smaller number.", position());
  }
  take();
  check_separators(*this, digits, true);
  return count;
}

void TokenStream::enter() {
  if (open_.size() == kMaxDefinitionDepth) {
    throw Error(ErrorCode::kLimitExceeded, "definition is nested too deep",
                "Parentheses nest at most " + std::to_string(kMaxDefinitionDepth) + " deep.",
                "Remove parentheses that are not needed, or split the definition.", position());
  }
  const uint32_t position = this->position();
  expect_symbol("(");
  open_.push_back(position);
}

void TokenStream::leave() {
  expect_symbol(")");
  open_.pop_back();
}

void TokenStream::fail_expecting(const std::vector<std::string_view>& keywords,
                                 const std::vector<std::string_view>& things) const {
  throw Error(ErrorCode::kSyntax, message(), "Expected " + list(keywords, things) + ".", hint(keywords, things), position());
}

void TokenStream::fail_because(std::string detail, std::string hint) const {
  throw Error(ErrorCode::kSyntax, message(), std::move(detail), std::move(hint), position());
}

std::string TokenStream::message() const {
  if (current_.kind == TokenKind::kEnd) return "syntax error at end of " + std::string(subject_);
  return "syntax error at or near \"" + excerpt(current_.text) + "\"";
}

std::string TokenStream::hint(const std::vector<std::string_view>& keywords, const std::vector<std::string_view>& things) const {
  const bool name_expected = contains(things, "name") || contains(things, "type");
  if (current_.kind == TokenKind::kWord) {
    const std::string number = contains(things, kWholeNumber) ? number_of_word(current_.text) : std::string();
    return number.empty() ? word_hint(keywords, name_expected) : "Write " + number + ".";
  }
  if (current_.kind == TokenKind::kEnd && nested() && contains(keywords, ")")) {
    return "Close the parenthesis that opens before \"" + excerpt(text_.substr(open_.back() + 1), kPlaceBytes) + "\".";
  }
  if (at_symbol(")") && !nested() && contains(things, "the end")) return "There is no open parenthesis: remove this one.";
  return symbol_hint(name_expected);
}

std::string TokenStream::word_hint(const std::vector<std::string_view>& keywords, bool name_expected) const {
  const std::string_view nearest = nearest_keyword(current_.text, keywords);
  if (!nearest.empty()) return "Perhaps you meant \"" + std::string(nearest) + "\".";
  if (name_expected && is_reserved_word(current_.text)) {
    return "\"" + std::string(current_.text) + "\" is a keyword: put it in double quotes where it is a name.";
  }
  return {};
}

std::string TokenStream::symbol_hint(bool name_expected) const {
  if (const std::string_view inside = between_foreign_quotes(current_); !inside.empty()) {
    return "Use straight quotes: " + in_quotes(excerpt(inside), name_expected ? '"' : '\'') + ".";
  }
  if (current_.kind == TokenKind::kUnknown && is_foreign_quote(decode_character(current_.text).code)) {
    return "Use straight quotes: 'text', \"name\".";
  }
  if (current_.text == ";") return "A " + std::string(subject_) + " ends without a semicolon.";
  if (const std::string_view meaning = meaning_of(current_.text); !meaning.empty()) {
    return "Write \"" + std::string(meaning) + "\".";
  }
  return {};
}

void fail_unsupported(std::string_view what, uint32_t position, std::string hint) {
  throw Error(ErrorCode::kSyntax, "\"" + std::string(what) + "\" is not supported",
              "The definition language of this version does not have it.", std::move(hint), position);
}

}  // namespace segments
