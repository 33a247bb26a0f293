// What people write out of habit where a condition is complete: errors that say how it is written here.
#pragma once
#include "core/text/token_stream.h"

namespace segments {

// Throws Error{kSyntax} if the current token begins something that is known to be written another way.
void check_habits(const TokenStream& stream);

}  // namespace segments
