#include "pg/membership.h"

#include "pg/carried_members.h"
#include "pg/definition.h"
#include "pg/evaluation.h"
#include "pg/extension_lock.h"
#include "pg/membership_writer.h"
#include "pg/resolve.h"
#include "pg/saved_statement.h"
#include "pg/subtransaction.h"

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

void record_success(const SavedSegment& segment, const RunState& state, int64_t members, double seconds) {
  static SavedStatement statement(
      "INSERT INTO segments.segment_state AS s (segment_id, as_of, data_through, member_count, last_run_at, duration)"
      " VALUES ($1, $2, $3, $4, clock_timestamp(), make_interval(secs => $5))"
      " ON CONFLICT (segment_id) DO UPDATE SET as_of = excluded.as_of, data_through = excluded.data_through,"
      " member_count = excluded.member_count, last_run_at = excluded.last_run_at, duration = excluded.duration,"
      " last_sqlstate = NULL, last_error = NULL",
      {INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT8OID, FLOAT8OID});
  statement.run({int4(segment.segment_id), timestamptz(state.as_of), timestamptz(state.data_through), int8(members),
                 datum(FLOAT8OID, Float8GetDatum(seconds))},
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
std::vector<int64_t> run_plan(const EvaluationPlan& plan, std::span<const SavedSegment> segments, const RunState& state) {
  instr_time start;
  INSTR_TIME_SET_CURRENT(start);
  Members members = collect_members(plan, state.refresh_id);
  std::vector<int64_t> counts(segments.size());
  for (const auto& [key, tile] : members) counts[key.first] += tile.count;
  std::vector<int32_t> ids;
  for (const SavedSegment& segment : segments) ids.push_back(segment.segment_id);
  write_members(ids, std::move(members), state.refresh_id);
  instr_time end;
  INSTR_TIME_SET_CURRENT(end);
  INSTR_TIME_SUBTRACT(end, start);
  const double seconds = INSTR_TIME_GET_DOUBLE(end) / static_cast<double>(segments.size());
  for (size_t i = 0; i < segments.size(); ++i) record_success(segments[i], state, counts[i], seconds);
  return counts;
}

// Those whose schedule says so: the first refresh from each of its times on evaluates a segment, and one that was never run.
std::vector<SavedSegment> due_segments(Timestamp as_of) {
  // Definitions that start alike read the same types: neighbours share counters.
  Rows rows = run(
      "SELECT s.segment_id, s.name, s.definition, s.time_zone, s.owner::oid FROM segments.segment s"
      " LEFT JOIN segments.segment_schedule planned ON planned.segment_id = s.segment_id"
      " LEFT JOIN segments.segment_state state ON state.segment_id = s.segment_id"
      " WHERE planned.schedule IS NULL"
      " OR segments.next_attempt(planned.schedule, ARRAY[state.as_of], 0, NULL, $1) <= $1"
      " ORDER BY s.definition, s.segment_id",
      {timestamptz(as_of)});
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

// Evaluates segments in one statement, those that cannot be resolved apart; one by one if that fails.  Returns those that are good.
std::vector<int32_t> run_batch(std::span<const SavedSegment> batch, const RunState& state) {
  FreshSnapshot snapshot;
  EvaluationPlan plan;
  Resolver resolver(plan, state.as_of, state.refresh_id, true);
  std::vector<SavedSegment> resolved;
  for (const SavedSegment& segment : batch) {
    const std::optional<Failure> failure = in_subtransaction([&] { add_segment(resolver, segment); });
    if (failure) {
      record_failure(segment.segment_id, *failure);
    } else {
      resolved.push_back(segment);
    }
  }
  snapshot.end();
  std::vector<int32_t> good;
  if (resolved.empty()) return good;
  if (!in_subtransaction([&] { run_plan(plan, resolved, state); })) {
    for (const SavedSegment& segment : resolved) good.push_back(segment.segment_id);
    return good;
  }
  for (const SavedSegment& segment : resolved) {
    const std::optional<Failure> failure = in_subtransaction([&] { run_segments({&segment, 1}, state); });
    failure ? record_failure(segment.segment_id, *failure) : good.push_back(segment.segment_id);
  }
  return good;
}

}  // namespace

std::vector<int64_t> run_segments(std::span<const SavedSegment> segments, const RunState& state) {
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
  const std::vector<SavedSegment> segments = due_segments(context.as_of);
  const size_t size = segments.empty() ? 0 : batch_size(context.refresh_id);
  std::vector<int32_t> evaluated;
  for (size_t first = 0; first < segments.size(); first += size) {
    context.interrupt->poll();
    const size_t count = std::min(size, segments.size() - first);
    const std::vector<int32_t> good = run_batch({segments.data() + first, count}, state);
    evaluated.insert(evaluated.end(), good.begin(), good.end());
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
