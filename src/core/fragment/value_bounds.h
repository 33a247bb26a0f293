// The short bounds of a column's values that are stored beside it.
#pragma once
#include <optional>

#include "core/fragment/fragment.h"

namespace segments {

// The bounds of the values that `codes` name; nothing if all are null.
std::optional<ValueBounds> bounds_of(const Dictionary& dictionary, std::span<const uint32_t> codes);

}  // namespace segments
