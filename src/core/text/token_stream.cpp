#include "core/text/token_stream.h"

#include <algorithm>
#include <charconv>

#include "core/text/keywords.h"

namespace segments {
namespace {

constexpr size_t kExcerptBytes = 64;

// The beginning of a token, cut between characters.
std::string excerpt(std::string_view text) {
  if (text.size() <= kExcerptBytes) return std::string(text);
  size_t length = kExcerptBytes;
  while ((static_cast<uint8_t>(text[length]) & 0xC0) == 0x80) --length;
  return std::string(text.substr(0, length)) + "…";
}

bool is_typed_prefix(const Token& token) {
  return token.kind == TokenKind::kWord &&
         (equals_ignoring_case(token.text, "timestamp") || equals_ignoring_case(token.text, "timestamptz") ||
          equals_ignoring_case(token.text, "date"));
}

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

}  // namespace

Token TokenStream::take() {
  const Token taken = current_;
  current_ = lexer_.next();
  return taken;
}

bool TokenStream::at_word(std::string_view keyword) const {
  return current_.kind == TokenKind::kWord && equals_ignoring_case(current_.text, keyword);
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
  if (!quoted && (current_.kind != TokenKind::kWord || is_reserved_word(current_.text))) {
    fail_expecting(keywords, {what});
  }
  const Token token = take();
  return {quoted ? unquote(token.text) : std::string(token.text), quoted, token.position};
}

Literal TokenStream::take_literal() {
  const uint32_t position = current_.position;
  if (current_.kind == TokenKind::kNumber) return {LiteralKind::kNumber, std::string(take().text), position};
  for (const std::string_view boolean : {"true", "false"}) {
    if (accept_word(boolean)) return {LiteralKind::kBoolean, std::string(boolean), position};
  }
  if (at_word("null")) fail_because("Nothing equals null.", "Use \"is null\" or \"is not null\".");
  return take_text_literal("a text in single quotes, a number, true or false");
}

Literal TokenStream::take_text_literal(std::string_view what) {
  const uint32_t position = current_.position;
  if (is_typed_prefix(current_)) {
    take();
    what = "a text in single quotes";
  }
  if (current_.kind == TokenKind::kText) return {LiteralKind::kText, unquote(take().text), position};
  if (current_.kind == TokenKind::kWord || current_.kind == TokenKind::kQuotedName) {
    fail_because("Expected " + std::string(what) + ".", "Put text in single quotes.");
  }
  fail_expecting({}, {what});
}

int64_t TokenStream::take_count(int64_t largest) {
  const std::string_view digits = current_.text;
  const bool whole = current_.kind == TokenKind::kNumber &&
                     std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!whole) fail_expecting({}, {"a whole number"});
  int64_t count = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (status != std::errc() || count > largest) {
    throw Error(ErrorCode::kOutOfRange, "number \"" + excerpt(digits) + "\" is out of range",
                "Numbers here are at most " + std::to_string(largest) + ".", "Use a smaller number.", position());
  }
  take();
  return count;
}

void TokenStream::enter() {
  if (depth_ == kMaxDefinitionDepth) {
    throw Error(ErrorCode::kLimitExceeded, "definition is nested too deep",
                "Parentheses nest at most " + std::to_string(kMaxDefinitionDepth) + " deep.",
                "Remove parentheses that are not needed, or split the definition.", position());
  }
  expect_symbol("(");
  ++depth_;
}

void TokenStream::leave() {
  expect_symbol(")");
  --depth_;
}

void TokenStream::fail_expecting(const std::vector<std::string_view>& keywords,
                                 const std::vector<std::string_view>& things) const {
  const bool name_expected = std::any_of(
      things.begin(), things.end(), [](std::string_view thing) { return thing.ends_with("name") || thing.ends_with("type"); });
  throw Error(ErrorCode::kSyntax, message(), "Expected " + list(keywords, things) + ".", hint(keywords, name_expected),
              position());
}

void TokenStream::fail_because(std::string detail, std::string hint) const {
  throw Error(ErrorCode::kSyntax, message(), std::move(detail), std::move(hint), position());
}

std::string TokenStream::message() const {
  if (current_.kind == TokenKind::kEnd) return "syntax error at end of " + std::string(subject_);
  return "syntax error at or near \"" + excerpt(current_.text) + "\"";
}

std::string TokenStream::hint(const std::vector<std::string_view>& keywords, bool name_expected) const {
  if (current_.kind == TokenKind::kWord) {
    const std::string_view nearest = nearest_keyword(current_.text, keywords);
    if (!nearest.empty()) return "Perhaps you meant \"" + std::string(nearest) + "\".";
    if (name_expected && is_reserved_word(current_.text)) {
      return "\"" + std::string(current_.text) + "\" is a keyword: put it in double quotes where it is a name.";
    }
  }
  if (current_.text == "‘" || current_.text == "’" || current_.text == "“" || current_.text == "”") {
    return "Use straight quotes: 'text', \"name\".";
  }
  if (current_.text == ";") return "A " + std::string(subject_) + " ends without a semicolon.";
  return {};
}

void fail_unsupported(std::string_view what, uint32_t position, std::string hint) {
  throw Error(ErrorCode::kSyntax, "\"" + std::string(what) + "\" is not supported",
              "The definition language of this version does not have it.", std::move(hint), position);
}

}  // namespace segments
