#include "pg/run/refresh_context.h"

#include "pg/query/saved_statement.h"

namespace segments::pg {

const std::string& RefreshContext::base_snapshot(int32_t type_id) const {
  const auto found = frozen.find(type_id);
  if (found != frozen.end()) return found->second.snapshot;
  return type_id == kUnificationId && !first_mapping_text.empty() ? first_mapping_text : previous_snapshot_text;
}

void take_snapshot(RefreshContext& context) {
  // What was registered may have changed while locks were waited for: the statement's own snapshot is too old.
  context.snapshot = call([] {
    Snapshot latest = RegisterSnapshot(GetLatestSnapshot());
    PushActiveSnapshot(latest);
    return latest;
  });
  context.as_of = call([] { return GetCurrentTimestamp(); });
  static SavedStatement statement("SELECT pg_current_snapshot()::text", {});
  Rows rows = statement.run({});
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
