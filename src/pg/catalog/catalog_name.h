// Names of interaction types, fields and relations: what they may be, and when two are the same.
#pragma once
#include <string>
#include <string_view>

namespace segments::pg {

// What names are compared by: ASCII letters in lower case, others as the database's own locale has them.
std::string fold_name(std::string_view name);

// Whether a definition may hold the name without quotes: letters of any script, digits, underscores and dollar signs, no digit
// or dollar first.  (Keywords still need quotes.)
bool is_plain_name(std::string_view name);

}  // namespace segments::pg
