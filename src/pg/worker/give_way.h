// Whom jobs are in the way of, as the server's lock table tells.
//
// A DROP DATABASE fails after five seconds if a session does not leave, a DROP EXTENSION waits: autovacuum is told to go away by
// the server, other workers are not.  So the launcher looks, a few times a second while jobs run, and ends the job.
//
// A job gives way to a session that, two looks in a row, waits for
//   - its database, to drop, copy, move or rename it: it has a lock on it that excludes new sessions;
//   - any table that the job has locked, to drop its extension, which is locked first;
//   - a table that the job writes, to alter it (ALTER EXTENSION … UPDATE, REASSIGN OWNED): a derived one, as jobs write no
//   others;
//   - a table that the job reads, for longer than kPatience, if nobody else is in the way: all who come later queue up behind it;
// if its role may do so (exclusive_right.h): whoever may not waits, or fails, by itself.
#pragma once
#include <optional>

#include "pg/worker/exclusive_right.h"

namespace segments::pg {

inline constexpr int64_t kPatienceUs = 2'000'000;

struct Need {
  const char* what = nullptr;  // nullptr: nothing is needed
  int process = 0;             // whose
};

class LockTable {
 public:
  // Copies the server's lock table to `context`, with which it goes.
  static LockTable read(MemoryContext context);
  // The process of somebody who may have the database for itself, and is about to.  REQUIRES: no transaction is open.
  std::optional<int> who_wants_database(Oid database) const;
  // What somebody who may have it needs of the job that this process does in the database.  REQUIRES: no transaction is open.
  Need what_is_needed(Oid database, int process, TimestampTz now, ExclusiveRights& rights) const;

 private:
  bool is_held(const LOCKTAG& tag, int process, LOCKMODE at_least) const;
  bool is_held_by_others(const LOCKTAG& tag, int process) const;
  bool is_dropping(int waiting, Oid database, int process) const;
  const LockData* data_ = nullptr;
};

}  // namespace segments::pg
