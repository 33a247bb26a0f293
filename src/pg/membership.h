// Members of saved segments.
#pragma once
#include "pg/refresh.h"

namespace segments::pg {

// Evaluates all saved segments over the state of `context.refresh_id` and writes memberships where they changed.
// One segment's error is recorded with it and does not stop the others.
void refresh_memberships(RefreshContext& context);

}  // namespace segments::pg
