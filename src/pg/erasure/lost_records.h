// Records that nothing leads to any more: without a row, nobody's, and nobody's ever.
//
// They had rows that were deleted, or that were given another id.  Whose they were is not known, and may be whom an erasure is
// about: it takes all of them.  No answer changes; one that comes back is a new record.
#pragma once
#include "core/interrupt.h"
#include "pg/erasure/person.h"

namespace segments::pg {

// Adds their ordinals to those that are erased from every stored state, and their keys to `lost`: rows of tables that a refresh
// has not seen yet are not theirs to delete.  Where bytes are damaged, nothing counts as lost.  REQUIRES: within with_spi, as the
// extension's owner; lock_refresh().
void add_lost_records(Persons& persons, Interrupt& interrupt);

}  // namespace segments::pg
