// The record of a refresh: its run in segments.refresh, and what it consists of in segments.refresh_part.
//
//   open_run()    'refreshing', committed at once where refresh() may commit, so that everybody sees it; the runs of backends
//   that
//                 have died are marked failed, and old runs are forgotten
//   close_run()   'successful', with what was published
//   end_run()     'failed' or 'cancelled', after its work was rolled back
// REQUIRES for all of it: within with_spi, as the extension's owner.
#pragma once
#include <string>
#include <vector>

#include "pg/run/refresh_context.h"
#include "pg/query/transaction_step.h"

namespace segments::pg {

void open_run(RefreshContext& context);
// Which state of the sources the run shows.
void note_snapshot(const RefreshContext& context);
void close_run(const RefreshContext& context);
void end_run(RefreshContext& context, const StepFailure& failure);
// segments.refresh_trigger, segments.refresh_log_retention.
void define_run_settings();

// A refresh that found another one running.
void skip_run(const std::string& reason, const std::string& sqlstate);

// The number of a part in context.parts, which is then under way.
size_t begin_part(RefreshContext& context, const char* kind, const std::string& name);

// Runs `body` as a part of the run, which notes how long it took, what it added and removed, and whether it failed.
// A part may be run in several pieces.
template <class F>
void run_part(RefreshContext& context, const char* kind, const std::string& name, F body) {
  const size_t number = begin_part(context, kind, name);
  const ChangeCounters before = context.counters;
  instr_time start;
  INSTR_TIME_SET_CURRENT(start);
  const auto end = [&](const char* state) {
    instr_time elapsed;
    INSTR_TIME_SET_CURRENT(elapsed);
    INSTR_TIME_SUBTRACT(elapsed, start);
    RefreshPart& part = context.parts[number];
    part.state = state;
    part.seconds += INSTR_TIME_GET_DOUBLE(elapsed);
    part.rows_added += context.counters.rows_added - before.rows_added;
    part.rows_removed += context.counters.rows_removed - before.rows_removed;
  };
  try {
    body();
  } catch (...) {
    end("failed");
    throw;
  }
  end("successful");
}

}  // namespace segments::pg
