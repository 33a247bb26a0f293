#include "pg/refresh.h"

#include "pg/capture.h"
#include "pg/membership.h"
#include "pg/query.h"
#include "pg/refresh_lock.h"
#include "pg/unification.h"

namespace segments::pg {
namespace {

bool progress_setting = false;
int refresh_memory_setting = 256;

constexpr size_t kMegabyte = size_t{1} << 20;

// What a refresh must find before it begins.
void check_transaction() {
  call([] {
    if (IsolationUsesXactSnapshot()) {
      ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION), errmsg("refresh() needs isolation level READ COMMITTED"),
                      errdetail("The transaction's snapshot may be older than what other refreshes have published."),
                      errhint("Run CALL segments.refresh() in a transaction of its own.")));
    }
    if (TransactionIdIsValid(GetTopTransactionIdIfAny())) {
      ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION), errmsg("refresh() cannot run in a transaction that has written"),
                      errdetail("A snapshot leaves out its own transaction, so rows would be lost."),
                      errhint("Commit first, or run CALL segments.refresh() in a transaction of its own.")));
    }
  });
}

void take_snapshot(RefreshContext& context) {
  context.snapshot = call([] { return RegisterSnapshot(GetLatestSnapshot()); });
  context.as_of = call([] { return GetCurrentTimestamp(); });
  Rows rows = run("SELECT pg_current_snapshot()::text", {}, {.snapshot = context.snapshot});
  context.snapshot_text = rows.text(0, 0);
  rows.release();
}

// A stored snapshot that lies in the future was not taken in this cluster's history: everything is captured anew.
bool is_usable(const std::string& previous, const std::string& current) {
  Rows rows = run("SELECT pg_snapshot_xmax($1::pg_snapshot) <= pg_snapshot_xmax($2::pg_snapshot)", {text(previous), text(current)});
  const bool usable = rows.boolean(0, 0);
  rows.release();
  return usable;
}

void begin(RefreshContext& context) {
  Rows rows = run("SELECT p.refresh_id, r.snapshot::text FROM segments.published p JOIN segments.refresh r USING (refresh_id)");
  if (!rows.empty()) {
    context.previous_refresh = rows.int8(0, 0);
    if (!rows.is_null(0, 1)) context.previous_snapshot_text = rows.text(0, 1);
  }
  rows.release();
  if (!context.previous_snapshot_text.empty() && !is_usable(context.previous_snapshot_text, context.snapshot_text)) {
    context.previous_snapshot_text.clear();
  }
  Rows started = run(
      "INSERT INTO segments.refresh (refresh_id, state, started_at, snapshot, as_of)"
      " SELECT coalesce(max(refresh_id), 0) + 1, 'refreshing', $1, $2::pg_snapshot, $1 FROM segments.refresh RETURNING refresh_id",
      {timestamptz(context.as_of), text(context.snapshot_text)});
  context.refresh_id = started.int8(0, 0);
  started.release();
}

void publish(const RefreshContext& context) {
  const RefreshCounters& done = context.counters;
  run("UPDATE segments.refresh SET state = 'successful', finished_at = clock_timestamp(), data_through = $2, rows_added = $3,"
      " rows_removed = $4, records_added = $5, records_changed = $6, fragments_written = $7, fragments_merged = $8,"
      " segments_run = $9 WHERE refresh_id = $1",
      {int8(context.refresh_id), timestamptz(context.as_of), int8(done.rows_added), int8(done.rows_removed),
       int8(done.records_added), int8(done.records_changed), int8(done.fragments_written), int8(done.fragments_merged),
       int8(done.segments_run)});
  run("INSERT INTO segments.published (refresh_id) VALUES ($1)"
      " ON CONFLICT (only_one) DO UPDATE SET refresh_id = excluded.refresh_id",
      {int8(context.refresh_id)});
}

// Rows that ended with the state that was published until now: whoever reads in several steps keeps that state for one more refresh.
void collect_garbage(const RefreshContext& context) {
  for (const char* table : {"tile", "fragment", "membership"}) {
    run((std::string("DELETE FROM segments.") + table +
         " WHERE to_refresh <= $1 AND to_refresh <> 9223372036854775807").c_str(),
        {int8(context.previous_refresh)});
  }
}

void refresh() {
  check_transaction();
  lock_refresh();
  const OwnerScope owner = OwnerScope::enter();
  call([] { set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false); });
  with_spi([] {
    ServerInterrupt interrupt;
    RefreshContext context;
    context.interrupt = &interrupt;
    context.memory_bytes = static_cast<size_t>(refresh_memory_setting) * kMegabyte;
    INSTR_TIME_SET_CURRENT(context.phase_start);
    const std::vector<LockedSource> sources = lock_sources();
    take_snapshot(context);
    begin(context);

    std::vector<InteractionSource> types;
    for (const LockedSource& locked : sources) types.push_back(locked.source);
    RecordStore records(context);
    FragmentStore fragments(context, types);
    // Rows move before they are looked for: a deleted row is known by its record's newest ordinal.
    fragments.move(apply_unification(context, records));
    report_progress(context, "unified records", context.counters.records_added, 0);
    for (const LockedSource& locked : sources) capture_source(context, locked, records, fragments);
    records.flush();
    forget_vanished(context, sources, fragments);
    fragments.merge_due();
    report_progress(context, "merged fragments", context.counters.fragments_merged, 0);
    refresh_memberships(context);
    report_progress(context, "saved segments", context.counters.segments_run, 0);
    publish(context);
    collect_garbage(context);
    call([&] { UnregisterSnapshot(context.snapshot); });
  });
  owner.leave();
}

}  // namespace

void define_refresh_settings() {
  call([] {
    DefineCustomBoolVariable("segments.progress", "Reports the progress of refreshes to the client.", nullptr, &progress_setting,
                             false, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("segments.refresh_memory", "Memory that a refresh may use for rows and records on their way.", nullptr,
                            &refresh_memory_setting, 256, 16, 1 << 20, PGC_USERSET, GUC_UNIT_MB, nullptr, nullptr, nullptr);
  });
}

void report_progress(RefreshContext& context, const std::string& phase, int64_t rows_added, int64_t rows_removed) {
  instr_time now;
  INSTR_TIME_SET_CURRENT(now);
  instr_time elapsed = now;
  INSTR_TIME_SUBTRACT(elapsed, context.phase_start);
  context.phase_start = now;
  if (!progress_setting || rows_added + rows_removed == 0) return;
  const double seconds = std::max(1e-6, INSTR_TIME_GET_DOUBLE(elapsed));
  const char* name = phase.c_str();
  call([&] {
    ereport(INFO, (errmsg("%s: %lld added, %lld removed in %.3f s (%.0f per second)", name, static_cast<long long>(rows_added),
                          static_cast<long long>(rows_removed), seconds,
                          static_cast<double>(std::max(rows_added, rows_removed)) / seconds)));
  });
}

}  // namespace segments::pg

SEGMENTS_FUNCTION(segments_refresh) {
  try {
    segments::pg::refresh();
  } catch (const segments::pg::ServerError& error) {
    segments::pg::explain_exhausted_locks(error);
    throw;
  }
  PG_RETURN_VOID();
}
