// What is locked of the extension in a database: sub-objects of the extension, as far as the lock table is concerned.  Not
// tables, which autovacuum locks as well.
#pragma once
#include "pg/server/server.h"

namespace segments::pg {

enum class ExtensionLock : uint16_t {
  kExtension = 0,  // the server's own: DROP EXTENSION takes it
  kRefresh = 1,    // one refresh or erasure at a time (segments_internal.running_refresh() looks for it)
  kMembership = 2,
  kWorker = 3,   // one job of the background worker at a time
  kErasure = 4,  // waited for by nobody: tells an erasure that holds kRefresh from a refresh
  kCatalog = 5,  // one change at a time of what is registered, and by which names
  kNames = 6,    // who saves definitions, and who changes what their names lead to
};

// Server calls only.
inline LOCKTAG tag_of(ExtensionLock lock, Oid extension) {
  LOCKTAG tag;
  SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId, extension, static_cast<uint16>(lock));
  return tag;
}
inline LOCKTAG tag_of(ExtensionLock lock) { return tag_of(lock, get_extension_oid("segments", false)); }

}  // namespace segments::pg
