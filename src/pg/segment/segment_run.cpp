#include "pg/segment/segment_run.h"

#include "pg/query/saved_statement.h"
#include "pg/segment/run_limit.h"
#include "pg/type/definition.h"

namespace segments::pg {
namespace {

Members collect_members(const EvaluationPlan& plan, int64_t refresh_id, Visibility visibility) {
  Members members;
  LimitedInterrupt interrupt;
  evaluate_tiles(plan, refresh_id, visibility, [&](uint32_t tile, TileResult&& result) {
    interrupt.poll();
    for (uint32_t i = 0; i < result.sets.size(); ++i) {
      if (result.sets[i].empty()) continue;
      members[{i, tile}] = {static_cast<int64_t>(result.sets[i].cardinality()), result.sets[i].to_portable(), {}};
    }
  });
  return members;
}

// Of segments that were evaluated together, each its share of the time.
void record_success(std::span<const SavedSegment> segments, const RunState& state, std::span<const SegmentRun> runs,
                    double seconds) {
  static SavedStatement statement(
      "INSERT INTO segments.segment_state AS s (segment_id, as_of, data_through, member_count, last_run_at, duration, refresh_id)"
      " SELECT segment_id, $3, $4, members, clock_timestamp(), make_interval(secs => $5), $6"
      " FROM unnest($1, $2) AS run (segment_id, members)"
      " ON CONFLICT (segment_id) DO UPDATE SET as_of = excluded.as_of, data_through = excluded.data_through,"
      " member_count = excluded.member_count, last_run_at = excluded.last_run_at, duration = excluded.duration,"
      " refresh_id = excluded.refresh_id, last_sqlstate = NULL, last_error = NULL, is_frozen = false",
      {INT4ARRAYOID, INT8ARRAYOID, TIMESTAMPTZOID, TIMESTAMPTZOID, FLOAT8OID, INT8OID});
  std::vector<int32_t> ids;
  std::vector<int64_t> members;
  for (size_t i = 0; i < segments.size(); ++i) {
    ids.push_back(segments[i].segment_id);
    members.push_back(runs[i].members);
  }
  statement.run({int4_array(ids), int8_array(members), timestamptz(state.as_of), timestamptz(state.data_through),
                 datum(FLOAT8OID, Float8GetDatum(seconds)), int8(state.refresh_id)},
                false);
}

void record_state(int32_t segment_id, const Failure& failure, bool is_frozen) {
  run("INSERT INTO segments.segment_state AS s (segment_id, last_run_at, last_sqlstate, last_error, is_frozen)"
      " VALUES ($1, clock_timestamp(), $2, $3, $4)"
      " ON CONFLICT (segment_id) DO UPDATE SET last_run_at = CASE WHEN $4 THEN s.last_run_at ELSE excluded.last_run_at END,"
      " last_sqlstate = excluded.last_sqlstate, last_error = excluded.last_error, is_frozen = excluded.is_frozen",
      {int4(segment_id), text(failure.sqlstate), text(failure.message), boolean(is_frozen)});
}

}  // namespace

void add_segment(Resolver& resolver, const SavedSegment& segment) {
  const Definition definition = read_definition(segment.definition);
  resolver.add(request_of(segment, definition, segment.owner));
}

void PlanRun::evaluate(const EvaluationPlan& plan, std::span<const SavedSegment> segments, const RunState& state,
                       Visibility visibility) {
  Members members = collect_members(plan, state.refresh_id, visibility);
  runs_.resize(segments.size());
  for (const auto& [key, tile] : members) runs_[key.first].members += tile.count;
  std::vector<int32_t> ids;
  for (const SavedSegment& segment : segments) ids.push_back(segment.segment_id);
  update_.emplace(ids, state.refresh_id, visibility, numbers_).compare(std::move(members), state.as_of);
}

std::vector<SegmentRun> PlanRun::write(std::span<const SavedSegment> segments, const RunState& state) {
  update_->write();
  const double seconds = watch_.restart() / static_cast<double>(segments.size());
  for (size_t i = 0; i < segments.size(); ++i) {
    runs_[i].seconds = seconds;
    runs_[i].has_changed = update_->has_changed(segments[i].segment_id);
  }
  record_success(segments, state, runs_, seconds);
  update_->note_lost();
  return std::move(runs_);
}

void notify_changed(int64_t segments) {
  if (segments == 0) return;
  run("SELECT pg_notify('segments_changed', json_build_object('segments', $1)::text)", {int8(segments)});
}

void record_failure(int32_t segment_id, const Failure& failure) { record_state(segment_id, failure, false); }
void record_frozen(int32_t segment_id, const Failure& failure) { record_state(segment_id, failure, true); }

}  // namespace segments::pg
