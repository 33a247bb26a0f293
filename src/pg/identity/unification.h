// The mapping record → profile, brought up to date by diffing what changed.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "core/ordinal.h"
#include "pg/store/record_store.h"
#include "pg/refresh/refresh.h"

namespace segments::pg {

// Records whose profile lies in another tile: their rows are to be copied from the old ordinal to the new one.
struct RecordMove {
  Ordinal from;
  Ordinal to;
};

// Brings segments.record.profile_id and the tiles' profile maps to the state of the mapping in context.snapshot, keeps
// the leaves of the mapping in segments.source_leaf, and consumes its part of the change log. The moves' rows must be
// copied before the refresh is published: the old ordinals are dead from then on. Throws Error{kInvalidValue} if a
// record is mapped twice; warns if the mapping is empty or none is registered. REQUIRES: within with_spi, as the
// extension's owner.  It comes first in a refresh, so that the records of a profile become neighbours; it works at any
// time.
std::vector<RecordMove> apply_unification(RefreshContext& context, RecordStore& records);

}  // namespace segments::pg
