// Questions about a profile set that its portable bytes answer where they are, without reading the whole set.
#pragma once
#include <cstdint>
#include <span>

#include "core/ordinal.h"

namespace segments {

// Reads a few bytes, whatever the size of the set.  Never reads outside `bytes`: throws Error{kInvalidBytes} when they
// would lead there.  Other damage goes unnoticed, so validate foreign bytes with ProfileSet::from_portable().
bool portable_contains(std::span<const uint8_t> bytes, Ordinal ordinal);

}  // namespace segments
