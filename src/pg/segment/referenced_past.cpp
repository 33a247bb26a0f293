#include "pg/segment/referenced_past.h"

#include "pg/run/published.h"
#include "pg/segment/history_replay.h"
#include "pg/store/history_profile.h"

namespace segments::pg {
namespace {

int64_t last_published_refresh() {
  const std::optional<PublishedState> published = published_state(true);
  return published ? published->refresh_id : 0;
}

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
  read_history(segment.segment_id, first - 1, last, true, [&](HistoryRow&& row) {
    if (row.change != change || row.refresh_id > last_refresh || row.at < range.first || row.at > range.last) return;
    numbers |= row.numbers;
  });
  return numbers;
}

}  // namespace

ProfileSet read_past(const ReferencedSegment& segment, ReferenceKind kind, const TimeRange& range) {
  const int64_t last_refresh = last_published_refresh();
  const ProfileSet numbers =
      kind == ReferenceKind::kAsOf
          ? members_then(segment, range.last, last_refresh)
          : changed_within(segment, kind == ReferenceKind::kLeft ? Change::kLeft : Change::kEntered, range, last_refresh);
  ServerInterrupt interrupt;
  std::vector<Ordinal> ordinals;
  for (const auto& [number, ordinal] : ordinals_of_numbers(numbers, true, interrupt)) ordinals.push_back(ordinal);
  std::ranges::sort(ordinals);
  const auto repeated = std::ranges::unique(ordinals);
  ordinals.erase(repeated.begin(), repeated.end());
  return ProfileSet::from_ordinals(ordinals);
}

}  // namespace segments::pg
