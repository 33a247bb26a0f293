// What tells the state that a snapshot sees.  Snapshots of one backend that agree in it see the same rows, unless its own
// transaction writes; so what was read is kept until they differ, and nothing has to invalidate it.
#pragma once
#include "pg/server/server.h"

namespace segments::pg {

struct SeenState {
  Oid table;  // one of those that were read: another one after DROP EXTENSION
  TransactionId xmin;
  TransactionId xmax;
  uint32 xcnt;
  int32 subxcnt;
  CommandId curcid;
  bool taken_during_recovery;

  bool operator==(const SeenState&) const = default;
};

inline SeenState state_seen_by(Snapshot snapshot, Oid table) {
  return {
      table, snapshot->xmin, snapshot->xmax, snapshot->xcnt, snapshot->subxcnt, snapshot->curcid, snapshot->takenDuringRecovery};
}

}  // namespace segments::pg
