// Profile sets as text: ordinals and ranges of them in braces, such as {1,2,5-9}; both ends of a range are members.  Then, after
// an @, the origin: {1,2,5-9}@00c1f5e09a7b3d42.
#pragma once
#include <string>
#include <string_view>

#include "core/interrupt.h"
#include "core/set/origin.h"

namespace segments {

// Reads ordinals and ranges in any order, overlapping or not, with white space anywhere but within a number.
// Throws Error{kInvalidLiteral}, or kOutOfRange for an ordinal beyond 4294967295; the detail tells the character.
StampedSet parse_profile_set(std::string_view text, Interrupt& interrupt);

// Ascending, with runs of three or more as ranges.  Throws Error{kLimitExceeded} beyond `max_bytes`.
std::string print_profile_set(const StampedSet& stamped, size_t max_bytes, Interrupt& interrupt);

}  // namespace segments
