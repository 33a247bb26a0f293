// Who may know which record belongs to which profile: whoever may read that in the table of the unification.
#pragma once
#include "pg/server/boundary.h"

namespace segments::pg {

// Throws 42501 unless `role` may read profile ids in the table of the unification; Error{kNotReady} if row-level security hides
// some of its rows and that was not acknowledged.  The owner of the extension may.
// REQUIRES: within with_spi, as the extension's owner.
void check_may_read_profiles(Oid role);

// The same for the records that belong to them.
void check_may_read_mapping(Oid role);

}  // namespace segments::pg
