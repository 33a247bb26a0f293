// How far a refresh is: for other sessions in pg_stat_activity, where segments.refresh_status reads it, and, with the setting
// segments.progress, for the client.
#pragma once
#include <cstdint>
#include <string>

#include "pg/server/boundary.h"

namespace segments::pg {

struct RefreshContext;

struct RefreshProgress {
  const char* phase = "";  // locking, unifying, reading, merging, evaluating
  std::string part;
  int64_t done = 0;         // rows of sources, places, or segments
  int64_t total = 0;        // an estimate; 0: unknown
  int64_t done_before = 0;  // of `done`: by earlier runs, or before the phase began
  int64_t bytes = 0;        // of heap that were read
  instr_time phase_start = {};
  double phase_began = 0;   // seconds since 1970
  bool is_planned = false;  // `total` is known from the beginning
};

// Begins a phase, of which `done` of `total` are done already.
void begin_phase(RefreshContext& context, const char* phase, int64_t total, int64_t done = 0);
// Tells other sessions.  Cheap: without locks, statements or allocations in the server.
void show_progress(RefreshContext& context);
// Shows the client's statement again.
void end_progress();

// With segments.progress on: tells the client what was done since the last report, at which rate.
void report_progress(RefreshContext& context, const std::string& phase, int64_t rows_added, int64_t rows_removed);

void define_progress_settings();

}  // namespace segments::pg
