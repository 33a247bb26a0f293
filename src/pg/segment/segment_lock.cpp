#include "pg/segment/segment_lock.h"

#include "pg/query/lock_timeout.h"
#include "pg/query/query.h"

namespace segments::pg {
namespace {

Oid segment_table() {
  return call([] { return get_relname_relid("segment", get_namespace_oid("segments", false)); });
}

}  // namespace

void lock_segment(int32_t segment_id) {
  const Oid table = segment_table();
  within_lock_timeout([&] {
    call([&] {
      PreventCommandDuringRecovery("a change of segments");
      PreventCommandIfReadOnly("a change of segments");
      LOCKTAG tag;
      SET_LOCKTAG_OBJECT(tag, MyDatabaseId, table, static_cast<Oid>(segment_id), 0);
      LockAcquire(&tag, ExclusiveLock, false, false);
    });
    run("SELECT FROM segments.segment WHERE segment_id = $1 FOR NO KEY UPDATE", {int4(segment_id)});
  });
}

std::set<int32_t> lock_free_segments(std::span<const int32_t> segment_ids) {
  if (segment_ids.empty()) return {};
  const Parameter parameters[] = {int4_array(segment_ids)};
  Rows rows =
      run("SELECT segment_id FROM segments.segment WHERE segment_id = ANY ($1) ORDER BY segment_id FOR NO KEY UPDATE SKIP LOCKED",
          parameters);
  std::set<int32_t> locked;
  for (uint64_t i = 0; i < rows.size(); ++i) locked.insert(rows.int4(i, 0));
  rows.release();
  return locked;
}

std::map<int32_t, std::string> lock_holders(std::span<const int32_t> segment_ids) {
  std::map<int32_t, std::string> holders;
  for (const int32_t id : segment_ids) holders[id] = "another transaction has locked it";
  const Parameter parameters[] = {int4_array(segment_ids), oid(segment_table())};
  Rows rows =
      run("SELECT held.objid::int8::int4, held.pid FROM pg_catalog.pg_locks held WHERE held.locktype = 'object'"
          " AND held.classid = $2 AND held.objid = ANY ($1::oid[]) AND held.granted"
          " AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())",
          parameters);
  for (uint64_t i = 0; i < rows.size(); ++i) {
    holders[rows.int4(i, 0)] = rows.is_null(i, 1) ? "a prepared transaction has locked it"
                                                  : "process " + std::to_string(rows.int4(i, 1)) + " has locked it";
  }
  rows.release();
  return holders;
}

}  // namespace segments::pg
