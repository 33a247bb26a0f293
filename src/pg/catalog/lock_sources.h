// What a refresh finds of its sources, and whether they can be captured.
#pragma once
#include <set>
#include <vector>

#include "pg/catalog/source.h"

namespace segments::pg {

struct LockedSource {
  InteractionSource source;
  std::vector<SourceLeaf> leaves;
};

// All interaction sources and their leaves, locked against rewriting until the transaction ends; the mapping is locked too.
// A source whose table is gone has no leaves, and is warned about.  Raises an error for a source of which changes or rows
// could be missed, and for one with row-level security that was not acknowledged.
// What is attached or registered while it waits is among them.
// REQUIRES: within with_spi, as the extension's owner.
std::vector<LockedSource> lock_sources();
// The same of these leaves alone (and the types they are of), and of the mapping alone.
std::vector<LockedSource> lock_leaves(const std::map<Oid, int32_t>& leaves);
void lock_mapping();

// Makes the server's error about the lock table one that says what to do; leaves any other as it is.
void explain_exhausted_locks(const ServerError& error);

}  // namespace segments::pg
