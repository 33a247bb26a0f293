// One refresh or erasure at a time.
#pragma once
#include "pg/boundary.h"

namespace segments::pg {

// Until the transaction ends.  Raises 55P03 if another session holds it.
void lock_refresh();

}  // namespace segments::pg
