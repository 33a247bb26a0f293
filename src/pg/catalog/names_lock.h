// What names of types and fields lead to, while definitions are saved and names change.  (Names of segments: rows are locked.)
//
// A transaction that saves definitions shares this lock with its like until it ends.  Who changes what names lead to rewrites the
// definitions that are saved, and must see all of them: it has the lock alone (segments_internal.lock_names).
#pragma once

namespace segments::pg {

// Names lead where they do until the transaction ends.  Waits for whoever changes them, no longer than segments.lock_timeout
// (then 55P03 tells the process).  Raises 40001 if they have changed since the snapshot that is read with.  REQUIRES: within
// with_spi, as the extension's owner; before a segment is locked, as who changes names locks segments.
void share_names();

}  // namespace segments::pg
