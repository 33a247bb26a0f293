// Whom jobs are in the way of, as the server's lock table tells.
//
// A DROP DATABASE fails after five seconds if a session does not leave, a DROP EXTENSION waits: autovacuum is told to go away by
// the server, other workers are not.  So the launcher looks, a few times a second while jobs run, and ends the job.
//
// A job gives way to whoever waits for
//   - its database, to drop, copy, move or rename it: they have a lock on it that excludes new sessions;
//   - any table that it has locked, to drop its extension, which is locked first;
//   - a table that it writes, to alter it (ALTER EXTENSION … UPDATE, REASSIGN OWNED): a derived one, as jobs write no others;
//   - a table that it reads, for longer than kPatience, if nobody else is in the way: all who come later queue up behind them.
#pragma once
#include "pg/server/boundary.h"

namespace segments::pg {

inline constexpr int64_t kPatienceUs = 2'000'000;

class LockTable {
 public:
  // Copies the server's lock table to `context`, with which it goes.
  static LockTable read(MemoryContext context);
  bool is_database_wanted(Oid database) const;
  // What somebody needs of the job that this process does in the database; nullptr: nothing.
  const char* what_is_needed(Oid database, int process, TimestampTz now) const;

 private:
  bool is_held(const LOCKTAG& tag, int process, LOCKMODE at_least) const;
  bool is_held_by_others(const LOCKTAG& tag, int process) const;
  bool is_dropping(int waiting, Oid database, int process) const;
  const LockData* data_ = nullptr;
};

}  // namespace segments::pg
