#include "pg/run/refresh_progress.h"

#include "pg/run/refresh_context.h"

namespace segments::pg {
namespace {

bool progress_setting = false;

constexpr double kSecondsTo2000 = 946684800;
constexpr double kMicroseconds = 1e6;
constexpr int kMostPartBytes = 100;

}  // namespace

void begin_phase(RefreshContext& context, const char* phase, int64_t total, int64_t done) {
  RefreshProgress& progress = context.progress;
  progress.phase = phase;
  progress.part.clear();
  progress.is_planned = total != 0;
  progress.total = total;
  progress.done = progress.done_before = done;
  progress.phase_began = static_cast<double>(call([] { return GetCurrentTimestamp(); })) / kMicroseconds + kSecondsTo2000;
  show_progress(context);
}

// One line, the part last: pg_stat_activity may cut it off.  segments_internal.refresh_activity() takes it apart.
void show_progress(RefreshContext& context) {
  const RefreshProgress& progress = context.progress;
  const char* part = progress.part.c_str();
  call([&] {
    char line[256];
    snprintf(line, sizeof line, "segments.refresh %lld %s %lld/%lld %lld %.3f %lld %.*s",
             static_cast<long long>(context.refresh_id), progress.phase, static_cast<long long>(progress.done),
             static_cast<long long>(progress.total), static_cast<long long>(progress.done_before), progress.phase_began,
             static_cast<long long>(progress.bytes), pg_mbcliplen(part, static_cast<int>(std::strlen(part)), kMostPartBytes),
             part);
    pgstat_report_activity(STATE_RUNNING, line);
  });
}

void end_progress() {
  call([] { pgstat_report_activity(STATE_RUNNING, debug_query_string != nullptr ? debug_query_string : ""); });
}

void report_progress(RefreshContext& context, const std::string& phase, int64_t rows_added, int64_t rows_removed) {
  instr_time now;
  INSTR_TIME_SET_CURRENT(now);
  instr_time elapsed = now;
  INSTR_TIME_SUBTRACT(elapsed, context.progress.phase_start);
  context.progress.phase_start = now;
  if (!progress_setting || rows_added + rows_removed == 0) return;
  const double seconds = std::max(1e-6, INSTR_TIME_GET_DOUBLE(elapsed));
  const char* name = phase.c_str();
  call([&] {
    ereport(INFO, (errmsg("%s: %lld added, %lld removed in %.3f s (%.0f per second)", name, static_cast<long long>(rows_added),
                          static_cast<long long>(rows_removed), seconds,
                          static_cast<double>(std::max(rows_added, rows_removed)) / seconds)));
  });
}

void define_progress_settings() {
  call([] {
    DefineCustomBoolVariable("segments.progress", "Reports the progress of refreshes to the client.", nullptr, &progress_setting,
                             false, PGC_USERSET, 0, nullptr, nullptr, nullptr);
  });
}

}  // namespace segments::pg
