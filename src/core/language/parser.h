// Text of the definition language → tree.  Grammar: src/core/language/README.md.
#pragma once
#include <string_view>

#include "core/interrupt.h"
#include "core/language/definition.h"

namespace segments {

// Throws Error{kSyntax} with position, what was expected and the nearest keyword where one is near;
// Error{kLimitExceeded} past the limits of definition.h; Error{kOutOfRange} for numbers that do not fit.
// `text` must be valid UTF-8 (checked: Error{kSyntax}).
Definition parse_definition(std::string_view text, Interrupt& interrupt);

}  // namespace segments
