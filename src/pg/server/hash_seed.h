// The seed of this process's hashes.
#pragma once
#include "core/ingest/hash_seed.h"

namespace segments::pg {

// Drawn by the first call.
HashSeed hash_seed();

}  // namespace segments::pg
