// What the columns of a stored fragment are sealed with, as statements read it.
#pragma once
#include "core/fragment/seal.h"
#include "pg/server/boundary.h"

namespace segments::pg {

#define SEGMENTS_FRAGMENT_IDENTITY "fragment_id, type_id, row_count, known_fields, min_time, max_time"

// REQUIRES: those columns, in this order, begin at `values`.
inline FragmentIdentity fragment_identity(const Datum* values) {
  return {DatumGetInt64(values[0]), DatumGetInt32(values[1]),       DatumGetUInt32(values[2]),
          DatumGetInt16(values[3]), DatumGetTimestampTz(values[4]), DatumGetTimestampTz(values[5])};
}

}  // namespace segments::pg
