#include "pg/refresh/refresh.h"

#include "pg/capture/capture.h"
#include "pg/capture/doubted_leaves.h"
#include "pg/capture/new_events.h"
#include "pg/capture/resumable_read.h"
#include "pg/segment/member_list.h"
#include "pg/segment/membership.h"
#include "pg/query/lock_timeout.h"
#include "pg/query/saved_statement.h"
#include "pg/refresh/source_following.h"
#include "pg/refresh/source_part.h"
#include "pg/refresh/step_reading.h"
#include "pg/run/published.h"
#include "pg/run/frozen_source.h"
#include "pg/run/refresh_lock.h"
#include "pg/run/refresh_run.h"
#include "pg/server/sqlstate.h"
#include "pg/store/linkage.h"
#include "pg/identity/unification.h"
#include "pg/store/ended_rows.h"

namespace segments::pg {
namespace {

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

// A stored snapshot that lies in the future was not taken in this cluster's history: everything is captured anew.
bool is_usable(const std::string& previous) {
  if (previous.empty()) return true;
  static SavedStatement statement("SELECT pg_snapshot_xmax($1::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot())",
                                  {TEXTOID});
  Rows rows = statement.run({text(previous)}, false);
  const bool usable = rows.boolean(0, 0);
  rows.release();
  return usable;
}

void find_published(RefreshContext& context) {
  if (const std::optional<PublishedState> published = published_state()) {
    context.previous_refresh = published->refresh_id;
    context.previous_snapshot_text = published->snapshot.value_or("");
    context.previous_data_through = published->data_through;
  }
  if (!is_usable(context.previous_snapshot_text)) context.previous_snapshot_text.clear();
  context.frozen = frozen_sources();
  for (auto& [type_id, source] : context.frozen) {
    if (!is_usable(source.snapshot)) source.snapshot.clear();
  }
  if (context.previous_refresh != 0) return;
  // The first mapping may have been read in a step of its own.
  context.first_mapping_text = mapping_reading();
  if (!is_usable(context.first_mapping_text)) context.first_mapping_text.clear();
}

// Whoever listens to the channel segments_refresh hears of it when this transaction commits.
void notify(const RefreshContext& context) {
  const ChangeCounters& done = context.counters;
  static SavedStatement statement(
      "SELECT pg_notify('segments_refresh', json_build_object('refresh_id', $1, 'data_through', $2, 'rows_added', $3,"
      " 'rows_removed', $4, 'segments', $5)::text)",
      {INT8OID, TIMESTAMPTZOID, INT8OID, INT8OID, INT8OID});
  statement.run({int8(context.refresh_id), timestamptz(context.as_of), int8(done.rows_added), int8(done.rows_removed),
                 int8(done.segments_run)},
                false);
}

void publish(const RefreshContext& context) {
  close_run(context);
  set_published(context.refresh_id);
  notify(context);
}

// What is owned by others is read as if by them: their policies do not apply to the owner of the extension.
void read_all_rows() {
  call([] { set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false); });
}

void merge_due(RefreshContext& context, FragmentStore& fragments) {
  fragments.merge_due([&](size_t done, size_t total) {
    context.progress.done = static_cast<int64_t>(done);
    context.progress.total = static_cast<int64_t>(total);
    show_progress(context);
  });
}

// Looks at types of which something was read, and at all if records were linked or unlinked.  Nothing is asked of frozen sources.
void warn_of_unlinked(const RefreshContext& context, const std::vector<InteractionSource>& types, bool mapping_changed) {
  const std::optional<UnificationSource> mapping = unification_source();
  if (!mapping || context.failures.contains(kUnificationId)) return;
  std::set<std::string> changed;
  for (const RefreshPart& part : context.parts) {
    if (part.kind == "source" && part.rows_added > 0) changed.insert(part.name);
  }
  for (const InteractionSource& type : types) {
    if (type.is_lookup || context.failures.contains(type.type_id)) continue;
    if (mapping_changed || changed.contains(type.name)) warn_if_unlinked(type, *mapping);
  }
}

// What was noted in earlier steps stays.
void note_lock_failures(RefreshContext& context, const LockedSources& locked) {
  if (locked.mapping_failure) context.failures.emplace(kUnificationId, *locked.mapping_failure);
  for (const LockedSource& source : locked.interactions) {
    if (source.failure) context.failures.emplace(source.source.type_id, *source.failure);
  }
}

// Brings everything up to date and publishes it: one transaction.
void bring_up_to_date(RefreshContext& context, RecordStore& records) {
  begin_phase(context, "locking", 0);
  const LockedSources locked_sources = lock_sources(context.lock_budget);
  const std::vector<LockedSource>& sources = locked_sources.interactions;
  take_snapshot(context);
  find_published(context);
  if (context.refresh_id == 0) open_run(context);
  note_snapshot(context);

  std::vector<InteractionSource> types;
  for (const LockedSource& locked : sources) types.push_back(locked.source);
  FragmentStore fragments(context, types, context.refresh_id);
  note_lock_failures(context, locked_sources);
  settle_readings(context, sources, fragments);
  begin_phase(context, "unifying", 0);
  std::vector<RecordMove> moves;
  run_source_part(context, kUnificationId, "", records, fragments, [&] {
    // Rows move before they are looked for: a deleted row is known by its record's newest ordinal.
    moves = apply_unification(context, records);
    fragments.move(moves);
  });
  if (context.failures.contains(kUnificationId)) moves.clear();
  report_progress(context, "records in the unification", context.counters.records_added, 0);
  const bool mapping_changed = context.counters.records_added + context.counters.records_changed > 0;
  begin_phase(context, "reading", 0);
  for (const LockedSource& locked : sources) {
    run_source_part(context, locked.source.type_id, locked.source.name, records, fragments,
                    [&] { capture_source(context, locked, moves, records, fragments); });
  }
  records.flush();
  warn_if_frozen(context, kUnificationId);
  for (const LockedSource& locked : sources) warn_if_frozen(context, locked.source.type_id);
  doubt_changed_leaves(context, locked_sources);
  forget_vanished(context, sources, fragments);
  warn_of_unlinked(context, types, mapping_changed);
  begin_phase(context, "merging", 0);
  run_part(context, "merge", "", [&] { merge_due(context, fragments); });
  report_progress(context, "merged fragments", context.counters.fragments_merged, 0);
  write_frozen_sources(context);
  note_records_of_listed();
  refresh_memberships(context);
  report_progress(context, "saved segments", context.counters.segments_run, 0);
  publish(context);
  // Whoever reads in several steps keeps the state that was published until now for one more refresh.
  drop_ended_rows(context.previous_refresh);
  drop_snapshot(context);
}

// Runs what a refresh does in one transaction.
template <class F>
void in_one_transaction(F body) {
  read_all_rows();
  try {
    body();
  } catch (const ServerError& error) {
    explain_exhausted_locks(error);
    throw;
  }
}

// Within a transaction of somebody else's: nothing is seen by others before it ends.
void refresh_at_once(RefreshContext& context, RecordStore& records) {
  lock_refresh();
  const OwnerScope owner = OwnerScope::enter();
  with_spi([&] { in_one_transaction([&] { bring_up_to_date(context, records); }); });
  owner.leave();
}

// In transactions of its own: the run is on record before its work begins, and also if that fails.
void refresh_in_steps(RefreshContext& context, RecordStore& records) {
  with_steps([&] {
    if (!try_lock_refresh(LockDuration::kSession)) {
      run_step([] { skip_run(kRefreshIsRunning, sqlstate::kLockNotAvailable); });
      refuse_refresh();
    }
    SourceFollowing following(context);
    StepReading reading(context, records);
    const auto step = [](auto body) { return run_step([&] { in_one_transaction(body); }); };
    std::optional<StepFailure> failure = step([&] { open_run(context); });
    if (!failure) failure = step([&] { following.plan(); });
    while (!failure && !following.done()) failure = step([&] { following.follow_next(); });
    if (!failure) {
      failure = step([&] {
        find_published(context);
        reading.plan();
      });
    }
    if (!failure && !reading.done()) failure = step([&] { reading.unify_first(); });
    while (!failure && !reading.done()) failure = step([&] { reading.read_some(); });
    if (!failure) failure = step([&] { bring_up_to_date(context, records); });
    if (failure) {
      // That has released the lock.  Should the record fail too, the first error is the one to tell.
      run_step([&] { end_run(context, *failure); });
      std::rethrow_exception(failure->error);
    }
    unlock_refresh();
  });
}

void refresh(bool in_steps) {
  check_transaction();
  ServerInterrupt interrupt;
  RefreshContext context;
  context.interrupt = &interrupt;
  context.memory_bytes = static_cast<size_t>(refresh_memory_setting) * kMegabyte;
  INSTR_TIME_SET_CURRENT(context.progress.phase_start);
  RecordStore records(context);
  try {
    // Before the lock is taken: who holds it and says nothing of the kind has done its refresh, and has yet to commit it.
    begin_phase(context, "locking", 0);
    in_steps ? refresh_in_steps(context, records) : refresh_at_once(context, records);
  } catch (...) {
    end_progress();
    throw;
  }
  end_progress();
}

}  // namespace

void refresh_in_own_transactions() { refresh(true); }

void define_refresh_settings() {
  define_run_settings();
  define_lock_settings();
  define_event_settings();
  define_progress_settings();
  define_step_reading_settings();
  call([] {
    DefineCustomIntVariable("segments.refresh_memory", "Memory that a refresh may use for rows and records on their way.",
                            "In megabytes.", &refresh_memory_setting, 256, 16, 1 << 20, PGC_USERSET, GUC_UNIT_MB, nullptr,
                            nullptr, nullptr);
  });
}

}  // namespace segments::pg

SEGMENTS_FUNCTION(segments_refresh) {
  segments::pg::refresh(segments::pg::may_commit(fcinfo));
  PG_RETURN_VOID();
}
