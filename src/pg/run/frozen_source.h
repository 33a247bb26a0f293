// Sources that stay as an earlier refresh has seen them, in segments.frozen_source.
// REQUIRES for all of it: within with_spi, as the extension's owner.
#pragma once
#include "pg/run/refresh_context.h"

namespace segments::pg {

// Those of the state that the calling statement sees, by type.
std::map<int32_t, FrozenSource> frozen_sources();

// Writes those that the refresh freezes (context.failures), with the state that is shown of them; the others are none any more.
void write_frozen_sources(const RefreshContext& context);

}  // namespace segments::pg
