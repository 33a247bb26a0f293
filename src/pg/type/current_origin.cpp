// The origin of the ordinals that a statement sees: the one row of segments.ordinal_origin.
#include "pg/server/seen_state.h"
#include "pg/type/profile_set.h"

namespace segments::pg {
namespace {

// 0 if the snapshot sees none: the extension was created after it was taken.
int64 read_origin(Oid table, Snapshot snapshot) {
  Relation relation = table_open(table, AccessShareLock);
  TupleTableSlot* slot = table_slot_create(relation, nullptr);
  TableScanDesc scan = table_beginscan(relation, snapshot, 0, nullptr);
  int64 origin = 0;
  if (table_scan_getnextslot(scan, ForwardScanDirection, slot)) {
    bool is_null = false;
    const Datum value = slot_getattr(slot, 2, &is_null);
    if (!is_null) origin = DatumGetInt64(value);
  }
  table_endscan(scan);
  ExecDropSingleTupleTableSlot(slot);
  table_close(relation, AccessShareLock);
  return origin;
}

}  // namespace

Origin current_origin() {
  static SeenState seen{};
  static int64 last = 0;
  const int64 origin = call([&] {
    const Oid table = get_relname_relid("ordinal_origin", get_namespace_oid("segments", false));
    if (!OidIsValid(table)) ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("segments.ordinal_origin does not exist")));
    Snapshot snapshot = ActiveSnapshotSet() ? GetActiveSnapshot() : GetTransactionSnapshot();
    if (TransactionIdIsValid(GetTopTransactionIdIfAny())) return read_origin(table, snapshot);
    const SeenState now = state_seen_by(snapshot, table);
    if (last == 0 || !(now == seen)) {
      last = 0;
      last = read_origin(table, snapshot);
      seen = now;
    }
    return last;
  });
  if (origin == 0) {
    throw Error(ErrorCode::kNotReady, "the records were numbered after this transaction began", "", "Start a new transaction.");
  }
  return Origin{static_cast<uint64_t>(origin)};
}

}  // namespace segments::pg
