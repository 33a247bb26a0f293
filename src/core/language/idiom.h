// Phrases of SQL, of other tools and of speech: what they are written as here, for the hint of a syntax error.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/interrupt.h"

namespace segments {

// `pattern`: elements with a blank between them, each for a token.  a|b is one of several, [a] may be missing.  In lower case
// they are the token itself, in capitals kinds of tokens: see kKinds.  ^ is no token: a condition begins there.
// `hint`: $n is the token of the n-th element, after $ with
//   '  as a text in single quotes      "  as a name in double quotes     .  without its quotes       %  without % too, in quotes
//   +  the number after it             -  the number before it           ~  without its sign         s  without an s at its end
// and {…} what is to stand in the place of all the tokens.
struct Idiom {
  std::string_view pattern;
  std::string_view hint;
  bool weak = false;  // for errors without a hint of their own
};

// The first that fits a text is told.
std::span<const Idiom> idioms();

struct IdiomMatch {
  const Idiom* idiom = nullptr;
  std::string hint;
  std::string replacement;  // of the bytes from start to end; empty: the hint has none
  size_t start = 0;
  size_t end = 0;
};

// The idiom that the token at `position`, where parsing failed, is part of.
std::optional<IdiomMatch> find_idiom(std::string_view text, uint32_t position, bool has_hint, Interrupt& interrupt);

// What a word was probably meant to say that names no type, or no field, but stands where one could be; empty: nothing is known.
std::string_view hint_of_type_word(std::string_view word);
std::string_view hint_of_field_word(std::string_view word);

}  // namespace segments
