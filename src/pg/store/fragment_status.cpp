// What merging has yet to do, for the view fragment_status: the policy's own figure.
#include "core/ingest/merge_policy.h"
#include "pg/server/boundary.h"

// (first_tile, last_tile, row_count) of a fragment.
SEGMENTS_FUNCTION(segments_merges_ahead) {
  segments::FragmentSummary fragment;
  fragment.first_tile = PG_GETARG_UINT32(0);
  fragment.last_tile = PG_GETARG_UINT32(1);
  fragment.row_count = PG_GETARG_UINT32(2);
  PG_RETURN_INT32(static_cast<int32_t>(segments::merges_ahead(fragment)));
}
