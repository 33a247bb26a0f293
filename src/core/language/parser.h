// Text of the definition language → tree.  Grammar: src/core/language/README.md.
#pragma once
#include <string_view>

#include "core/interrupt.h"
#include "core/language/definition.h"

namespace segments {

// Whether errors are compared with idioms for their hints: whoever only wants to know whether a text parses saves that.
enum class Explained : bool { kNo, kYes };

// Throws Error{kSyntax} with position, what was expected and the nearest keyword where one is near;
// Error{kLimitExceeded} past the limits of definition.h; Error{kOutOfRange} for numbers that do not fit.
// `text` must be valid UTF-8 (checked: Error{kSyntax}).
Definition parse_definition(std::string_view text, Interrupt& interrupt, Explained explained = Explained::kYes);

// A field alone, as it stands in a definition.  Throws Error{kSyntax, kLimitExceeded}.
FieldPath parse_field(std::string_view text, Interrupt& interrupt);

}  // namespace segments
