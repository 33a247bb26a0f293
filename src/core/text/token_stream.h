// The tokens of a definition with some lookahead, and the errors that name what was expected instead.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/text/lexer.h"
#include "core/text/literal.h"

namespace segments {

class TokenStream {
 public:
  // `subject` is what errors call the text; it outlives the stream, as `text` does.
  TokenStream(std::string_view text, Interrupt& interrupt, std::string_view subject = "definition",
              NumberEnd numbers = NumberEnd::kSeparated)
      : text_(text), subject_(subject), lexer_(text, interrupt, subject, numbers), current_(lexer_.next()) {}

  const Token& current() const { return current_; }
  uint32_t position() const { return current_.position; }
  Token take();
  // The token `ahead` places after the current one.  Throws what reading it would throw.
  Token peek(size_t ahead = 1) const;
  // Whether the current token follows the one that was taken last without a blank.
  bool adjacent() const { return current_.position == end_of_taken_; }

  // Keywords in lower case.
  bool at_word(std::string_view keyword) const { return is_word(current_, keyword); }
  static bool is_word(const Token& token, std::string_view keyword);
  // One in double quotes, or a word that is not reserved.
  static bool is_name(const Token& token);
  bool at_symbol(std::string_view symbol) const;
  bool accept_word(std::string_view keyword);
  bool accept_symbol(std::string_view symbol);
  void expect_word(std::string_view keyword);
  void expect_symbol(std::string_view symbol);

  // A type or field name; `what` says which ("a field name").  `keywords` could stand here instead.
  Name take_name(std::string_view what, const std::vector<std::string_view>& keywords);
  // After a dot, where every word is a name.
  Name take_member_name();
  // A number, true or false, or a text, which may have timestamp, timestamptz or date in front.
  Literal take_literal();
  // A text that may have timestamp, timestamptz or date in front.
  Literal take_time();
  // A text as it is.
  Literal take_text();
  // A whole number from 0 to `largest`.  Throws Error{kOutOfRange} past it.
  int64_t take_count(int64_t largest);

  // Opens a parenthesis; its end is leave().  Throws Error{kLimitExceeded} when nested too deep.
  void enter();
  void leave();
  bool nested() const { return !open_.empty(); }

  // Throws the syntax error at the current token.  `keywords` are listed in quotes, then `things` as they are.
  [[noreturn]] void fail_expecting(const std::vector<std::string_view>& keywords,
                                   const std::vector<std::string_view>& things = {}) const;
  // Throws the syntax error at a text, where a name has to stand.
  void check_is_no_text() const;
  // Throws it for a construct that is wrong for another reason.
  [[noreturn]] void fail_because(std::string detail, std::string hint) const;

 private:
  Literal take_text_of(std::string_view what, LiteralType type, uint32_t position);
  LiteralType accept_type();
  std::string message() const;
  std::string hint(const std::vector<std::string_view>& keywords, const std::vector<std::string_view>& things) const;
  std::string word_hint(const std::vector<std::string_view>& keywords, bool name_expected) const;
  std::string symbol_hint(bool name_expected) const;

  std::string_view text_;
  std::string_view subject_;
  Lexer lexer_;
  Token current_;
  size_t end_of_taken_ = 0;
  std::vector<uint32_t> open_;  // where the open parentheses are
};

// A construct that the language will have, or that a reader of SQL may expect: `what` is its beginning.
[[noreturn]] void fail_unsupported(std::string_view what, uint32_t position, std::string hint);

}  // namespace segments
