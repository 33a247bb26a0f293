// Takes records out of everything that was derived from them, in every stored version, published or not.
//
// Rows are rewritten in place, in the states they belong to: whoever reads with an older snapshot sees them as they were, and
// everybody else without the erased records.
// REQUIRES for all of it: within with_spi, as the extension's owner; lock_refresh(), lock_memberships_within().
#pragma once
#include "pg/erasure/person.h"
#include "pg/erasure/reference_erasure.h"
#include "pg/run/change_context.h"

namespace segments::pg {

// Returns how many fragments were rewritten.
int64_t erase_from_fragments(ChangeContext& context, const Persons& persons);
// Profile maps and, because a profile may go by another record now, memberships.
void erase_from_tiles(ChangeContext& context, const Persons& persons);
// Returns how many logged changes were deleted.
int64_t erase_from_change_log(ChangeContext& context, const StringTable& records, const ReferenceErasure& references);

}  // namespace segments::pg
