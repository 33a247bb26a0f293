#include "core/text/lexer.h"

#include "core/error.h"

namespace segments {
namespace {

constexpr uint32_t kTokensBetweenPolls = 1024;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
uint8_t byte_at(std::string_view text, size_t at) { return static_cast<uint8_t>(text[at]); }

struct Character {
  uint32_t code = 0;
  size_t length = 0;  // 0: not valid UTF-8
};

// The character at the start of `text`, which is not empty.
Character decode(std::string_view text) {
  const uint8_t lead = byte_at(text, 0);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  uint32_t code = lead & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte_at(text, i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte_at(text, i) & 0x3Fu);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return {};
  return {code, length};
}

// Everything beyond ASCII but blanks, controls, punctuation and signs, as far as blocks of Unicode tell.
bool is_foreign_letter(uint32_t code) {
  if (code < 0xC0) return code == 0xAA || code == 0xB5 || code == 0xBA;
  if (code == 0xD7 || code == 0xF7) return false;
  return !(code >= 0x2000 && code <= 0x206F) && !(code >= 0x2190 && code <= 0x2BFF) && !(code >= 0x3000 && code <= 0x3004) &&
         code != 0xFEFF && code < 0xF0000;
}

void check_characters(std::string_view text, std::string_view subject) {
  for (size_t at = 0; at < text.size();) {
    const auto position = static_cast<uint32_t>(at);
    if (text[at] == '\0') {
      throw Error(ErrorCode::kSyntax, std::string(subject) + " contains a null byte", "", "Remove the byte.", position);
    }
    const Character character = decode(text.substr(at));
    if (character.length == 0) {
      throw Error(ErrorCode::kSyntax, std::string(subject) + " is not valid UTF-8", "", "Check the encoding of the text.",
                  position);
    }
    at += character.length;
  }
}

}  // namespace

size_t name_character_length(std::string_view text, bool starting) {
  if (text.empty()) return 0;
  if (byte_at(text, 0) < 0x80) {
    return is_ascii_letter(text[0]) || (!starting && (is_digit(text[0]) || text[0] == '$')) ? 1 : 0;
  }
  const Character character = decode(text);
  return character.length != 0 && is_foreign_letter(character.code) ? character.length : 0;
}

std::string unquote(std::string_view token) {
  std::string result;
  result.reserve(token.size());
  const char quote = token.front();
  for (size_t at = 1; at + 1 < token.size(); ++at) {
    result += token[at];
    if (token[at] == quote) ++at;
  }
  return result;
}

std::string quoted(std::string_view text, char quote) {
  std::string result(1, quote);
  for (const char c : text) {
    if (c == quote) result += quote;
    result += c;
  }
  return result += quote;
}

Lexer::Lexer(std::string_view text, Interrupt& interrupt, std::string_view subject)
    : text_(text), tokens_until_poll_(kTokensBetweenPolls), interrupt_(interrupt) {
  if (text.size() > kMaxDefinitionBytes) {
    throw Error(
        ErrorCode::kLimitExceeded, std::string(subject) + " is too long",
        "It has " + std::to_string(text.size()) + " bytes; at most " + std::to_string(kMaxDefinitionBytes) + " are accepted.",
        "Split the " + std::string(subject) + ".");
  }
  check_characters(text, subject);
}

Token Lexer::next() {
  if (--tokens_until_poll_ == 0) {
    tokens_until_poll_ = kTokensBetweenPolls;
    interrupt_.poll();
  }
  skip_blanks();
  if (at_ == text_.size()) return take(TokenKind::kEnd, 0);
  const char c = text_[at_];
  if (c == '\'') return take_quoted(TokenKind::kText, c);
  if (c == '"') return take_quoted(TokenKind::kQuotedName, c);
  if (number_starts_here()) return take_number();
  if (name_character_length(text_.substr(at_), true) != 0) {
    size_t length = 0;
    while (const size_t more = name_character_length(text_.substr(at_ + length), length == 0)) length += more;
    return take(TokenKind::kWord, length);
  }
  const std::string_view two = text_.substr(at_, 2);
  if (two == "<>" || two == "!=" || two == "<=" || two == ">=") return take(TokenKind::kSymbol, 2);
  if (c == '=' || c == '<' || c == '>' || c == '(' || c == ')' || c == ',' || c == ':') {
    return take(TokenKind::kSymbol, 1);
  }
  return take(TokenKind::kUnknown, decode(text_.substr(at_)).length);
}

void Lexer::skip_blanks() {
  while (at_ < text_.size()) {
    const std::string_view two = text_.substr(at_, 2);
    if (is_blank(text_[at_])) {
      ++at_;
    } else if (two == "--") {
      while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
    } else if (two == "/*") {
      skip_block_comment();
    } else {
      return;
    }
  }
}

void Lexer::skip_block_comment() {
  const size_t start = at_;
  size_t depth = 0;
  do {
    const std::string_view two = text_.substr(at_, 2);
    if (two.size() < 2) {
      throw Error(ErrorCode::kSyntax, "unterminated comment", "", "End the comment with */.", static_cast<uint32_t>(start));
    }
    if (two == "/*") ++depth;
    if (two == "*/") --depth;
    at_ += two == "/*" || two == "*/" ? 2 : 1;
  } while (depth > 0);
}

Token Lexer::take(TokenKind kind, size_t length) {
  const Token token{kind, text_.substr(at_, length), static_cast<uint32_t>(at_)};
  at_ += length;
  return token;
}

Token Lexer::take_quoted(TokenKind kind, char quote) {
  const bool is_text = kind == TokenKind::kText;
  size_t end = text_.find(quote, at_ + 1);
  while (end < text_.size() - 1 && text_[end + 1] == quote) end = text_.find(quote, end + 2);
  if (end == std::string_view::npos) {
    throw Error(ErrorCode::kSyntax, is_text ? "unterminated text" : "unterminated quoted name", "",
                is_text ? "End the text with a single quote; a quote inside it is doubled."
                        : "End the name with a double quote; a double quote inside it is doubled.",
                static_cast<uint32_t>(at_));
  }
  if (!is_text && end == at_ + 1) {
    throw Error(ErrorCode::kSyntax, "quoted name is empty", "", "Text stands in single quotes.", static_cast<uint32_t>(at_));
  }
  return take(kind, end + 1 - at_);
}

bool Lexer::number_starts_here() const {
  size_t at = at_;
  if (text_[at] == '-' || text_[at] == '+') ++at;
  if (at < text_.size() && text_[at] == '.') ++at;
  return at < text_.size() && is_digit(text_[at]);
}

Token Lexer::take_number() {
  size_t end = at_;
  const auto skip_digits = [&] {
    while (end < text_.size() && is_digit(text_[end])) ++end;
  };
  if (text_[end] == '-' || text_[end] == '+') ++end;
  skip_digits();
  if (end < text_.size() && text_[end] == '.') ++end;
  skip_digits();
  if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
    size_t exponent = end + 1;
    if (exponent < text_.size() && (text_[exponent] == '-' || text_[exponent] == '+')) ++exponent;
    if (exponent < text_.size() && is_digit(text_[exponent])) {
      end = exponent;
      skip_digits();
    }
  }
  if (end < text_.size() && (text_[end] == '.' || name_character_length(text_.substr(end), false) != 0)) {
    throw Error(ErrorCode::kSyntax, "trailing characters after number", "",
                "Put a space after the number, or single quotes around the text.", static_cast<uint32_t>(at_));
  }
  return take(TokenKind::kNumber, end - at_);
}

}  // namespace segments
