// A value of bytes as it stands in a tuple: in it, or out of line.
#pragma once
#include "pg/server/server.h"
#include "pg/server/toast_slice.h"

namespace segments::pg {

struct StoredValue {
  const struct varlena* in_line;  // null: out of line, uncompressed
  varatt_external out_of_line;
  uint32_t size;
};

// REQUIRES for both: within call().  May ereport.

// The value points into the tuple, unless it is compressed: then it is a copy in the current memory context.
StoredValue stored_value(Datum datum);
// REQUIRES: VARHDRSZ bytes of room before `to`; the tuple is still there.
void copy_stored_value(const StoredValue& value, uint8_t* to);
// `length` bytes from `begin` on, which it has.
void copy_stored_slice(const StoredValue& value, uint32_t begin, uint32_t length, ToastTable& table, uint8_t* to);

}  // namespace segments::pg
