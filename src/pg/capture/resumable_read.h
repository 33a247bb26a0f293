// Leaves that are read in steps before the refresh that will show them, in segments.leaf_reading and segments.leaf_span.
//
// Each step is committed by itself.  Its fragments carry the number of a refresh that is not published, so nobody sees them, and
// stay if that refresh is cancelled or killed: the next one goes on where it ended.  No snapshot is held in between.
//
//   base snapshot    that of the leaf's first step.  All spans hold only rows whose stamp it shows (or that have none); the
//   others
//                    are read at last, as new rows are.
//   span             a range of blocks, with the snapshot of its step: it holds the rows that were live there.  A row never
//   leaves
//                    its block: an update writes another row, with another stamp.
//
// So a row that was deleted later, as the change log tells, was read if its stamp is shown by the base snapshot and its deletion
// is not shown by that of its block's span; only then it must be removed.
// REQUIRES for all of it: within with_spi, as the extension's owner; the leaf is locked.
#pragma once
#include <string>

#include "pg/capture/block_ranges.h"
#include "pg/capture/misfits.h"
#include "pg/store/fragment_store.h"
#include "pg/run/refresh_context.h"
#include "pg/catalog/source.h"

namespace segments::pg {

struct ResumableRead {
  std::string base_snapshot;
  uint32_t end_block = 0;  // spans cover all blocks before it
  int64_t row_count = 0;   // that were read
  int64_t unplaced_rows = 0;
  std::string misfits = "{}";  // as misfits_json writes them
};

// Of a leaf's columns, by attnum; 0 where one was dropped.  $1: the leaf.
#define SEGMENTS_COLUMN_TYPES \
  "(SELECT array_agg(a.atttypid ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = $1 AND a.attnum > 0)"

// What was read of a leaf, unless it was rewritten, truncated, altered or registered anew since.
std::optional<ResumableRead> find_reading(const RefreshContext& context, const InteractionSource& source, const SourceLeaf& leaf);
// Begins with context.snapshot as the base.
ResumableRead begin_reading(const RefreshContext& context, const InteractionSource& source, const SourceLeaf& leaf);
void add_span(const RefreshContext& context, const SourceLeaf& leaf, const BlockRange& blocks, int64_t row_count,
              int64_t unplaced_rows, const Misfits& misfits);
// The mapping may have been read in a step, too: whole, with context.snapshot.  The snapshot as text; empty: it was not.
void note_mapping_reading(const RefreshContext& context);
std::string mapping_reading();
// Forgets the reading of a leaf, and its fragments.
void discard_reading(Oid leaf, FragmentStore& fragments);
// Forgets the reading of a leaf, whose fragments belong to this refresh now.
void forget_reading(Oid leaf);

}  // namespace segments::pg
