#include "pg/segment/due_segments.h"

#include "pg/query/saved_statement.h"
#include "pg/segment/lifecycle.h"
#include "pg/segment/segment_lock.h"
#include "pg/server/sqlstate.h"

namespace segments::pg {
namespace {

constexpr const char* kSkipped = "skipped";

// By segment: the number of its part.  The record is in the order of creation.
using DueParts = std::map<int32_t, size_t>;

DueParts plan_parts(RefreshContext& context) {
  static SavedStatement statement("SELECT segment_id, name FROM segments.due_segment WHERE refresh_id = $1 ORDER BY segment_id",
                                  {INT8OID});
  Rows rows = statement.run({int8(context.refresh_id)}, false);
  DueParts parts;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    parts[rows.int4(i, 0)] = context.parts.size();
    context.parts.push_back({"segment", rows.text(i, 1)});
  }
  rows.release();
  context.has_planned_segments = true;
  return parts;
}

// Locks what can be had at once, and leaves out the rest.
std::vector<int32_t> lock_due(const DueParts& due, std::vector<RefreshPart>& parts) {
  std::vector<int32_t> ids;
  for (const auto& [id, part] : due) ids.push_back(id);
  const std::set<int32_t> locked = lock_free_segments(ids);
  if (locked.size() != ids.size()) {
    std::erase_if(ids, [&](int32_t id) { return locked.contains(id); });
    for (const auto& [id, reason] : lock_holders(ids)) leave_out(parts[due.at(id)], sqlstate::kLockNotAvailable, reason);
  }
  return {locked.begin(), locked.end()};
}

// Those that took too long come last; first of the others, those that refreshes have left out, the longest first.  Definitions
// that start alike read the same types: neighbours share counters.
std::vector<DueSegment> read_segments(std::span<const int32_t> ids) {
  if (ids.empty()) return {};
  const Parameter parameters[] = {int4_array(ids)};
  Rows rows = run("SELECT segment_id, name, definition, owner, runs_alone, lifecycle, " SEGMENTS_SETTINGS_COLUMNS
                  " FROM segments.saved_segment LEFT JOIN segments.segment_state state USING (segment_id)"
                  " CROSS JOIN LATERAL (SELECT coalesce(state.last_sqlstate = '54000', false) AS runs_alone,"
                  "   coalesce(as_of >= (SELECT as_of FROM segments.published JOIN segments.refresh USING (refresh_id)), false)"
                  "    AS is_current) last"
                  " WHERE segment_id = ANY ($1)"
                  " ORDER BY runs_alone, is_current, CASE WHEN NOT is_current THEN as_of END NULLS FIRST, definition, segment_id",
                  parameters);
  std::vector<DueSegment> segments;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    segments.push_back({{rows.int4(i, 0), rows.text(i, 1), rows.text(i, 2), settings_of(rows, i, 6), rows.oid(i, 3),
                         lifecycle_of(rows.text(i, 5))},
                        0,
                        rows.boolean(i, 4)});
  }
  rows.release();
  return segments;
}

}  // namespace

std::vector<DueSegment> lock_due_segments(RefreshContext& context) {
  const DueParts parts = plan_parts(context);
  std::vector<DueSegment> due = read_segments(lock_due(parts, context.parts));
  for (DueSegment& planned : due) planned.part = parts.at(planned.segment.segment_id);
  std::erase_if(due, [&](const DueSegment& planned) {
    if (planned.segment.lifecycle != Lifecycle::kActive) {
      leave_out(context.parts[planned.part], sqlstate::kNotReady, "it is not active any more");
      return true;
    }
    if (OidIsValid(planned.segment.owner)) return false;
    leave_out(context.parts[planned.part], sqlstate::kNotReady, "its owner was dropped or renamed");
    return true;
  });
  return due;
}

void leave_out(RefreshPart& part, const char* sqlstate, std::string reason) {
  part.state = kSkipped;
  part.sqlstate = sqlstate;
  part.reason = std::move(reason);
}

void warn_of_left_out(const std::vector<RefreshPart>& parts) {
  constexpr size_t kMostNames = 5;
  size_t count = 0;
  std::string names;
  for (const RefreshPart& part : parts) {
    if (part.kind != "segment" || std::string_view(part.state) != kSkipped) continue;
    if (++count <= kMostNames) names += (names.empty() ? "\"" : ", \"") + part.name + "\": " + part.reason;
  }
  if (count == 0) return;
  if (count > kMostNames) names += ", and others";
  const char* detail = names.c_str();
  call([&] {
    ereport(WARNING, (errcode(ERRCODE_WARNING),
                      errmsg_plural("%zu segment was left out of this refresh", "%zu segments were left out of this refresh",
                                    count, count),
                      errdetail("%s.", detail), errhint("segments.refresh_log tells of each why; its members stay meanwhile.")));
  });
}

}  // namespace segments::pg
