// What the names in definitions lead to, while definitions are saved and names change.
//
// A transaction that saves definitions shares this lock with its like until it ends.  Who changes what names lead to rewrites the
// definitions that are saved, and must see all of them: it has the lock alone.
#pragma once

namespace segments::pg {

// Names lead where they do until the transaction ends.  Waits for whoever changes them, no longer than segments.lock_timeout
// (then 55P03 tells the process).  Raises 40001 if they have changed since the snapshot that is read with.  REQUIRES: within
// with_spi, as the extension's owner; before a segment is locked, as who changes names locks segments.
void share_names();

// Nobody saves definitions until the transaction ends.  Waits for who has, likewise; raises 40001 if names have changed since a
// transaction's only snapshot.  REQUIRES: within with_spi, as the extension's owner.
void lock_names();

}  // namespace segments::pg
