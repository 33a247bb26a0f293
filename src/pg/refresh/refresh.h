// The refresh: one batch that brings records, fragments and memberships up to date, and publishes them together.
//
//   refresh.cpp        order of work, publishing
//   refresh_run.cpp    what is recorded of a refresh: its run and the run's items
//   refresh_progress.cpp what other sessions and the client are told meanwhile
//   transaction_step.cpp the transactions it consists of
//   pre_reading.cpp    large leaves in steps of their own; leaf_reading.cpp: what was read so
//   capture.cpp        leaves, new rows and logged changes of a source
//   leaf_reader.cpp    bulk reads of a leaf, in parallel; block_ranges.cpp: which blocks
//   batch_rows.cpp     the aggregate that turns source rows into RowBatches in parallel workers
//   change_log.cpp     the triggers that log updated and deleted rows
//   record_store.cpp   record keys → ordinals; new ordinals
//   unification.cpp    the mapping record → profile; tile maps; records that move to another tile
//   fragment_store.cpp fragments in the table: read, remove, move, merge; fragment_writer.cpp: write
//   membership.cpp     members of saved segments
#pragma once

namespace segments::pg {

// CALL segments.refresh() for processes without statements.  REQUIRES: a transaction was just begun; it is committed, and another
// one is open when this returns.
void refresh_in_own_transactions();

// Settings: segments.refresh_memory and those of the files above.  Called when the module is loaded.
void define_refresh_settings();

}  // namespace segments::pg
