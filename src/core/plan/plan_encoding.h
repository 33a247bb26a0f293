// Limits of a plan's bytes.
#pragma once
#include <cstdint>

namespace segments {

// Restrictions nested deeper are refused: on writing with Error{kLimitExceeded}, on reading with Error{kDataCorrupted}.
inline constexpr uint32_t kMaxRowTestDepth = 512;

}  // namespace segments
