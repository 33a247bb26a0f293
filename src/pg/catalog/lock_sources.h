// What a refresh finds of its sources, and whether they can be captured.
#pragma once
#include <set>
#include <vector>

#include "pg/catalog/source.h"
#include "pg/query/lock_timeout.h"
#include "pg/server/subtransaction.h"

namespace segments::pg {

struct LockedSource {
  InteractionSource source;
  std::vector<SourceLeaf> leaves;  // if it has failed: as they were found, if they were; they are not locked
  std::optional<Failure> failure;  // its lock was not had within segments.lock_timeout, or it is not as it was registered
};

struct LockedSources {
  std::vector<LockedSource> interactions;  // by type
  std::vector<SourceLeaf> mapping_leaves;  // as those of `interactions`
  std::optional<Failure> mapping_failure;
};

// All interaction sources and their leaves, locked against rewriting until the transaction ends; the mapping is locked too.
// What is attached or registered while it waits is among them.  Each is waited for as long as the budget has left for all.
// REQUIRES: within with_spi, as the extension's owner.
LockedSources lock_sources(LockBudget& budget);
// The same of these leaves alone (and the types they are of), and of the mapping alone.
LockedSources lock_leaves(LockBudget& budget, const std::map<Oid, int32_t>& leaves);
std::optional<Failure> lock_mapping(LockBudget& budget);

// Locks one table and its leaves against rewriting until the transaction ends, for whoever reads them outside of a refresh; or
// says who has kept them locked for longer than segments.lock_timeout (55P03).
// REQUIRES: within with_spi, as the extension's owner.
std::optional<Failure> lock_for_reading(Oid relation);

// Who has locked a table, or a part of it, against reading (or in whatever mode), for longer than others wait.
std::string described_blocker(Oid relation, bool is_any_lock);

// Makes the server's error about the lock table one that says what to do; leaves any other as it is.
void explain_exhausted_locks(const ServerError& error);

}  // namespace segments::pg
