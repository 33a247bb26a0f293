// Types that columns are of, as far as a snapshot shows them, and that may have been dropped since.
#pragma once
#include "pg/server/boundary.h"

namespace segments::pg {

// Whether there is such a type now.
bool is_type(Oid type);

}  // namespace segments::pg
