// Text of the definition language → tokens.  Schedules are made of the same tokens.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/interrupt.h"

namespace segments {

// Limits on a text; exceeding one throws Error{kLimitExceeded}.
inline constexpr size_t kMaxDefinitionBytes = size_t{1} << 20;
inline constexpr uint32_t kMaxDefinitionDepth = 256;  // of parentheses

enum class TokenKind : uint8_t {
  kWord,        // a keyword or a name without quotes
  kQuotedName,  // "a name", with "" for a double quote
  kText,        // 'a text', with '' for a quote
  kNumber,      // with its sign
  kSymbol,      // = <> != < <= > >= ( ) , : . % + - * /
  kUnknown,     // a character that starts nothing; or what stands between two quotes that are none of ours, with them
  kEnd,
};

// `text` is the token as written: a view into the definition.
struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;
  uint32_t position = 0;
};

// Whether letters may follow a number directly (6am): then they are a word of its own.
enum class NumberEnd : uint8_t { kSeparated, kAnywhere };

// A copy goes on by itself from where the original is.
class Lexer {
 public:
  // `text` outlives the lexer.  Throws Error{kLimitExceeded} if it is too long, Error{kSyntax} if it is not valid UTF-8
  // or holds a NUL.  `subject` is what errors call the text.
  Lexer(std::string_view text, Interrupt& interrupt, std::string_view subject = "definition",
        NumberEnd numbers = NumberEnd::kSeparated);

  // The next token; at the end of the text, kEnd again and again.
  // Throws Error{kSyntax} for text, names and comments without an end, empty names, and letters right after a number.
  Token next();

 private:
  void skip_blanks();
  void skip_block_comment();
  Token take(TokenKind kind, size_t length);
  Token take_quoted(TokenKind kind, char quote);
  Token take_number();
  bool number_starts_here() const;
  size_t unknown_length() const;

  std::string_view text_;
  size_t at_ = 0;
  NumberEnd numbers_;
  uint32_t tokens_until_poll_;
  Interrupt* interrupt_;
};

// What a kText or kQuotedName token says: without its quotes, doubled quotes made single.
std::string unquote(std::string_view token);
// Its inverse.
std::string in_quotes(std::string_view text, char quote = '"');

}  // namespace segments
