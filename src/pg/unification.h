// The mapping record → profile, brought up to date by diffing what changed.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "core/ordinal.h"
#include "pg/record_store.h"
#include "pg/refresh.h"

namespace segments::pg {

// Records whose profile lies in another tile: their rows are to be copied from the old ordinal to the new one.
struct RecordMove {
  Ordinal from;
  Ordinal to;
};

// Brings segments.record.profile_id and the tiles' profile maps to the state of the mapping in context.snapshot.
// Throws Error{kInvalidValue} if a record is mapped twice; warns if the mapping is empty.
std::vector<RecordMove> apply_unification(RefreshContext& context, RecordStore& records);

}  // namespace segments::pg
