// The conditions of FILTER.
#pragma once
#include <memory>

#include "core/language/definition.h"
#include "core/mql/mql_tokens.h"

namespace segments {

// Up to the parenthesis that closes it.  `counts_in_utc` is set by what depends on a zone.
std::unique_ptr<Restriction> parse_mql_condition(TokenStream& stream, bool& counts_in_utc);

}  // namespace segments
