// The mapping record → profile, brought up to date by diffing what changed.
#pragma once
#include <vector>

#include "pg/store/record_move.h"
#include "pg/store/record_store.h"
#include "pg/run/refresh_context.h"

namespace segments::pg {

// Brings segments.record.profile_id and the tiles' profile maps to the state of the mapping in context.snapshot, keeps
// the leaves of the mapping in segments.source_leaf, and consumes its part of the change log. The moves' rows must be
// copied before the refresh is published: the old ordinals are dead from then on. Throws Error{kInvalidValue} if a
// record is mapped twice; warns if the mapping is empty or none is registered. REQUIRES: within with_spi, as the
// extension's owner.  It comes first in a refresh, so that the records of a profile become neighbours; it works at any
// time.
std::vector<RecordMove> apply_unification(RefreshContext& context, RecordStore& records);

}  // namespace segments::pg
