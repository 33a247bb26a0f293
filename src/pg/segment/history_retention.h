// How long the history of memberships is kept.
#pragma once
#include "core/interrupt.h"
#include "core/time.h"

namespace segments::pg {

// Replaces runs that are older than the setting segments.history_retention by the members they have left, of segments that nobody
// else has locked.  Not each time: once they are older by a tenth.
// REQUIRES: within with_spi, as the extension's owner.
void forget_old_history(Timestamp as_of, Interrupt& interrupt);

// Defines segments.history_retention.  Called by _PG_init.
void define_history_settings();

}  // namespace segments::pg
