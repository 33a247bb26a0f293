#include "pg/segment/membership.h"

#include "pg/run/frozen_source.h"
#include "pg/run/membership_lock.h"
#include "pg/run/published.h"
#include "pg/segment/run_limit.h"

namespace segments::pg {
namespace {

RunState published_run_state() {
  const std::optional<PublishedState> published = published_state(true);
  if (!published) published_refresh();  // raises
  const Timestamp now = GetCurrentTransactionStartTimestamp();
  Timestamp data_through = published->data_through.value_or(now);
  const std::map<int32_t, FrozenSource> frozen = frozen_sources();
  if (const auto mapping = frozen.find(kUnificationId); mapping != frozen.end() && mapping->second.data_through) {
    data_through = std::min(data_through, *mapping->second.data_through);
  }
  return {published->refresh_id, now, data_through};
}

// A transaction whose snapshot is older than the published state, or than an erasure, must fail, and not write members of the
// past: what has moved since may not be noted any more, and who was erased would be written back.
void check_sees_latest() {
  if (!call([] { return IsolationUsesXactSnapshot(); })) return;
  const char* sql =
      "SELECT (SELECT coalesce(max(refresh_id), 0) FROM segments.published),"
      " (SELECT coalesce(max(erasure_id), 0) FROM segments.erasure)";
  Snapshot latest = call([] { return RegisterSnapshot(GetLatestSnapshot()); });
  Rows now = run(sql, {}, {.snapshot = latest});
  Rows seen = run(sql, {}, {.read_only = true});
  const bool has_refreshed = now.int8(0, 0) != seen.int8(0, 0);
  const bool has_erased = now.int8(0, 1) != seen.int8(0, 1);
  now.release();
  seen.release();
  call([&] {
    UnregisterSnapshot(latest);
    if (!has_refreshed && !has_erased) return;
    ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE), errmsg("could not serialize access due to concurrent update"),
                    has_erased ? errdetail("Somebody was erased after the transaction's snapshot was taken.")
                               : errdetail("A refresh was published after the transaction's snapshot was taken."),
                    errhint("The transaction might succeed if retried.")));
  });
}

}  // namespace

SegmentRun run_over_published(const SavedSegment& segment) {
  share_memberships();
  check_sees_latest();
  // One snapshot for all of it: refreshes go on, and collect garbage.
  FreshSnapshot snapshot;
  const RunState state = published_run_state();
  const TimeLimit limit = segment_time_limit();
  HistoryNumbers numbers(true);
  PlanRun run(numbers);
  EvaluationPlan plan;
  Resolver resolver(plan, state.as_of, state.refresh_id, true);
  resolver.refuse_frozen_types();
  add_segment(resolver, segment);
  run.evaluate(plan, {&segment, 1}, state, Visibility::kStatement);
  snapshot.end();
  const SegmentRun result = run.write({&segment, 1}, state).at(0);
  notify_changed(result.has_changed ? 1 : 0);
  return result;
}

void forget_members(int32_t segment_id) {
  share_memberships();
  check_sees_latest();
  FreshSnapshot snapshot;
  const std::optional<PublishedState> published = published_state(true);
  HistoryNumbers numbers(true);
  MemberUpdate update({&segment_id, 1}, published ? published->refresh_id : 0, Visibility::kStatement, numbers);
  if (published) update.compare({}, GetCurrentTransactionStartTimestamp());
  snapshot.end();
  update.write();
  notify_changed(update.changed_segments());
  run("DELETE FROM segments.segment_state WHERE segment_id = $1", {int4(segment_id)});
}

}  // namespace segments::pg
