// The tokens of a definition with one token of lookahead, and the errors that name what was expected instead.
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
  TokenStream(std::string_view text, Interrupt& interrupt, std::string_view subject = "definition")
      : subject_(subject), lexer_(text, interrupt, subject), current_(lexer_.next()) {}

  const Token& current() const { return current_; }
  uint32_t position() const { return current_.position; }
  Token take();

  // Keywords in lower case.
  bool at_word(std::string_view keyword) const;
  bool at_symbol(std::string_view symbol) const;
  bool accept_word(std::string_view keyword);
  bool accept_symbol(std::string_view symbol);
  void expect_word(std::string_view keyword);
  void expect_symbol(std::string_view symbol);

  // A type or field name; `what` says which ("a field name").  `keywords` could stand here instead.
  Name take_name(std::string_view what, const std::vector<std::string_view>& keywords);
  // A number, true or false, or a text, which may have timestamp, timestamptz or date in front.
  Literal take_literal();
  Literal take_text_literal(std::string_view what);
  // A whole number from 0 to `largest`.  Throws Error{kOutOfRange} past it.
  int64_t take_count(int64_t largest);

  // Opens a parenthesis; its end is leave().  Throws Error{kLimitExceeded} when nested too deep.
  void enter();
  void leave();
  bool nested() const { return depth_ > 0; }

  // Throws the syntax error at the current token.  `keywords` are listed in quotes, then `things` as they are.
  [[noreturn]] void fail_expecting(const std::vector<std::string_view>& keywords,
                                   const std::vector<std::string_view>& things = {}) const;
  // The same for a construct that is wrong for another reason.
  [[noreturn]] void fail_because(std::string detail, std::string hint) const;

 private:
  std::string message() const;
  std::string hint(const std::vector<std::string_view>& keywords, bool name_expected) const;

  std::string_view subject_;
  Lexer lexer_;
  Token current_;
  uint32_t depth_ = 0;
};

// A construct that the language will have, or that a reader of SQL may expect: `what` is its beginning.
[[noreturn]] void fail_unsupported(std::string_view what, uint32_t position, std::string hint);

}  // namespace segments
