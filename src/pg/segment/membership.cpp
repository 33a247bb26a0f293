#include "pg/segment/membership.h"

#include "pg/segment/carried_members.h"
#include "pg/type/definition.h"
#include "pg/evaluation/evaluation.h"
#include "pg/server/extension_lock.h"
#include "pg/store/membership_writer.h"
#include "pg/evaluation/resolve.h"
#include "pg/query/saved_statement.h"
#include "pg/server/subtransaction.h"

namespace segments::pg {
namespace {

// Segments evaluated by one statement: they share counters, and their members are in memory until they are written.
constexpr size_t kSegmentsPerBatch = 200;
constexpr size_t kBatchBytes = size_t{128} << 20;
constexpr size_t kMaxTileBytes = kTileSize / 8;
Members collect_members(const EvaluationPlan& plan, int64_t refresh_id) {
  Members members;
  evaluate_tiles(plan, refresh_id, Visibility::kTransaction, [&](uint32_t tile, TileResult&& result) {
    for (uint32_t i = 0; i < result.sets.size(); ++i) {
      if (result.sets[i].empty()) continue;
      members[{i, tile}] = {static_cast<int64_t>(result.sets[i].cardinality()), result.sets[i].to_portable()};
    }
  });
  return members;
}

void record_success(const SavedSegment& segment, const RunState& state, const SegmentRun& run) {
  static SavedStatement statement(
      "INSERT INTO segments.segment_state AS s (segment_id, as_of, data_through, member_count, last_run_at, duration)"
      " VALUES ($1, $2, $3, $4, clock_timestamp(), make_interval(secs => $5))"
      " ON CONFLICT (segment_id) DO UPDATE SET as_of = excluded.as_of, data_through = excluded.data_through,"
      " member_count = excluded.member_count, last_run_at = excluded.last_run_at, duration = excluded.duration,"
      " last_sqlstate = NULL, last_error = NULL",
      {INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT8OID, FLOAT8OID});
  statement.run({int4(segment.segment_id), timestamptz(state.as_of), timestamptz(state.data_through), int8(run.members),
                 datum(FLOAT8OID, Float8GetDatum(run.seconds))},
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

// Evaluates a plan whose roots are `segments`, and writes what changed.
std::vector<SegmentRun> run_plan(const EvaluationPlan& plan, std::span<const SavedSegment> segments, const RunState& state) {
  instr_time start;
  INSTR_TIME_SET_CURRENT(start);
  Members members = collect_members(plan, state.refresh_id);
  std::vector<SegmentRun> runs(segments.size());
  for (const auto& [key, tile] : members) runs[key.first].members += tile.count;
  std::vector<int32_t> ids;
  for (const SavedSegment& segment : segments) ids.push_back(segment.segment_id);
  write_members(ids, std::move(members), state.refresh_id);
  instr_time end;
  INSTR_TIME_SET_CURRENT(end);
  INSTR_TIME_SUBTRACT(end, start);
  const double seconds = INSTR_TIME_GET_DOUBLE(end) / static_cast<double>(segments.size());
  for (size_t i = 0; i < segments.size(); ++i) {
    runs[i].seconds = seconds;
    record_success(segments[i], state, runs[i]);
  }
  return runs;
}

std::vector<SavedSegment> due_segments(int64_t refresh_id) {
  // Definitions that start alike read the same types: neighbours share counters.
  Rows rows =
      run("SELECT s.segment_id, s.name, s.definition, s.time_zone, s.owner"
          " FROM segments.due_segment due JOIN segments.saved_segment s USING (segment_id)"
          " WHERE due.refresh_id = $1 ORDER BY s.definition, s.segment_id",
          {int8(refresh_id)});
  std::vector<SavedSegment> segments;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    segments.push_back({rows.int4(i, 0), rows.text(i, 1), rows.text(i, 2), rows.text(i, 3), rows.oid(i, 4)});
  }
  rows.release();
  return segments;
}

size_t batch_size(int64_t refresh_id) {
  Rows rows = run("SELECT count(*) FROM segments.tile WHERE from_refresh <= $1 AND to_refresh > $1", {int8(refresh_id)});
  const auto tiles = static_cast<size_t>(std::max<int64_t>(1, rows.int8(0, 0)));
  rows.release();
  return std::clamp<size_t>(kBatchBytes / kMaxTileBytes / tiles, 1, kSegmentsPerBatch);
}

struct DueSegment {
  SavedSegment segment;
  size_t part;  // its number in RefreshContext::parts
};

void leave_out(RefreshItem& item, const char* sqlstate, std::string reason) {
  item.state = "skipped";
  item.sqlstate = sqlstate;
  item.reason = std::move(reason);
}

// What is evaluated together is neighbours; the record is in the order of creation.
std::vector<DueSegment> plan_segments(RefreshContext& context) {
  std::vector<DueSegment> due;
  for (SavedSegment& segment : due_segments(context.refresh_id)) due.push_back({std::move(segment), 0});
  std::vector<DueSegment*> by_id;
  for (DueSegment& planned : due) by_id.push_back(&planned);
  std::ranges::sort(by_id, {}, [](const DueSegment* planned) { return planned->segment.segment_id; });
  for (DueSegment* planned : by_id) {
    planned->part = context.parts.size();
    context.parts.push_back({"segment", planned->segment.name});
  }
  context.has_planned_segments = true;
  std::erase_if(due, [&](const DueSegment& planned) {
    if (OidIsValid(planned.segment.owner)) return false;
    leave_out(context.items[planned.item], "55000", "its owner was dropped or renamed");
    return true;
  });
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

}  // namespace

std::vector<SegmentRun> run_segments(std::span<const SavedSegment> segments, const RunState& state) {
  FreshSnapshot snapshot;
  EvaluationPlan plan;
  Resolver resolver(plan, state.as_of, state.refresh_id, true);
  for (const SavedSegment& segment : segments) add_segment(resolver, segment);
  snapshot.end();
  return run_plan(plan, segments, state);
}

void refresh_memberships(RefreshContext& context) {
  lock_memberships();
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
  std::vector<int32_t> evaluated;
  for (const auto& [segment, part] : due) {
    if (context.parts[part].sqlstate.empty()) evaluated.push_back(segment.segment_id);
  }
  context.counters.segments_run += static_cast<int64_t>(evaluated.size());
  carry_members(context, evaluated);
}

void record_failure(int32_t segment_id, const Failure& failure) {
  run("INSERT INTO segments.segment_state AS s (segment_id, last_run_at, last_sqlstate, last_error)"
      " VALUES ($1, clock_timestamp(), $2, $3)"
      " ON CONFLICT (segment_id) DO UPDATE SET last_run_at = excluded.last_run_at,"
      " last_sqlstate = excluded.last_sqlstate, last_error = excluded.last_error",
      {int4(segment_id), text(failure.sqlstate), text(failure.message)});
}

void lock_memberships() {
  call([] {
    PreventCommandDuringRecovery("a change of segments");
    const LOCKTAG tag = tag_of(ExtensionLock::kMembership);
    LockAcquire(&tag, ExclusiveLock, false, false);
  });
}

}  // namespace segments::pg
