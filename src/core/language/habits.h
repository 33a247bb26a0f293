// What people write out of habit where a condition is complete: errors that say how it is written here.
#pragma once
#include <span>

#include "core/text/token_stream.h"

namespace segments {

// Throws Error{kSyntax} if the current token begins something that is known to be written another way.
void check_habits(const TokenStream& stream);

// Throws Error{kSyntax} if the current token, where a condition begins, begins something else.
void check_beginning_habits(const TokenStream& stream);

// Throws Error{kSyntax} if the current token seems to be the second word of `name`, which was read before it; `keywords` could
// stand here.
void check_several_words(const Name& name, const TokenStream& stream, std::span<const std::string_view> keywords);

// Throws Error{kSyntax} if the current token is an operator of other languages or of speech; `negated`: "not" stands before it.
void check_foreign_operator(const TokenStream& stream, bool negated);

}  // namespace segments
