// Parts of fields compared with what no such part is: hour of due = 25.
#pragma once
#include <string>
#include <vector>

#include "pg/evaluation/unseen_value.h"

namespace segments::pg {

// For each value, or range of values, that the part never takes: a sentence with those that it takes.
// REQUIRES: the field is compared by a part.
std::vector<std::string> impossible_parts(const ComparedField& field);

}  // namespace segments::pg
