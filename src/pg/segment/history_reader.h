// Who follows which segment by changes_since(): cursors are kept by consumers, so that they were used is all that is known of
// them.
#pragma once
#include "pg/server/boundary.h"

namespace segments::pg {

// Notes that `role` reads the changes of a segment now; about once an hour, and where that can be written (not on a standby, nor
// in a read-only transaction).  Waits for nobody.  REQUIRES: within with_spi, as the extension's owner.
void note_reading(int32_t segment_id, Oid role);

}  // namespace segments::pg
