// Capture: new and changed rows of interaction sources, leaf by leaf, into fragments.
//
//   lock_sources() ── then the snapshot is taken ──▶ settle_readings() ──▶ capture_source() for each ──▶ forget_vanished()
//
// The leaves are locked before the snapshot is taken, so no TRUNCATE or rewrite (which no snapshot shows) can come between.
// REQUIRES for all of it: within with_spi, as the extension's owner.
#pragma once
#include "pg/store/fragment_store.h"
#include "pg/catalog/lock_sources.h"
#include "pg/store/record_store.h"
#include "pg/run/refresh_context.h"

namespace segments::pg {

// Throws away what was read ahead of leaves that are not as they were.  What was read of a frozen source waits until it thaws.
void settle_readings(RefreshContext& context, const std::vector<LockedSource>& sources, FragmentStore& fragments);

// Brings the fragments of a source to the state of context.snapshot:
//   new, rewritten or truncated leaf    its fragments end, and it is read whole; or what is left of it, if it was read in steps
//   known leaf                          logged changes are removed, new rows are added
// `moves`: those of this refresh, which published fragments have gone through.
void capture_source(RefreshContext& context, const LockedSource& source, std::span<const RecordMove> moves, RecordStore& records,
                    FragmentStore& fragments);

// Ends the fragments of leaves that no source has any more, and deletes what has been consumed of the change log.  Frozen sources
// keep both.
void forget_vanished(RefreshContext& context, const std::vector<LockedSource>& sources, FragmentStore& fragments);

}  // namespace segments::pg
