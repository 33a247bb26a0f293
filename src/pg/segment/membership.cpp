#include "pg/segment/membership.h"

#include "pg/segment/carried_members.h"
#include "pg/type/definition.h"
#include "pg/evaluation/evaluation.h"
#include "pg/run/membership_lock.h"
#include "pg/segment/due_segments.h"
#include "pg/segment/history_retention.h"
#include "pg/segment/member_update.h"
#include "pg/segment/run_limit.h"
#include "pg/segment/segment.h"
#include "pg/store/tile_store.h"
#include "pg/evaluation/resolve.h"
#include "pg/query/saved_statement.h"
#include "pg/run/frozen_source.h"
#include "pg/run/published.h"
#include "pg/server/subtransaction.h"

namespace segments::pg {
namespace {

// Segments evaluated by one statement: they share counters, and their members are in memory until they are written.
constexpr size_t kSegmentsPerBatch = 200;
constexpr size_t kBatchBytes = size_t{128} << 20;
constexpr size_t kMaxTileBytes = kTileSize / 8;
// Large definitions are evaluated a few at a time, so that one that takes too long wastes little.
constexpr size_t kBatchDefinitionBytes = size_t{256} << 10;

// Seconds since it was made, or restarted.
class Stopwatch {
 public:
  Stopwatch() { INSTR_TIME_SET_CURRENT(start_); }
  double restart() {
    instr_time now;
    INSTR_TIME_SET_CURRENT(now);
    instr_time elapsed = now;
    INSTR_TIME_SUBTRACT(elapsed, start_);
    start_ = now;
    return INSTR_TIME_GET_DOUBLE(elapsed);
  }

 private:
  instr_time start_;
};

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

void record_success(const SavedSegment& segment, const RunState& state, const SegmentRun& run) {
  static SavedStatement statement(
      "INSERT INTO segments.segment_state AS s (segment_id, as_of, data_through, member_count, last_run_at, duration, refresh_id)"
      " VALUES ($1, $2, $3, $4, clock_timestamp(), make_interval(secs => $5), $6)"
      " ON CONFLICT (segment_id) DO UPDATE SET as_of = excluded.as_of, data_through = excluded.data_through,"
      " member_count = excluded.member_count, last_run_at = excluded.last_run_at, duration = excluded.duration,"
      " refresh_id = excluded.refresh_id, last_sqlstate = NULL, last_error = NULL, is_frozen = false",
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
  resolver.add(request_of(segment, definition, segment.owner));
}

// Evaluates the plan whose roots are segments and writes what changed.
class PlanRun {
 public:
  explicit PlanRun(HistoryNumbers& numbers) : numbers_(numbers) {}

  // Reads what `visibility` says, and writes nothing of members yet.
  void evaluate(const EvaluationPlan& plan, std::span<const SavedSegment> segments, const RunState& state,
                Visibility visibility) {
    Members members = collect_members(plan, state.refresh_id, visibility);
    runs_.resize(segments.size());
    for (const auto& [key, tile] : members) runs_[key.first].members += tile.count;
    std::vector<int32_t> ids;
    for (const SavedSegment& segment : segments) ids.push_back(segment.segment_id);
    update_.emplace(ids, state.refresh_id, visibility, numbers_).compare(std::move(members), state.as_of);
  }

  std::vector<SegmentRun> write(std::span<const SavedSegment> segments, const RunState& state) {
    update_->write();
    const double seconds = watch_.restart() / static_cast<double>(segments.size());
    for (size_t i = 0; i < segments.size(); ++i) {
      runs_[i].seconds = seconds;
      runs_[i].has_changed = update_->has_changed(segments[i].segment_id);
      record_success(segments[i], state, runs_[i]);
    }
    update_->note_lost();
    return std::move(runs_);
  }

 private:
  HistoryNumbers& numbers_;
  Stopwatch watch_;
  std::vector<SegmentRun> runs_;
  std::optional<MemberUpdate> update_;
};

// Types that are read are as of the refresh itself; the mapping may be older.
Timestamp mapping_data_through(const RefreshContext& context) {
  if (!context.failures.contains(kUnificationId)) return context.as_of;
  const auto frozen = context.frozen.find(kUnificationId);
  return (frozen != context.frozen.end() ? frozen->second.data_through : context.previous_data_through).value_or(context.as_of);
}

// Evaluates a plan whose roots are `segments`, and writes what changed.
std::vector<SegmentRun> run_plan(const EvaluationPlan& plan, std::span<const SavedSegment> segments, const RunState& state,
                                 HistoryNumbers& numbers) {
  const TimeLimit limit = segment_time_limit();
  PlanRun run(numbers);
  run.evaluate(plan, segments, state, Visibility::kTransaction);
  return run.write(segments, state);
}

size_t batch_size(int64_t refresh_id) {
  const auto tiles = static_cast<size_t>(std::max<int64_t>(1, tiles_of_refresh(refresh_id)));
  return std::clamp<size_t>(kBatchBytes / kMaxTileBytes / tiles, 1, kSegmentsPerBatch);
}

// Whoever listens hears how many segments have other members when this transaction commits; which is theirs to ask.
void notify_changed(int64_t segments) {
  if (segments == 0) return;
  run("SELECT pg_notify('segments_changed', json_build_object('segments', $1)::text)", {int8(segments)});
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

void note_frozen(RefreshPart& part, const SavedSegment& segment, const Failure& failure) {
  record_frozen(segment.segment_id, failure);
  part.state = "frozen";
  part.sqlstate = failure.sqlstate;
  part.reason = failure.message;
}

constexpr size_t kMostWarnings = 10;

// Of segments that could not be run, which the refresh survives.
void warn_of_failures(std::span<const DueSegment> due, const std::vector<RefreshPart>& parts) {
  size_t failed = 0;
  for (const DueSegment& planned : due) {
    const RefreshPart& part = parts[planned.part];
    if (std::string_view(part.state) != "failed" || ++failed > kMostWarnings) continue;
    // The reason may quote the definition: for those who may change the segment.
    const bool is_told = owns(call([] { return GetOuterUserId(); }), planned.segment.owner);
    const std::string detail = (is_told ? part.reason + ". " : std::string()) + "It keeps the members of its last run.";
    const char* texts[] = {part.sqlstate.c_str(), planned.segment.name.c_str(), part.reason.c_str(), detail.c_str()};
    call([&] {
      ereport(WARNING, (errcode(MAKE_SQLSTATE(texts[0][0], texts[0][1], texts[0][2], texts[0][3], texts[0][4])),
                        errmsg("segment \"%s\" failed", texts[1]), errdetail_internal("%s", texts[3]),
                        errdetail_log("%s.", texts[2]), is_told ? 0 : errhint("segments.segment_overview tells its owner why.")));
    });
  }
  if (failed <= kMostWarnings) return;
  const auto more = static_cast<unsigned long>(failed - kMostWarnings);
  call([&] {
    ereport(WARNING, (errmsg_plural("%lu more segment failed", "%lu more segments failed", more, more),
                      errhint("segments.refresh_log lists all.")));
  });
}

// What evaluated together took, by what each has asked for.
void share_time(const std::vector<SavedSegment>& segments, const std::vector<size_t>& conditions, double seconds,
                OwnerTimes& times) {
  size_t sum = 0;
  for (const size_t count : conditions) sum += count;
  const auto total = static_cast<double>(sum);
  for (size_t i = 0; i < segments.size(); ++i) {
    times.add(segments[i].owner, seconds * static_cast<double>(conditions[i]) / total);
  }
}

// Evaluates these segments together and writes what changed; throws if one cannot be evaluated.
std::vector<SegmentRun> run_segments(std::span<const SavedSegment> segments, const RunState& state, HistoryNumbers& numbers) {
  FreshSnapshot snapshot;
  EvaluationPlan plan;
  Resolver resolver(plan, state.as_of, state.refresh_id, true);
  resolver.refuse_frozen_types();
  {
    const TimeLimit limit = segment_time_limit();
    for (const SavedSegment& segment : segments) add_segment(resolver, segment);
  }
  snapshot.end();
  return run_plan(plan, segments, state, numbers);
}

void leave_out_late(RefreshPart& part) {
  leave_out(part, "54000", "the segments of its owner have taken the time they may in a refresh");
}

// Resolving definitions takes next to no time, unless they ask long histories again and again: then the rest of an owner is left
// out within a batch, too.
constexpr double kLongSeconds = 2;

// Evaluates segments in one statement, those that cannot be resolved apart; one by one if that fails or takes too long.
// Returns how many have other members now.
int64_t run_batch(std::span<const DueSegment> batch, const RunState& state, HistoryNumbers& numbers,
                  std::vector<RefreshPart>& parts, OwnerTimes& times) {
  Stopwatch watch;
  FreshSnapshot snapshot;
  EvaluationPlan plan;
  Resolver resolver(plan, state.as_of, state.refresh_id, true);
  resolver.refuse_frozen_types();
  std::vector<SavedSegment> resolved;
  std::vector<size_t> places;
  std::vector<size_t> conditions;
  std::map<Oid, double> resolving;  // seconds, by owner
  for (const auto& [segment, part, runs_alone] : batch) {
    if (resolving[segment.owner] > kLongSeconds && times.is_used_up(segment.owner)) {
      leave_out_late(parts[part]);
      continue;
    }
    parts[part].state = "refreshing";
    const size_t before = plan.nodes.size();
    const std::optional<Failure> failure = in_subtransaction([&] {
      const TimeLimit limit = segment_time_limit();  // histories that it asks may be long
      add_segment(resolver, segment);
    });
    const double seconds = watch.restart();
    times.add(segment.owner, seconds);
    resolving[segment.owner] += seconds;
    if (failure && !resolver.frozen_types().empty()) {
      note_frozen(parts[part], segment, {failure->sqlstate, frozen_reason(resolver.frozen_types().front())});
    } else if (failure) {
      note_failure(parts[part], segment, *failure);
    } else {
      resolved.push_back(segment);
      places.push_back(part);
      conditions.push_back(plan.nodes.size() - before + 1);
    }
  }
  snapshot.end();
  if (resolved.empty()) return 0;
  int64_t changed = 0;
  std::vector<SegmentRun> runs(resolved.size());
  const std::optional<Failure> together = in_subtransaction([&] { runs = run_plan(plan, resolved, state, numbers); });
  if (together) numbers.forget();
  share_time(resolved, conditions, watch.restart(), times);
  for (size_t i = 0; i < resolved.size(); ++i) {
    std::optional<Failure> failure;
    if (together && resolved.size() > 1) {
      failure = in_subtransaction([&] { runs.at(i) = run_segments({&resolved[i], 1}, state, numbers).at(0); });
      if (failure) numbers.forget();
      times.add(resolved[i].owner, watch.restart());
    } else {
      failure = together;
    }
    failure ? note_failure(parts[places[i]], resolved[i], *failure) : note_success(parts[places[i]], runs[i]);
    if (!failure && runs[i].has_changed) ++changed;
  }
  return changed;
}

// What is evaluated next, from due[next] on; returns where that ends.  The rest of an owner whose time is used up is left out.
size_t take_batch(const std::vector<DueSegment>& due, size_t next, size_t size, std::vector<RefreshPart>& parts,
                  const OwnerTimes& times, std::vector<DueSegment>& batch) {
  size_t bytes = 0;
  for (; next < due.size() && batch.size() < size && bytes < kBatchDefinitionBytes; ++next) {
    const DueSegment& planned = due[next];
    if (planned.runs_alone && !batch.empty()) break;
    if (times.is_used_up(planned.segment.owner)) {
      leave_out_late(parts[planned.part]);
      continue;
    }
    bytes += planned.segment.definition.size();
    batch.push_back(planned);
    if (planned.runs_alone) return next + 1;
  }
  return next;
}

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

DefinitionSettings settings_of(const Rows& rows, uint64_t row, int first_column) {
  return {rows.text(row, first_column), rows.text(row, first_column + 1), rows.text(row, first_column + 2),
          rows.text(row, first_column + 3), weekday_of_name(rows.text(row, first_column + 4)).value_or(Weekday::kMonday)};
}

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

void refresh_memberships(RefreshContext& context) {
  const RunState state{context.refresh_id, context.as_of, mapping_data_through(context)};
  const std::vector<DueSegment> due = lock_due_segments(context);
  begin_phase(context, "evaluating", static_cast<int64_t>(due.size()));
  const size_t size = due.empty() ? 0 : batch_size(context.refresh_id);
  OwnerTimes times;
  HistoryNumbers numbers(false);
  int64_t changed = 0;
  std::vector<DueSegment> batch;
  for (size_t next = 0; next < due.size();) {
    context.interrupt->poll();
    batch.clear();
    next = take_batch(due, next, size, context.parts, times, batch);
    changed += run_batch(batch, state, numbers, context.parts, times);
    context.progress.done = static_cast<int64_t>(next);
    show_progress(context);
  }
  warn_of_failures(due, context.parts);
  for (const DueSegment& planned : due) {
    if (context.parts[planned.part].sqlstate.empty()) ++context.counters.segments_run;
  }
  warn_of_left_out(context.parts);
  changed += carry_members(context.refresh_id, *context.interrupt);
  notify_changed(changed);
  forget_old_history(context.as_of, *context.interrupt);
}

namespace {

void record_state(int32_t segment_id, const Failure& failure, bool is_frozen) {
  run("INSERT INTO segments.segment_state AS s (segment_id, last_run_at, last_sqlstate, last_error, is_frozen)"
      " VALUES ($1, clock_timestamp(), $2, $3, $4)"
      " ON CONFLICT (segment_id) DO UPDATE SET last_run_at = CASE WHEN $4 THEN s.last_run_at ELSE excluded.last_run_at END,"
      " last_sqlstate = excluded.last_sqlstate, last_error = excluded.last_error, is_frozen = excluded.is_frozen",
      {int4(segment_id), text(failure.sqlstate), text(failure.message), boolean(is_frozen)});
}

}  // namespace

void record_failure(int32_t segment_id, const Failure& failure) { record_state(segment_id, failure, false); }
void record_frozen(int32_t segment_id, const Failure& failure) { record_state(segment_id, failure, true); }

}  // namespace segments::pg
