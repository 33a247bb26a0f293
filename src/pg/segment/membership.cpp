#include "pg/segment/membership.h"

#include "pg/segment/carried_members.h"
#include "pg/type/definition.h"
#include "pg/evaluation/evaluation.h"
#include "pg/run/membership_lock.h"
#include "pg/segment/segment_lock.h"
#include "pg/store/membership_writer.h"
#include "pg/store/tile_store.h"
#include "pg/evaluation/resolve.h"
#include "pg/query/saved_statement.h"
#include "pg/run/published.h"
#include "pg/server/subtransaction.h"

namespace segments::pg {
namespace {

// Segments evaluated by one statement: they share counters, and their members are in memory until they are written.
constexpr size_t kSegmentsPerBatch = 200;
constexpr size_t kBatchBytes = size_t{128} << 20;
constexpr size_t kMaxTileBytes = kTileSize / 8;

Members collect_members(const EvaluationPlan& plan, int64_t refresh_id, Visibility visibility) {
  Members members;
  evaluate_tiles(plan, refresh_id, visibility, [&](uint32_t tile, TileResult&& result) {
    for (uint32_t i = 0; i < result.sets.size(); ++i) {
      if (result.sets[i].empty()) continue;
      members[{i, tile}] = {static_cast<int64_t>(result.sets[i].cardinality()), result.sets[i].to_portable()};
    }
  });
  return members;
}

void record_success(const SavedSegment& segment, const RunState& state, const SegmentRun& run) {
  static SavedStatement statement(
      "INSERT INTO segments.segment_state AS s (segment_id, as_of, data_through, member_count, last_run_at, duration, refresh_id)"
      " VALUES ($1, $2, $3, $4, clock_timestamp(), make_interval(secs => $5), $6)"
      " ON CONFLICT (segment_id) DO UPDATE SET as_of = excluded.as_of, data_through = excluded.data_through,"
      " member_count = excluded.member_count, last_run_at = excluded.last_run_at, duration = excluded.duration,"
      " refresh_id = excluded.refresh_id, last_sqlstate = NULL, last_error = NULL",
      {INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT8OID, FLOAT8OID, INT8OID});
  statement.run({int4(segment.segment_id), timestamptz(state.as_of), timestamptz(state.data_through), int8(run.members),
                 datum(FLOAT8OID, Float8GetDatum(run.seconds)), int8(state.refresh_id)},
                false);
}

// Until end(), reads see what this transaction has written so far.  An abort ends it too.
class FreshSnapshot {
 public:
  FreshSnapshot() {
    call([] {
      CommandCounterIncrement();
      PushActiveSnapshot(GetTransactionSnapshot());
    });
  }
  void end() {
    call([] { PopActiveSnapshot(); });
  }
};

void add_segment(Resolver& resolver, const SavedSegment& segment) {
  const Definition definition = read_definition(segment.definition);
  resolver.add({&definition, segment.definition, segment.owner, segment.time_zone});
}

// Evaluates the plan whose roots are segments and writes what changed.
class PlanRun {
 public:
  PlanRun() { INSTR_TIME_SET_CURRENT(start_); }

  void evaluate(const EvaluationPlan& plan, const RunState& state, Visibility visibility) {
    members_ = collect_members(plan, state.refresh_id, visibility);
  }

  std::vector<SegmentRun> write(std::span<const SavedSegment> segments, const RunState& state) {
    std::vector<SegmentRun> runs(segments.size());
    for (const auto& [key, tile] : members_) runs[key.first].members += tile.count;
    std::vector<int32_t> ids;
    for (const SavedSegment& segment : segments) ids.push_back(segment.segment_id);
    write_members(ids, std::move(members_), state.refresh_id);
    instr_time end;
    INSTR_TIME_SET_CURRENT(end);
    INSTR_TIME_SUBTRACT(end, start_);
    const double seconds = INSTR_TIME_GET_DOUBLE(end) / static_cast<double>(segments.size());
    for (size_t i = 0; i < segments.size(); ++i) {
      runs[i].seconds = seconds;
      record_success(segments[i], state, runs[i]);
    }
    return runs;
  }

 private:
  instr_time start_;
  Members members_;
};

// Evaluates a plan whose roots are `segments`, and writes what changed.
std::vector<SegmentRun> run_plan(const EvaluationPlan& plan, std::span<const SavedSegment> segments, const RunState& state) {
  PlanRun run;
  run.evaluate(plan, state, Visibility::kTransaction);
  return run.write(segments, state);
}

struct DueSegment {
  SavedSegment segment;
  size_t part;  // its number in RefreshContext::parts
};

std::vector<SavedSegment> read_segments(std::span<const int32_t> ids) {
  // Definitions that start alike read the same types: neighbours share counters.
  const Parameter parameters[] = {int4_array(ids)};
  Rows rows =
      run("SELECT segment_id, name, definition, time_zone, owner FROM segments.saved_segment WHERE segment_id = ANY ($1)"
          " ORDER BY definition, segment_id",
          parameters);
  std::vector<SavedSegment> segments;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    segments.push_back({rows.int4(i, 0), rows.text(i, 1), rows.text(i, 2), rows.text(i, 3), rows.oid(i, 4)});
  }
  rows.release();
  return segments;
}

size_t batch_size(int64_t refresh_id) {
  const auto tiles = static_cast<size_t>(std::max<int64_t>(1, tiles_of_refresh(refresh_id)));
  return std::clamp<size_t>(kBatchBytes / kMaxTileBytes / tiles, 1, kSegmentsPerBatch);
}

void leave_out(RefreshPart& part, const char* sqlstate, std::string reason) {
  part.state = "skipped";
  part.sqlstate = sqlstate;
  part.reason = std::move(reason);
}

// By segment: the number of its part.  The record is in the order of creation.
using DueParts = std::map<int32_t, size_t>;

DueParts plan_parts(RefreshContext& context) {
  Rows rows = run("SELECT segment_id, name FROM segments.due_segment WHERE refresh_id = $1 ORDER BY segment_id",
                  {int8(context.refresh_id)});
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
    for (const auto& [id, reason] : lock_holders(ids)) leave_out(parts[due.at(id)], "55P03", reason);
  }
  return {locked.begin(), locked.end()};
}

void warn_of_left_out(const DueParts& due, const std::vector<RefreshPart>& parts) {
  constexpr size_t kMostNames = 5;
  size_t count = 0;
  std::string names;
  for (const auto& [id, number] : due) {
    const RefreshPart& part = parts[number];
    if (std::string_view(part.state) != "skipped") continue;
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

// What is evaluated together is neighbours.
std::vector<DueSegment> plan_segments(RefreshContext& context) {
  const DueParts parts = plan_parts(context);
  std::vector<DueSegment> due;
  for (SavedSegment& segment : read_segments(lock_due(parts, context.parts))) {
    const size_t part = parts.at(segment.segment_id);
    if (OidIsValid(segment.owner)) {
      due.push_back({std::move(segment), part});
    } else {
      leave_out(context.parts[part], "55000", "its owner was dropped or renamed");
    }
  }
  warn_of_left_out(parts, context.parts);
  return due;
}

void note_success(RefreshPart& part, const SegmentRun& run) {
  part.state = "successful";
  part.seconds = run.seconds;
}

void note_failure(RefreshPart& part, const SavedSegment& segment, const Failure& failure) {
  record_failure(segment.segment_id, failure);
  part.state = "failed";
  part.sqlstate = failure.sqlstate;
  part.reason = failure.message;
}

// Evaluates segments in one statement, those that cannot be resolved apart; one by one if that fails.
void run_batch(std::span<const DueSegment> batch, const RunState& state, std::vector<RefreshPart>& parts) {
  FreshSnapshot snapshot;
  EvaluationPlan plan;
  Resolver resolver(plan, state.as_of, state.refresh_id, true);
  std::vector<SavedSegment> resolved;
  std::vector<size_t> numbers;
  for (const auto& [segment, part] : batch) {
    parts[part].state = "refreshing";
    const std::optional<Failure> failure = in_subtransaction([&] { add_segment(resolver, segment); });
    if (failure) {
      note_failure(parts[part], segment, *failure);
    } else {
      resolved.push_back(segment);
      numbers.push_back(part);
    }
  }
  snapshot.end();
  if (resolved.empty()) return;
  std::vector<SegmentRun> runs;
  if (!in_subtransaction([&] { runs = run_plan(plan, resolved, state); })) {
    for (size_t i = 0; i < resolved.size(); ++i) note_success(parts[numbers[i]], runs[i]);
    return;
  }
  for (size_t i = 0; i < resolved.size(); ++i) {
    const std::optional<Failure> failure = in_subtransaction([&] { runs = run_segments({&resolved[i], 1}, state); });
    failure ? note_failure(parts[numbers[i]], resolved[i], *failure) : note_success(parts[numbers[i]], runs[0]);
  }
}

RunState published_run_state() {
  const std::optional<PublishedState> published = published_state(true);
  if (!published) published_refresh();  // raises
  const Timestamp now = GetCurrentTransactionStartTimestamp();
  return {published->refresh_id, now, published->data_through.value_or(now)};
}

// A transaction whose snapshot is older than the published state must fail, and not write members of the past: what has moved
// since may not be noted any more.
void check_sees_published() {
  if (!call([] { return IsolationUsesXactSnapshot(); })) return;
  const char* sql = "SELECT coalesce(max(refresh_id), 0) FROM segments.published";
  Snapshot latest = call([] { return RegisterSnapshot(GetLatestSnapshot()); });
  Rows now = run(sql, {}, {.snapshot = latest});
  Rows seen = run(sql, {}, {.read_only = true});
  const bool is_same = now.int8(0, 0) == seen.int8(0, 0);
  now.release();
  seen.release();
  call([&] {
    UnregisterSnapshot(latest);
    if (is_same) return;
    ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE), errmsg("could not serialize access due to concurrent update"),
                    errdetail("A refresh was published after the transaction's snapshot was taken."),
                    errhint("The transaction might succeed if retried.")));
  });
}

}  // namespace

std::vector<SegmentRun> run_segments(std::span<const SavedSegment> segments, const RunState& state) {
  FreshSnapshot snapshot;
  EvaluationPlan plan;
  Resolver resolver(plan, state.as_of, state.refresh_id, true);
  for (const SavedSegment& segment : segments) add_segment(resolver, segment);
  snapshot.end();
  return run_plan(plan, segments, state);
}

SegmentRun run_over_published(const SavedSegment& segment) {
  share_memberships();
  check_sees_published();
  // One snapshot for all of it: refreshes go on, and collect garbage.
  FreshSnapshot snapshot;
  const RunState state = published_run_state();
  PlanRun run;
  EvaluationPlan plan;
  Resolver resolver(plan, state.as_of, state.refresh_id, true);
  add_segment(resolver, segment);
  run.evaluate(plan, state, Visibility::kStatement);
  snapshot.end();
  return run.write({&segment, 1}, state).at(0);
}

void refresh_memberships(RefreshContext& context) {
  const RunState state{context.refresh_id, context.as_of, context.as_of};
  const std::vector<DueSegment> due = plan_segments(context);
  begin_phase(context, "evaluating", static_cast<int64_t>(due.size()));
  const size_t size = due.empty() ? 0 : batch_size(context.refresh_id);
  for (size_t first = 0; first < due.size(); first += size) {
    context.interrupt->poll();
    const size_t count = std::min(size, due.size() - first);
    run_batch({due.data() + first, count}, state, context.parts);
    context.progress.done += static_cast<int64_t>(count);
    show_progress(context);
  }
  for (const auto& [segment, part] : due) {
    if (context.parts[part].sqlstate.empty()) ++context.counters.segments_run;
  }
  carry_members(context.refresh_id, *context.interrupt);
}

void record_failure(int32_t segment_id, const Failure& failure) {
  run("INSERT INTO segments.segment_state AS s (segment_id, last_run_at, last_sqlstate, last_error)"
      " VALUES ($1, clock_timestamp(), $2, $3)"
      " ON CONFLICT (segment_id) DO UPDATE SET last_run_at = excluded.last_run_at,"
      " last_sqlstate = excluded.last_sqlstate, last_error = excluded.last_error",
      {int4(segment_id), text(failure.sqlstate), text(failure.message)});
}

}  // namespace segments::pg
