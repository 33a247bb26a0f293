// Whom jobs are in the way of, as the server's lock table tells.
//
// A DROP DATABASE fails after five seconds if a session does not leave, a DROP EXTENSION waits: autovacuum is told to go away by
// the server, other workers are not.  So the launcher looks, a few times a second while jobs run, and ends the job.
//
// A job gives way to whoever wants
//   - its database, to drop, copy, move or rename it: they have a lock on it that excludes new sessions;
//   - its extension, to drop it: they wait for the lock that each job has;
//   - a table that it writes, to alter it (ALTER EXTENSION … UPDATE, REASSIGN OWNED): derived tables, as jobs only read others.
#pragma once
#include "pg/boundary.h"

namespace segments::pg {

class LockTable {
 public:
  // Copies the server's lock table to `context`, with which it goes.
  static LockTable read(MemoryContext context);
  bool is_database_wanted(Oid database) const;
  bool is_in_the_way(Oid database, int process) const;

 private:
  bool is_held(const LOCKTAG& tag, int process, LOCKMODE at_least) const;
  const LockData* data_ = nullptr;
};

}  // namespace segments::pg
