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
#include <cstdint>
#include <string>
#include <vector>

#include "core/interrupt.h"
#include "core/time.h"
#include "pg/server/boundary.h"
#include "pg/run/refresh_progress.h"

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

// A part of a refresh, as it is recorded.
struct RefreshItem {
  std::string kind;  // unification, source, merge, segment
  std::string name;  // of a source's interaction type, or of a segment
  const char* state = "not started";
  double seconds = 0;
  int64_t rows_added = 0;
  int64_t rows_removed = 0;
  std::string sqlstate = {};  // of an error that did not end the refresh
  std::string reason = {};
};

// What every step of a refresh works with.
struct RefreshContext {
  int64_t refresh_id = 0;
  int64_t previous_refresh = 0;        // the published one; 0: none
  Snapshot snapshot = nullptr;         // registered: the state of the sources this refresh shows
  std::string snapshot_text;           // the same, as pg_snapshot
  std::string previous_snapshot_text;  // of the published refresh; empty: none
  std::string mapping_snapshot_text;   // the state of the mapping that records show; empty: none
  Timestamp as_of = 0;                 // start of the refresh
  RefreshCounters counters;
  std::vector<RefreshItem> items;
  bool has_planned_segments = false;  // `items` has those that are due
  Interrupt* interrupt = nullptr;
  size_t memory_bytes = size_t{256} << 20;  // budget of buffers
  RefreshProgress progress;
};

// CALL segments.refresh() for processes without statements.  REQUIRES: a transaction was just begun; it is committed, and another
// one is open when this returns.
void refresh_in_own_transactions();

// Takes, registers and notes the newest state of what is locked; drops it.
void take_snapshot(RefreshContext& context);
void drop_snapshot(RefreshContext& context);

// Settings: segments.refresh_memory and those of the files above.  Called when the module is loaded.
void define_refresh_settings();

}  // namespace segments::pg
