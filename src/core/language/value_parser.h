// Values and their comparisons, from text.  Errors: see parser.h.
#pragma once
#include <memory>

#include "core/language/value.h"
#include "core/text/token_stream.h"

namespace segments {

// Whether a value starts here that is in no parentheses: count(…), sum(…), coalesce(…), or a number before an operator.
bool at_value(const TokenStream& stream);

std::unique_ptr<ValueNode> parse_value(TokenStream& stream);
// The value that begins with a value in parentheses, from behind these on.
std::unique_ptr<ValueNode> parse_value_after(std::unique_ptr<ValueNode> parenthesized, TokenStream& stream);

// From the operator on.  Throws Error{kSyntax} where nothing of profiles is compared.
std::unique_ptr<Comparison> parse_comparison_of(std::unique_ptr<ValueNode> value, TokenStream& stream);

}  // namespace segments
