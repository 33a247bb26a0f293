#include "pg/refresh_run.h"

#include "pg/query.h"

namespace segments::pg {
namespace {

int trigger_setting = 0;
int retention_setting = 0;

constexpr int kDefaultRetention = 30 * 24 * 60;  // minutes
constexpr config_enum_entry kTriggers[] = {
    {"by hand", 0, false}, {"schedule", 1, false}, {"retry", 2, false}, {nullptr, 0, false}};

const char* trigger_name() {
  for (const config_enum_entry& entry : kTriggers) {
    if (entry.name != nullptr && entry.val == trigger_setting) return entry.name;
  }
  return kTriggers[0].name;
}

// Whoever holds the lock is alone: a run that is still refreshing was that of a backend that has died.
void mark_orphans() {
  run("UPDATE segments.refresh SET state = 'failed', finished_at = clock_timestamp(), sqlstate = '57P02',"
      " reason = 'the server process that refreshed has ended' WHERE state = 'refreshing'");
}

// Of items that went well and changed nothing, as segments have most, the last runs' are kept.
void forget_old_runs() {
  if (retention_setting >= 0) {
    run("DELETE FROM segments.refresh r WHERE started_at < clock_timestamp() - make_interval(mins => $1)"
        " AND NOT EXISTS (SELECT FROM segments.published p WHERE p.refresh_id = r.refresh_id)",
        {int4(retention_setting)});
  }
  run("DELETE FROM segments.refresh_item WHERE refresh_id < (SELECT refresh_id FROM segments.published)"
      " AND state IN ('successful', 'not started') AND rows_added = 0 AND rows_removed = 0");
}

void plan_items(RefreshContext& context) {
  context.items.push_back({"unification", ""});
  Rows rows = run("SELECT name FROM segments.interaction_type ORDER BY type_id");
  for (uint64_t i = 0; i < rows.size(); ++i) context.items.push_back({"source", rows.text(i, 0)});
  rows.release();
  context.items.push_back({"merge", ""});
}

void write_items(const RefreshContext& context, const StepFailure* failure, const char* failed_state) {
  std::vector<std::string_view> kinds, names, states;
  std::vector<int64_t> microseconds, added, removed;
  for (const RefreshItem& item : context.items) {
    kinds.emplace_back(item.kind);
    names.emplace_back(item.name);
    states.emplace_back(std::string_view(item.state) == "failed" ? failed_state : item.state);
    microseconds.push_back(static_cast<int64_t>(item.seconds * 1e6));
    added.push_back(item.rows_added);
    removed.push_back(item.rows_removed);
  }
  const Parameter parameters[] = {int8(context.refresh_id),
                                  text_array(kinds),
                                  text_array(names),
                                  text_array(states),
                                  int8_array(microseconds),
                                  int8_array(added),
                                  int8_array(removed),
                                  failure != nullptr ? text(failure->sqlstate) : null_of(TEXTOID),
                                  failure != nullptr ? text(failure->message) : null_of(TEXTOID)};
  run("INSERT INTO segments.refresh_item"
      " (refresh_id, number, kind, name, state, duration, rows_added, rows_removed, sqlstate, reason)"
      " SELECT $1, number, kind, nullif(name, ''), state,"
      "  CASE WHEN state <> 'not started' THEN make_interval(secs => microseconds / 1000000.0) END, added, removed,"
      "  CASE WHEN state IN ('failed', 'cancelled') THEN $8 END, CASE WHEN state IN ('failed', 'cancelled') THEN $9 END"
      " FROM unnest($2, $3, $4, $5, $6, $7) WITH ORDINALITY AS i(kind, name, state, microseconds, added, removed, number)",
      parameters);
}

// The segments that this run has evaluated: schedules may leave some out.
void write_segment_items(const RefreshContext& context) {
  run("INSERT INTO segments.refresh_item (refresh_id, number, kind, name, state, duration, sqlstate, reason)"
      " SELECT $1, $2 + row_number() OVER (ORDER BY segment.segment_id), 'segment', segment.name,"
      "  CASE WHEN s.last_sqlstate IS NOT NULL THEN 'failed' ELSE 'successful' END,"
      "  CASE WHEN s.last_sqlstate IS NULL THEN s.duration END, s.last_sqlstate, s.last_error"
      " FROM segments.segment JOIN segments.segment_state s ON s.segment_id = segment.segment_id WHERE s.last_run_at >= $3",
      {int8(context.refresh_id), int8(static_cast<int64_t>(context.items.size())), timestamptz(context.as_of)});
}

}  // namespace

void open_run(RefreshContext& context) {
  mark_orphans();
  forget_old_runs();
  Rows rows = run("INSERT INTO segments.refresh (state, triggered_by, pid, started_at)"
                  " VALUES ('refreshing', $1, pg_backend_pid(), clock_timestamp()) RETURNING refresh_id",
                  {text(trigger_name())});
  context.refresh_id = rows.int8(0, 0);
  rows.release();
  plan_items(context);
}

void note_snapshot(const RefreshContext& context) {
  run("UPDATE segments.refresh SET snapshot = $2::pg_snapshot, as_of = $3 WHERE refresh_id = $1",
      {int8(context.refresh_id), text(context.snapshot_text), timestamptz(context.as_of)});
}

void close_run(const RefreshContext& context) {
  const RefreshCounters& done = context.counters;
  run("UPDATE segments.refresh SET state = 'successful', finished_at = clock_timestamp(), data_through = $2, rows_added = $3,"
      " rows_removed = $4, records_added = $5, records_changed = $6, fragments_written = $7, fragments_merged = $8,"
      " segments_run = $9 WHERE refresh_id = $1",
      {int8(context.refresh_id), timestamptz(context.as_of), int8(done.rows_added), int8(done.rows_removed),
       int8(done.records_added), int8(done.records_changed), int8(done.fragments_written), int8(done.fragments_merged),
       int8(done.segments_run)});
  write_items(context, nullptr, "failed");
  write_segment_items(context);
}

// Its row may have been rolled back with it, or the next refresh may have taken it for an orphan's: this one knows better.
void end_run(RefreshContext& context, const StepFailure& failure) {
  constexpr const char* kQueryCanceled = "57014";
  const char* state = failure.sqlstate == kQueryCanceled ? "cancelled" : "failed";
  Rows rows = run("INSERT INTO segments.refresh AS r (refresh_id, state, triggered_by, started_at, finished_at, sqlstate, reason)"
                  " VALUES (coalesce($1, nextval(pg_get_serial_sequence('segments.refresh', 'refresh_id'))), $2, $3,"
                  "  statement_timestamp(), clock_timestamp(), $4, $5)"
                  " ON CONFLICT (refresh_id) DO UPDATE SET state = excluded.state, finished_at = excluded.finished_at,"
                  "  sqlstate = excluded.sqlstate, reason = excluded.reason RETURNING refresh_id",
                  {context.refresh_id != 0 ? int8(context.refresh_id) : null_of(INT8OID), text(state), text(trigger_name()),
                   text(failure.sqlstate), text(failure.message)});
  context.refresh_id = rows.int8(0, 0);
  rows.release();
  write_items(context, &failure, state);
}

void skip_run(const std::string& reason, const std::string& sqlstate) {
  run("INSERT INTO segments.refresh (state, triggered_by, started_at, finished_at, sqlstate, reason)"
      " VALUES ('skipped', $1, clock_timestamp(), clock_timestamp(), $2, $3)",
      {text(trigger_name()), text(sqlstate), text(reason)});
}

size_t begin_item(RefreshContext& context, const char* kind, const std::string& name) {
  const auto found = std::find_if(context.items.begin(), context.items.end(), [&](const RefreshItem& item) {
    return std::string_view(item.kind) == kind && item.name == name;
  });
  const auto number = static_cast<size_t>(found - context.items.begin());
  if (found == context.items.end()) context.items.push_back({kind, name});
  context.items[number].state = "refreshing";
  context.progress.item = name;
  return number;
}

void define_run_settings() {
  call([] {
    DefineCustomEnumVariable("segments.refresh_trigger", "What a refresh is recorded to be triggered by.",
                             "A scheduler sets it in its own session.", &trigger_setting, 0, kTriggers, PGC_USERSET,
                             GUC_NOT_IN_SAMPLE, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("segments.refresh_log_retention", "How long the record of a refresh is kept.", "-1: for ever.",
                            &retention_setting, kDefaultRetention, -1, INT_MAX / 60, PGC_SUSET, GUC_UNIT_MIN, nullptr, nullptr,
                            nullptr);
  });
}

}  // namespace segments::pg
