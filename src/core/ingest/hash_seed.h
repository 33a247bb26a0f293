// What keeps hashes from being foreseen: random bits that the caller draws.  No result depends on them.
#pragma once
#include <cstdint>

namespace segments {

struct HashSeed {
  uint64_t first = 0;
  uint64_t second = 0;
};

}  // namespace segments
