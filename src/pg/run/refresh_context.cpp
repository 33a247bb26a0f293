#include "pg/run/refresh_context.h"

#include "pg/query/query.h"

namespace segments::pg {

void take_snapshot(RefreshContext& context) {
  // What was registered may have changed while locks were waited for: the statement's own snapshot is too old.
  context.snapshot = call([] {
    Snapshot latest = RegisterSnapshot(GetLatestSnapshot());
    PushActiveSnapshot(latest);
    return latest;
  });
  context.as_of = call([] { return GetCurrentTimestamp(); });
  Rows rows = run("SELECT pg_current_snapshot()::text", {}, {.snapshot = context.snapshot});
  context.snapshot_text = rows.text(0, 0);
  rows.release();
}

void drop_snapshot(RefreshContext& context) {
  call([&] {
    PopActiveSnapshot();
    UnregisterSnapshot(context.snapshot);
  });
  context.snapshot = nullptr;
}

}  // namespace segments::pg
