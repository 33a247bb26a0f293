#include "pg/segment/referenced_past.h"

#include "pg/run/published.h"
#include "pg/segment/history_replay.h"
#include "pg/server/time_limit.h"
#include "pg/store/history_profile.h"
#include "pg/store/history_profile_reader.h"

namespace segments::pg {
namespace {

int64_t last_published_refresh() {
  const std::optional<PublishedState> published = published_state(true);
  return published ? published->refresh_id : 0;
}

Change change_of(ReferenceKind kind) { return kind == ReferenceKind::kLeft ? Change::kLeft : Change::kEntered; }

ProfileSet members_then(const ReferencedSegment& segment, Timestamp at, int64_t last_refresh) {
  const int64_t run_id = run_in_force(segment.name, segment.segment_id, at, last_refresh);
  if (run_id == 0) return {};
  return replayed_history(segment.segment_id, run_id, true, HistoryReplay::Since::kForgotten).members();
}

// Runs follow each other, but their times may not: of those between the first and the last within the range, each is looked at.
ProfileSet changed_within(const ReferencedSegment& segment, Change change, const TimeRange& range, int64_t last_refresh) {
  if (range.empty()) return {};
  Rows rows =
      run("SELECT min(run_id) FILTER (WHERE at BETWEEN $2 AND $3), max(run_id) FILTER (WHERE at BETWEEN $2 AND $3),"
          " coalesce(max(at) FILTER (WHERE is_base) >= $2, false) FROM segments.membership_run WHERE segment_id = $1",
          {int4(segment.segment_id), timestamptz(range.first), timestamptz(range.last)}, {.read_only = true});
  const bool is_cut = rows.boolean(0, 2);
  const bool has_runs = !rows.is_null(0, 0);
  const int64_t first = has_runs ? rows.int8(0, 0) : 0;
  const int64_t last = has_runs ? rows.int8(0, 1) : 0;
  rows.release();
  if (is_cut) throw_history_cut(segment.name);
  ProfileSet numbers;
  if (!has_runs) return numbers;
  LimitedInterrupt interrupt;
  read_history(segment.segment_id, first - 1, last, true, [&](HistoryRow&& row) {
    interrupt.poll();
    if (row.change != change || row.refresh_id > last_refresh || row.at < range.first || row.at > range.last) return;
    numbers |= row.numbers;
  });
  return numbers;
}

}  // namespace

ProfileSet read_past(const ReferencedSegment& segment, ReferenceKind kind, const TimeRange& range) {
  LimitedInterrupt interrupt;
  interrupt.poll();
  const int64_t last_refresh = last_published_refresh();
  const ProfileSet numbers = kind == ReferenceKind::kAsOf ? members_then(segment, range.last, last_refresh)
                                                          : changed_within(segment, change_of(kind), range, last_refresh);
  std::vector<Ordinal> ordinals;
  for (const auto& [number, ordinal] : ordinals_of_numbers(numbers, true, interrupt)) ordinals.push_back(ordinal);
  return ProfileSet::from_ordinals(ordinals);
}

bool was_run(const ReferencedSegment& segment) {
  Rows rows =
      run("SELECT FROM segments.membership_run WHERE segment_id = $1 LIMIT 1", {int4(segment.segment_id)}, {.read_only = true});
  const bool was = !rows.empty();
  rows.release();
  return was;
}

std::vector<Timestamp> read_change_times(const ReferencedSegment& segment, ReferenceKind kind, std::string_view profile_id) {
  HistoryProfileReader profiles(call([] { return GetActiveSnapshot(); }), CurrentMemoryContext);
  const std::vector<int32_t> numbers = profiles.numbers_of(profile_id);
  profiles.close();
  const int64_t last_refresh = last_published_refresh();
  const Change change = change_of(kind);
  std::vector<Timestamp> times;
  read_history(segment.segment_id, 0, INT64_MAX, true, [&](HistoryRow&& row) {
    if (row.change != change || row.refresh_id > last_refresh) return;
    const bool is_meant =
        std::ranges::any_of(numbers, [&](int32_t number) { return row.numbers.contains(static_cast<Ordinal>(number)); });
    if (is_meant) times.push_back(row.at);
  });
  std::ranges::sort(times);
  return times;
}

}  // namespace segments::pg
