// Ids that two tables write differently, though they mean the same: with blanks around, in another case, a UUID in braces or
// without hyphens, a number with leading zeros.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace segments {

// What is left of an id without all that, but case: of a UUID its 32 digits, of a number its digits from the first one that is
// not 0.
std::string bare_id(std::string_view id);

// What tells apart two ids whose bare ids are the same, case aside: of "blanks", "braces", "hyphens", "leading zeros", "case"
// those that do.
std::vector<std::string_view> spelling_differences(std::string_view a, std::string_view b);

}  // namespace segments
