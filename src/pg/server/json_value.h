// The server's jsonb ↔ the core's JSON.
#pragma once
#include "core/json/json_value.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// Throws Error{kLimitExceeded} for a document that is larger than any definition's.
JsonValue json_of(Datum jsonb);
// In the current memory context.  REQUIRES: an array or an object.
Datum jsonb_of(const JsonValue& json);

}  // namespace segments::pg
