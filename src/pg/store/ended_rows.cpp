#include "pg/store/ended_rows.h"

#include "pg/query/saved_statement.h"
#include "pg/run/change_context.h"

namespace segments::pg {

namespace {

// Mostly nothing has.
bool has_ended(int64_t refresh_id) {
  static SavedStatement statement(
      "SELECT FROM segments.tile WHERE to_refresh <= $1 AND to_refresh <> " SEGMENTS_FOREVER
      " UNION ALL SELECT FROM segments.fragment WHERE to_refresh <= $1 AND to_refresh <> " SEGMENTS_FOREVER
      " UNION ALL SELECT FROM segments.membership WHERE to_refresh <= $1 AND to_refresh <> " SEGMENTS_FOREVER " LIMIT 1",
      {INT8OID});
  return statement.finds({int8(refresh_id)});
}

}  // namespace

void drop_ended_rows(int64_t refresh_id) {
  if (!has_ended(refresh_id)) return;
  run("DELETE FROM segments.tile WHERE to_refresh <= $1 AND to_refresh <> " SEGMENTS_FOREVER, {int8(refresh_id)});
  // Those of a type that a transaction has unregistered, and which has not ended, go later.
  run("DELETE FROM segments.fragment f USING ("
      "  SELECT shard, fragment_id, field, from_refresh FROM segments.fragment"
      "  WHERE to_refresh <= $1 AND to_refresh <> " SEGMENTS_FOREVER
      " FOR UPDATE SKIP LOCKED) ended"
      " WHERE f.shard = ended.shard AND f.fragment_id = ended.fragment_id AND f.field = ended.field"
      "  AND f.from_refresh = ended.from_refresh",
      {int8(refresh_id)});
  // Members of a segment that a transaction has dropped, and which has not ended, go later.
  run("DELETE FROM segments.membership m USING ("
      "  SELECT shard, segment_id, tile, from_refresh FROM segments.membership"
      "  WHERE to_refresh <= $1 AND to_refresh <> " SEGMENTS_FOREVER
      " FOR UPDATE SKIP LOCKED) ended"
      " WHERE m.shard = ended.shard AND m.segment_id = ended.segment_id AND m.tile = ended.tile"
      "  AND m.from_refresh = ended.from_refresh",
      {int8(refresh_id)});
}

}  // namespace segments::pg
