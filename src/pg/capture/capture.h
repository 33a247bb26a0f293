// Capture: new and changed rows of interaction sources, leaf by leaf, into fragments.
//
//   lock_sources() ── then the snapshot is taken ──▶ capture_source() for each ──▶ forget_vanished()
//
// The leaves are locked before the snapshot is taken, so no TRUNCATE or rewrite (which no snapshot shows) can come between.
// REQUIRES for all of it: within with_spi, as the extension's owner.
#pragma once
#include "pg/store/fragment_store.h"
#include "pg/catalog/lock_sources.h"
#include "pg/store/record_store.h"
#include "pg/run/refresh_context.h"

namespace segments::pg {

// What was read in steps beforehand replaces what is published of its leaf, or is thrown away if the leaf is not as it was.
// It comes before anything else that writes fragments: copies of rows that move must not come from what has been replaced.
void settle_readings(RefreshContext& context, const std::vector<LockedSource>& sources, FragmentStore& fragments);

// Brings the fragments of a source to the state of context.snapshot:
//   new, rewritten or truncated leaf    its fragments end, and it is read whole; or what is left of it, if it was read in steps
//   known leaf                          logged changes are removed, new rows are added
void capture_source(RefreshContext& context, const LockedSource& source, RecordStore& records, FragmentStore& fragments);

// Ends the fragments of leaves that no source has any more, and deletes what has been consumed of the change log.
void forget_vanished(RefreshContext& context, const std::vector<LockedSource>& sources, FragmentStore& fragments);

}  // namespace segments::pg
