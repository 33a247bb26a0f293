#include "pg/segment/history_reader.h"

#include "pg/query/query.h"

namespace segments::pg {

void note_reading(int32_t segment_id, Oid role) {
  if (XactReadOnly || IsInParallelMode()) return;
  Rows rows =
      run("SELECT FROM segments.history_reader WHERE segment_id = $1 AND reader = $2 AND reader_name = pg_get_userbyid($2)"
          " AND read_at > statement_timestamp() - interval '1 hour' LIMIT 1",
          {int4(segment_id), oid(role)}, {.read_only = true});
  const bool is_known = !rows.empty();
  rows.release();
  if (is_known) return;
  // Without a key: one that another transaction has just written would be waited for.
  run("DELETE FROM segments.history_reader WHERE ctid IN"
      " (SELECT ctid FROM segments.history_reader WHERE segment_id = $1 AND reader = $2 FOR UPDATE SKIP LOCKED)",
      {int4(segment_id), oid(role)});
  run("INSERT INTO segments.history_reader VALUES ($1, $2, pg_get_userbyid($2), statement_timestamp())",
      {int4(segment_id), oid(role)});
}

}  // namespace segments::pg
