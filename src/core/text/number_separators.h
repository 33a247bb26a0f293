// Numbers as people write them: with separators of thousands, or a decimal comma.
#pragma once
#include "core/text/token_stream.h"

namespace segments {

// Throws the syntax error at a comma that directly follows `number`, the token that was taken last, and has digits behind it; its
// hint is the number as it has to be written.  `is_count`: a whole number is wanted, so nothing else is made of the commas.
void check_separators(const TokenStream& stream, std::string_view number, bool is_count);

}  // namespace segments
