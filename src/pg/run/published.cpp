#include "pg/run/published.h"

#include "pg/query/saved_statement.h"

namespace segments::pg {

std::optional<PublishedState> published_state(bool read_only) {
  static SavedStatement statement(
      "SELECT p.refresh_id, r.snapshot::text, r.data_through FROM segments.published p JOIN segments.refresh r USING "
      "(refresh_id)",
      {});
  Rows rows = statement.run({}, read_only);
  std::optional<PublishedState> state;
  if (!rows.empty()) {
    state.emplace().refresh_id = rows.int8(0, 0);
    if (!rows.is_null(0, 1)) state->snapshot = rows.text(0, 1);
    if (!rows.is_null(0, 2)) state->data_through = rows.timestamptz(0, 2);
  }
  rows.release();
  return state;
}

int64_t published_refresh() {
  static SavedStatement statement("SELECT refresh_id FROM segments.published", {});
  Rows rows = statement.run({});
  if (rows.empty()) {
    throw Error(ErrorCode::kNotReady, "nothing has been refreshed yet", "Definitions are evaluated over the last refresh.",
                "Run CALL segments.refresh().");
  }
  const int64_t refresh_id = rows.int8(0, 0);
  rows.release();
  return refresh_id;
}

void set_published(int64_t refresh_id) {
  static SavedStatement statement(
      "INSERT INTO segments.published (refresh_id) VALUES ($1)"
      " ON CONFLICT (only_one) DO UPDATE SET refresh_id = excluded.refresh_id",
      {INT8OID});
  statement.run({int8(refresh_id)}, false);
}

}  // namespace segments::pg
