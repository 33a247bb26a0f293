#include "pg/catalog/names_lock.h"

#include "pg/query/lock_timeout.h"
#include "pg/query/own_lock.h"
#include "pg/query/query.h"

namespace segments::pg {
namespace {

// Which transaction has changed names last, as is known now.
FullTransactionId last_change() {
  const Snapshot latest = call([] { return RegisterSnapshot(GetLatestSnapshot()); });
  Rows rows = run("SELECT xid FROM segments.names_changed", {}, {.snapshot = latest});
  const FullTransactionId xid = DatumGetFullTransactionId(rows.value(0, 0));
  rows.release();
  call([&] { UnregisterSnapshot(latest); });
  return xid;
}

// By what is read with the snapshot of whoever calls.
bool is_seen(FullTransactionId xid) {
  Rows rows = run("SELECT $1 = pg_current_xact_id_if_assigned() OR pg_visible_in_snapshot($1, pg_current_snapshot())",
                  {datum(XID8OID, FullTransactionIdGetDatum(xid))}, {.read_only = true});
  const bool seen = rows.boolean(0, 0);
  rows.release();
  return seen;
}

}  // namespace

void share_names() {
  own_lock_within(ExtensionLock::kNames, ShareLock, shortest_lock_timeout(),
                  "another transaction has changed what is registered, and has not ended");
  if (is_seen(last_change())) return;
  call([] {
    ereport(ERROR,
            (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE), errmsg("what names lead to has changed meanwhile"),
             errdetail("Another transaction has registered, renamed or unregistered types or fields."), errhint("Try again.")));
  });
}

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_lock_names) {
  with_spi([] {
    own_lock_within(ExtensionLock::kNames, ExclusiveLock, shortest_lock_timeout(),
                    "another transaction has saved segments, and has not ended");
    run("UPDATE segments.names_changed SET xid = pg_catalog.pg_current_xact_id()");
  });
  PG_RETURN_VOID();
}
