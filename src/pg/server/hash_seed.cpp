#include "pg/server/hash_seed.h"

#include "pg/server/boundary.h"

namespace segments::pg {

HashSeed hash_seed() {
  static std::optional<HashSeed> drawn;
  if (!drawn) {
    HashSeed seed;
    if (!call([&] { return pg_strong_random(&seed, sizeof seed); })) {
      throw Error(ErrorCode::kInternal, "no random number can be drawn");
    }
    drawn = seed;
  }
  return *drawn;
}

}  // namespace segments::pg
