// Leaves of frozen sources that will have to be read whole.
#pragma once
#include "pg/catalog/lock_sources.h"
#include "pg/run/refresh_context.h"

namespace segments::pg {

// The triggers of a frozen source may be as they were before by the time it thaws; while they were others, rows may have been
// written that nothing tells from old ones.  Makes sure that its leaves count as changed then.
void doubt_changed_leaves(const RefreshContext& context, const LockedSources& locked);

}  // namespace segments::pg
