// Numbers that a sequence gives to rows of a table, over and over: those that are taken are passed by when it has come round.
//
// Drawing waits for nobody, and what is drawn and rolled back is given again when the sequence comes by.  Taken is also what a
// transaction has written that has not ended: whoever inserted the same number would wait for it.
#pragma once
#include <cstdint>
#include <vector>

#include "pg/server/boundary.h"

namespace segments::pg {

// `count` numbers that are free in segments.TABLE, whose int4 column `column` is unique, and gets its numbers from `sequence`,
// which cycles.  Throws Error{kLimitExceeded} if there are not as many.
std::vector<int32_t> free_numbers(const char* table, const char* column, const char* sequence, size_t count);

}  // namespace segments::pg
