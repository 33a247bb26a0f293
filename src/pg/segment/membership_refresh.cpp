// The runs of all segments that are due in a refresh.
#include "pg/evaluation/evaluation.h"
#include "pg/segment/carried_members.h"
#include "pg/segment/due_segments.h"
#include "pg/segment/history_retention.h"
#include "pg/segment/membership.h"
#include "pg/segment/run_limit.h"
#include "pg/segment/segment.h"
#include "pg/segment/segment_run.h"
#include "pg/server/sqlstate.h"
#include "pg/server/subtransaction.h"
#include "pg/store/tile_store.h"

namespace segments::pg {
namespace {

// Segments evaluated by one statement: they share counters, and their members are in memory until they are written.
constexpr size_t kSegmentsPerBatch = 200;
constexpr size_t kBatchBytes = size_t{128} << 20;
constexpr size_t kMaxTileBytes = kTileSize / 8;
// Large definitions are evaluated a few at a time, so that one that takes too long wastes little.
constexpr size_t kBatchDefinitionBytes = size_t{256} << 10;

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
  leave_out(part, sqlstate::kLimitExceeded, "the segments of its owner have taken the time they may in a refresh");
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

}  // namespace

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

}  // namespace segments::pg
