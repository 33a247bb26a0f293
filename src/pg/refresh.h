// The refresh: one batch that brings records, fragments and memberships up to date, and publishes them together.
//
//   refresh.cpp        order of work, publishing, the status row
//   capture.cpp        leaves, new rows and logged changes of a source
//   leaf_reader.cpp    bulk reads of a leaf, in parallel; block_ranges.cpp: which blocks
//   batch_rows.cpp     the aggregate that turns source rows into RowBatches in parallel workers
//   change_log.cpp     the triggers that log updated and deleted rows
//   record_store.cpp   record keys → ordinals; new ordinals
//   unification.cpp    the mapping record → profile; tile maps; records that move to another tile
//   fragment_store.cpp fragments in the table: read, remove, move, merge; fragment_writer.cpp: write
//   membership.cpp     members of saved segments
#pragma once
#include <cstdint>
#include <string>

#include "core/interrupt.h"
#include "core/time.h"
#include "pg/boundary.h"

namespace segments::pg {

inline constexpr int64_t kForever = INT64_MAX;  // to_refresh of current rows

struct RefreshCounters {
  int64_t rows_added = 0;
  int64_t rows_removed = 0;
  int64_t records_added = 0;
  int64_t records_changed = 0;
  int64_t fragments_written = 0;
  int64_t fragments_merged = 0;
  int64_t segments_run = 0;
};

// What every step of a refresh works with.
struct RefreshContext {
  int64_t refresh_id = 0;
  int64_t previous_refresh = 0;        // the published one; 0: none
  Snapshot snapshot = nullptr;         // registered: the state of the sources this refresh shows
  std::string snapshot_text;           // the same, as pg_snapshot
  std::string previous_snapshot_text;  // of the published refresh; empty: none
  Timestamp as_of = 0;                 // start of the refresh
  RefreshCounters counters;
  Interrupt* interrupt = nullptr;
  size_t memory_bytes = size_t{256} << 20;  // budget of buffers
  instr_time phase_start = {};              // of the phase being reported
};

// Settings of refreshes: segments.progress, segments.refresh_memory.  Called when the module is loaded.
void define_refresh_settings();

// With segments.progress on: tells the client what a phase has done, at which rate.
void report_progress(RefreshContext& context, const std::string& phase, int64_t rows_added, int64_t rows_removed);

}  // namespace segments::pg
