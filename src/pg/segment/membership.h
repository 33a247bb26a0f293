// Members of saved segments: they come with runs.
#pragma once
#include "pg/run/refresh_context.h"
#include "pg/segment/segment_run.h"

namespace segments::pg {

// Evaluates the saved segments that are due over the state of `context.refresh_id` and writes memberships where they changed.
// One segment's error is recorded with it and does not stop the others.
void refresh_memberships(RefreshContext& context);

// Evaluates a segment over the published state, as of the transaction's time.
// REQUIRES: within with_spi, as the extension's owner; it is locked.
SegmentRun run_over_published(const SavedSegment& segment);

// Takes its members away, as if it had never been run.  REQUIRES: likewise.
void forget_members(int32_t segment_id);

}  // namespace segments::pg
