#include "core/text/lexer.h"

#include "core/error.h"
#include "core/text/characters.h"
#include "core/text/keywords.h"

namespace segments {
namespace {

constexpr uint32_t kTokensBetweenPolls = 1024;

// 0x1F, 0o17, 0b101 and 1_000 as decimal digits; empty if it is none of these, or too large to say.
std::string as_decimal(std::string_view number, std::string_view word) {
  const std::string sign = number[0] == '-' ? "-" : "";
  if (number[0] == '-' || number[0] == '+') number.remove_prefix(1);
  const char base = static_cast<char>(word[0] | 0x20);
  const unsigned radix = base == 'x' ? 16 : base == 'o' ? 8 : base == 'b' ? 2 : 10;
  if (radix != 10 && (number != "0" || word.size() == 1)) return "";
  const std::string written = std::string(radix == 10 ? number : "") + std::string(word.substr(radix == 10 ? 0 : 1));
  uint64_t value = 0;
  for (const char c : written) {
    if (c == '_') continue;
    const char letter = static_cast<char>(c | 0x20);
    const unsigned digit = is_digit(c) ? static_cast<unsigned>(c - '0') : static_cast<unsigned>(letter - 'a') + 10;
    if (digit >= radix || value > (UINT64_MAX >> 5)) return "";
    value = value * radix + digit;
  }
  return sign + std::to_string(value);
}

// The word that letters behind a number stand for; empty: they stand for none, or for one of several.
std::string_view word_of_letters(std::string_view letters) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"d", "days"},       {"h", "hours"},   {"hr", "hours"},    {"hrs", "hours"},  {"min", "minutes"},
      {"mins", "minutes"}, {"s", "seconds"}, {"sec", "seconds"}, {"w", "weeks"},    {"wk", "weeks"},
      {"mo", "months"},    {"y", "years"},   {"yr", "years"},    {"q", "quarters"}, {"x", "times"}};
  for (const auto& [short_word, word] : kWords) {
    if (equals_ignoring_case(letters, short_word)) return word;
  }
  return {};
}

// 6am, 12pm → 06:00, 12:00; empty if it is no such time of day.
std::string as_time_of_day(std::string_view number, std::string_view word) {
  const bool morning = word == "am" || word == "AM";
  if (!morning && word != "pm" && word != "PM") return "";
  if (number.empty() || number.size() > 2 || number.find_first_not_of("0123456789") != std::string_view::npos) return "";
  int hour = 0;
  for (const char digit : number) hour = hour * 10 + (digit - '0');
  if (hour < 1 || hour > 12) return "";
  hour = hour % 12 + (morning ? 0 : 12);
  return (hour < 10 ? "0" : "") + std::to_string(hour) + ":00";
}

// What to do about `rest`, which follows `number` directly.
std::string number_hint(std::string_view number, std::string_view rest) {
  if (rest[0] == '.') return "Numbers have one decimal point and no separators; texts and times stand in single quotes.";
  size_t length = 0;
  while (const size_t more = name_character_length(rest.substr(length), false)) length += more;
  const std::string decimal = as_decimal(number, rest.substr(0, length));
  if (!decimal.empty()) return "Write " + decimal + ": numbers are written in decimal digits.";
  const bool thousands = (rest[0] == 'k' || rest[0] == 'K') && length == 1;
  if (thousands && number.find('.') == std::string_view::npos) return "Write " + excerpt(number) + "000.";
  const std::string time = as_time_of_day(number, rest.substr(0, length));
  if (!time.empty()) return "Write a time of day within the quotes of its day: since 'today " + time + "'.";
  const std::string digits = excerpt(number);
  if (const std::string_view word = word_of_letters(rest.substr(0, length)); !word.empty()) {
    return "Write \"" + digits + " " + std::string(word) + "\".";
  }
  const std::string word = excerpt(rest.substr(0, length));
  return "Write \"" + digits + " " + word + "\" for a number and a word, '" + digits + word + "' for a text.";
}

void check_characters(std::string_view text, std::string_view subject) {
  for (size_t at = 0; at < text.size();) {
    const auto position = static_cast<uint32_t>(at);
    if (text[at] == '\0') {
      throw Error(ErrorCode::kSyntax, std::string(subject) + " contains a null byte", "", "Remove the byte.", position);
    }
    const Character character = decode_character(text.substr(at));
    if (character.length == 0) {
      throw Error(ErrorCode::kSyntax, std::string(subject) + " is not valid UTF-8", "", "Check the encoding of the text.",
                  position);
    }
    at += character.length;
  }
}

}  // namespace

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

std::string in_quotes(std::string_view text, char quote) {
  std::string result(1, quote);
  for (const char c : text) {
    if (c == quote) result += quote;
    result += c;
  }
  return result += quote;
}

Lexer::Lexer(std::string_view text, Interrupt& interrupt, std::string_view subject, NumberEnd numbers)
    : text_(text), numbers_(numbers), tokens_until_poll_(kTokensBetweenPolls), interrupt_(&interrupt) {
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
    interrupt_->poll();
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
  if (c == '=' || c == '<' || c == '>' || c == '(' || c == ')' || c == ',' || c == ':' || c == '.' || c == '%' || c == '+' ||
      c == '-' || c == '*' || c == '/') {
    return take(TokenKind::kSymbol, 1);
  }
  return take(TokenKind::kUnknown, unknown_length());
}

void Lexer::skip_blanks() {
  while (at_ < text_.size()) {
    const std::string_view two = text_.substr(at_, 2);
    if (const size_t blank = blank_length(text_.substr(at_))) {
      at_ += blank;
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

// A character that starts nothing.  After a foreign quote, what stands between it and the next quote belongs to it.
size_t Lexer::unknown_length() const {
  const Character opening = decode_character(text_.substr(at_));
  if (!is_foreign_quote(opening.code)) return opening.length;
  for (size_t end = at_ + opening.length; end < text_.size() && text_[end] != '\n';) {
    const Character character = decode_character(text_.substr(end));
    end += character.length;
    if (is_foreign_quote(character.code) || character.code == '\'' || character.code == '"') return end - at_;
  }
  return opening.length;
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
  const std::string_view rest = text_.substr(end);
  const bool letters_follow = name_character_length(rest, true) != 0;
  if (!rest.empty() && (rest[0] == '.' || (letters_follow && numbers_ == NumberEnd::kSeparated))) {
    throw Error(ErrorCode::kSyntax, "trailing characters after number", "", number_hint(text_.substr(at_, end - at_), rest),
                static_cast<uint32_t>(at_));
  }
  return take(TokenKind::kNumber, end - at_);
}

}  // namespace segments
