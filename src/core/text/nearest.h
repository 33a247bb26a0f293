// Names that a misspelt one may have meant.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace segments {

// How many characters of ASCII, or bytes of others, have to be put in, taken out or exchanged; ASCII case aside.  Of texts longer
// than 128 bytes only the beginning counts.
size_t edit_distance(std::string_view a, std::string_view b);

// Whether nearest_names() may return the candidate, by its length alone.
bool may_be_near(std::string_view name, std::string_view candidate);

// The candidates at the least edit distance from `name`, ASCII case aside, at most three, in the order given;
// none if all are too far (a third of the name's length, or two edits, or one of a name shorter than four).
std::vector<std::string> nearest_names(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace segments
