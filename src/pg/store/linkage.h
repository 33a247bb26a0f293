// Whether interactions lead to profiles at all: keys that are written differently in two tables go unnoticed otherwise.
#pragma once
#include <optional>

#include "pg/catalog/source.h"

namespace segments::pg {

// Warns, with counts, if the current fragments of a type hold interactions and no record of them belongs to a profile, although
// some records do.  Examples of record ids go to the client alone, not to the log, and only if its role may read the ids in both
// tables.  Stops at the first interaction that is linked.  REQUIRES: within with_spi, as the extension's owner.
void warn_if_unlinked(const InteractionSource& source, const UnificationSource& mapping);

}  // namespace segments::pg
