#include "pg/run/refresh_run.h"

#include "pg/query/saved_statement.h"
#include "pg/server/sqlstate.h"

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

// Whoever holds the lock is alone: a run that is still refreshing was that of a backend that has died.  How far its parts came is
// not known.
void mark_orphans() {
  static SavedStatement statement(
      "WITH orphan AS ("
      "  UPDATE segments.refresh SET state = 'failed', finished_at = clock_timestamp(), sqlstate = '57P02',"
      "   reason = 'the server process that refreshed has ended' WHERE state = 'refreshing' RETURNING refresh_id)"
      " INSERT INTO segments.refresh_part (refresh_id, number, kind, name, state)"
      " SELECT refresh_id, number, kind, name, 'queued' FROM segments.planned_part JOIN orphan USING (refresh_id)",
      {});
  statement.run({}, false);
}

// Parts that changed nothing and did not fail are kept from the published run on; of segments, which may be thousands, only those
// of the published run and the last one.
void forget_old_runs() {
  if (retention_setting >= 0) {
    static SavedStatement runs(
        "DELETE FROM segments.refresh r WHERE started_at < clock_timestamp() - make_interval(mins => $1)"
        " AND NOT EXISTS (SELECT FROM segments.published p WHERE p.refresh_id = r.refresh_id)",
        {INT4OID});
    runs.run({int4(retention_setting)}, false);
  }
  static SavedStatement parts(
      "DELETE FROM segments.refresh_part"
      " WHERE state IN ('successful', 'not started', 'queued') AND rows_added = 0 AND rows_removed = 0"
      " AND (refresh_id < (SELECT refresh_id FROM segments.published)"
      "  OR kind = 'segment' AND refresh_id NOT IN (SELECT refresh_id FROM segments.published"
      "   UNION ALL SELECT max(refresh_id) FROM segments.refresh WHERE state <> 'skipped'))",
      {});
  parts.run({}, false);
}

void plan_parts(RefreshContext& context) {
  static SavedStatement statement("SELECT kind, coalesce(name, '') FROM segments.standing_part ORDER BY number", {});
  Rows rows = statement.run({}, false);
  for (uint64_t i = 0; i < rows.size(); ++i) context.parts.push_back({rows.text(i, 0), rows.text(i, 1)});
  rows.release();
}

void write_parts(const RefreshContext& context, const StepFailure* failure, const char* ended_state) {
  std::vector<std::string_view> kinds, names, states, sqlstates, reasons;
  std::vector<int64_t> microseconds, added, removed;
  for (const RefreshPart& part : context.parts) {
    const std::string_view state = part.state;
    // An error of the part's own, or the one that has ended the refresh, whatever was at hand.
    const bool has_ended_run = part.sqlstate.empty() && (state == "failed" || state == "refreshing");
    kinds.emplace_back(part.kind);
    names.emplace_back(part.name);
    states.emplace_back(has_ended_run ? ended_state : state);
    microseconds.push_back(static_cast<int64_t>(part.seconds * 1e6));
    added.push_back(part.rows_added);
    removed.push_back(part.rows_removed);
    sqlstates.emplace_back(has_ended_run && failure != nullptr ? failure->sqlstate : part.sqlstate);
    reasons.emplace_back(has_ended_run && failure != nullptr ? failure->message : part.reason);
  }
  const Parameter parameters[] = {int8(context.refresh_id), text_array(kinds),        text_array(names),
                                  text_array(states),       int8_array(microseconds), int8_array(added),
                                  int8_array(removed),      text_array(sqlstates),    text_array(reasons)};
  static SavedStatement statement(
      "INSERT INTO segments.refresh_part"
      " (refresh_id, number, kind, name, state, duration, rows_added, rows_removed, sqlstate, reason)"
      " SELECT $1, number, kind, nullif(name, ''), state,"
      "  CASE WHEN state <> 'not started' AND (kind <> 'segment' OR state = 'successful')"
      "   THEN make_interval(secs => microseconds / 1000000.0) END, added, removed,"
      "  nullif(sqlstate, ''), CASE WHEN sqlstate <> '' THEN reason END"
      " FROM unnest($2, $3, $4, $5, $6, $7, $8, $9) WITH ORDINALITY"
      "  AS i(kind, name, state, microseconds, added, removed, sqlstate, reason, number)",
      {INT8OID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, TEXTARRAYOID, TEXTARRAYOID});
  statement.run(parameters, false);
}

// A run that has not come to its segments has not planned them either.
void plan_due_segments(RefreshContext& context) {
  Rows rows = run("SELECT name FROM segments.due_segment WHERE refresh_id = $1 ORDER BY segment_id", {int8(context.refresh_id)});
  for (uint64_t i = 0; i < rows.size(); ++i) context.parts.push_back({"segment", rows.text(i, 0)});
  rows.release();
}

}  // namespace

void open_run(RefreshContext& context) {
  mark_orphans();
  forget_old_runs();
  static SavedStatement statement(
      "INSERT INTO segments.refresh (state, triggered_by, pid, started_at)"
      " VALUES ('refreshing', $1, pg_backend_pid(), clock_timestamp()) RETURNING refresh_id",
      {TEXTOID});
  Rows rows = statement.run({text(trigger_name())}, false);
  context.refresh_id = rows.int8(0, 0);
  rows.release();
  plan_parts(context);
}

void note_snapshot(const RefreshContext& context) {
  static SavedStatement statement("UPDATE segments.refresh SET snapshot = $2::pg_snapshot, as_of = $3 WHERE refresh_id = $1",
                                  {INT8OID, TEXTOID, TIMESTAMPTZOID});
  statement.run({int8(context.refresh_id), text(context.snapshot_text), timestamptz(context.as_of)}, false);
}

void close_run(const RefreshContext& context) {
  const ChangeCounters& done = context.counters;
  static SavedStatement statement(
      "UPDATE segments.refresh SET state = 'successful', finished_at = clock_timestamp(), data_through = $2, rows_added = $3,"
      " rows_removed = $4, records_added = $5, records_changed = $6, fragments_written = $7, fragments_merged = $8,"
      " segments_run = $9 WHERE refresh_id = $1",
      {INT8OID, TIMESTAMPTZOID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID});
  statement.run({int8(context.refresh_id), timestamptz(context.as_of), int8(done.rows_added), int8(done.rows_removed),
                 int8(done.records_added), int8(done.records_changed), int8(done.fragments_written), int8(done.fragments_merged),
                 int8(done.segments_run)},
                false);
  write_parts(context, nullptr, "failed");
}

// Its row may have been rolled back with it, or the next refresh may have taken it for an orphan's: this one knows better.
void end_run(RefreshContext& context, const StepFailure& failure) {
  const char* state = failure.sqlstate == sqlstate::kQueryCanceled ? "cancelled" : "failed";
  Rows rows =
      run("INSERT INTO segments.refresh AS r (refresh_id, state, triggered_by, started_at, finished_at, sqlstate, reason)"
          " VALUES (coalesce($1, nextval(pg_get_serial_sequence('segments.refresh', 'refresh_id'))), $2, $3,"
          "  statement_timestamp(), clock_timestamp(), $4, $5)"
          " ON CONFLICT (refresh_id) DO UPDATE SET state = excluded.state, finished_at = excluded.finished_at,"
          "  sqlstate = excluded.sqlstate, reason = excluded.reason RETURNING refresh_id",
          {context.refresh_id != 0 ? int8(context.refresh_id) : null_of(INT8OID), text(state), text(trigger_name()),
           text(failure.sqlstate), text(failure.message)});
  context.refresh_id = rows.int8(0, 0);
  rows.release();
  // Whoever has taken it for an orphan's has planned its parts.
  run("DELETE FROM segments.refresh_part WHERE refresh_id = $1", {int8(context.refresh_id)});
  if (context.parts.empty()) plan_parts(context);
  if (!context.has_planned_segments) plan_due_segments(context);
  write_parts(context, &failure, state);
}

void skip_run(const std::string& reason, const std::string& sqlstate) {
  run("INSERT INTO segments.refresh (state, triggered_by, started_at, finished_at, sqlstate, reason)"
      " VALUES ('skipped', $1, clock_timestamp(), clock_timestamp(), $2, $3)",
      {text(trigger_name()), text(sqlstate), text(reason)});
}

size_t begin_part(RefreshContext& context, const char* kind, const std::string& name) {
  const auto found = std::find_if(context.parts.begin(), context.parts.end(),
                                  [&](const RefreshPart& part) { return part.kind == kind && part.name == name; });
  const auto number = static_cast<size_t>(found - context.parts.begin());
  if (found == context.parts.end()) context.parts.push_back({kind, name});
  context.parts[number].state = "refreshing";
  context.progress.part = name;
  return number;
}

void define_run_settings() {
  call([] {
    DefineCustomEnumVariable("segments.refresh_trigger", "What a refresh is recorded to be triggered by.",
                             "A scheduler sets it in its own session.", &trigger_setting, 0, kTriggers, PGC_USERSET,
                             GUC_NOT_IN_SAMPLE, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("segments.refresh_log_retention", "How long the record of a refresh is kept.",
                            "In minutes. -1: for ever.", &retention_setting, kDefaultRetention, -1, INT_MAX / 60, PGC_SUSET,
                            GUC_UNIT_MIN, nullptr, nullptr, nullptr);
  });
}

}  // namespace segments::pg
