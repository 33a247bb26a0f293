// Values of type columns that a refresh finds: they become interaction types.
#pragma once
#include "pg/catalog/source.h"
#include "pg/run/refresh_context.h"

namespace segments::pg {

// Looks into what this refresh has written of a source, or into all of it while values wait to become types. Warns of values that
// do not, and of those that something else goes by.
// REQUIRES: within with_spi, as the extension's owner; the source has been captured.
void note_events(RefreshContext& context, const InteractionSource& source);

void define_event_settings();

}  // namespace segments::pg
