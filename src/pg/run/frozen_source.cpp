#include "pg/run/frozen_source.h"

#include "pg/query/saved_statement.h"

namespace segments::pg {

std::map<int32_t, FrozenSource> frozen_sources() {
  static SavedStatement statement(
      "SELECT type_id, frozen_at, coalesce(snapshot::text, ''), data_through FROM segments.frozen_source", {});
  Rows rows = statement.run({});
  std::map<int32_t, FrozenSource> frozen;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    FrozenSource& source = frozen[rows.int4(i, 0)];
    source.frozen_at = rows.timestamptz(i, 1);
    source.snapshot = rows.text(i, 2);
    if (!rows.is_null(i, 3)) source.data_through = rows.timestamptz(i, 3);
  }
  rows.release();
  return frozen;
}

namespace {

// Whoever takes the unification off takes its row, too, and is not waited for: it stays as it was, or goes.
std::set<int32_t> locked_by_others() {
  static SavedStatement statement(
      "SELECT type_id FROM segments.frozen_source EXCEPT"
      " SELECT * FROM (SELECT type_id FROM segments.frozen_source FOR UPDATE SKIP LOCKED) free",
      {});
  Rows rows = statement.run({}, false);
  std::set<int32_t> types;
  for (uint64_t i = 0; i < rows.size(); ++i) types.insert(rows.int4(i, 0));
  rows.release();
  return types;
}

}  // namespace

void write_frozen_sources(const RefreshContext& context) {
  const std::set<int32_t> locked = locked_by_others();
  std::vector<int32_t> kept(locked.begin(), locked.end());
  for (const auto& [type_id, failure] : context.failures) kept.push_back(type_id);
  static SavedStatement thaw("DELETE FROM segments.frozen_source WHERE type_id <> ALL ($1)", {INT4ARRAYOID});
  thaw.run({int4_array(kept)}, false);
  for (const auto& [type_id, failure] : context.failures) {
    if (locked.contains(type_id)) continue;
    const std::string& snapshot = context.base_snapshot(type_id);
    const bool is_shown = !snapshot.empty() && context.previous_data_through;
    run("INSERT INTO segments.frozen_source AS f (type_id, frozen_at, snapshot, data_through, sqlstate, reason)"
        " VALUES ($1, $2, $3::pg_snapshot, $4, $5, $6)"
        " ON CONFLICT (type_id) DO UPDATE SET snapshot = excluded.snapshot, sqlstate = excluded.sqlstate, reason = "
        "excluded.reason"
        " WHERE (f.snapshot::text, f.sqlstate, f.reason)"
        "  IS DISTINCT FROM (excluded.snapshot::text, excluded.sqlstate, excluded.reason)",
        {int4(type_id), timestamptz(context.as_of), snapshot.empty() ? null_of(TEXTOID) : text(snapshot),
         is_shown ? timestamptz(*context.previous_data_through) : null_of(TIMESTAMPTZOID), text(failure.sqlstate),
         text(failure.message)});
  }
}

}  // namespace segments::pg
