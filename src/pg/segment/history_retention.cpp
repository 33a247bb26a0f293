#include "pg/segment/history_retention.h"

#include "pg/query/query.h"
#include "pg/run/membership_lock.h"
#include "pg/segment/history_replay.h"
#include "pg/segment/segment_lock.h"
#include "pg/server/scratch.h"
#include "pg/server/subtransaction.h"
#include "pg/store/history_profile.h"
#include "pg/store/membership_history.h"

namespace segments::pg {
namespace {

constexpr int kDefaultRetention = 400 * 24 * 60;  // minutes
int retention_setting = kDefaultRetention;

// Segments whose history is cut by one refresh.
constexpr size_t kMostSegments = 20;

// Runs up to and including this one go.
struct Cut {
  int32_t segment_id;
  int64_t run_id;
};

std::vector<Cut> due_cuts(Timestamp as_of) {
  Rows rows =
      run("SELECT segment_id, max(run_id) FROM segments.membership_run WHERE NOT is_base AND at < $1 - make_interval(mins => $2)"
          " GROUP BY segment_id HAVING min(at) < $1 - make_interval(mins => $2) * 1.1 ORDER BY min(at), segment_id LIMIT $3",
          {timestamptz(as_of), int4(retention_setting), int4(static_cast<int32_t>(kMostSegments))});
  std::vector<Cut> cuts;
  for (uint64_t i = 0; i < rows.size(); ++i) cuts.push_back({rows.int4(i, 0), rows.int8(i, 1)});
  rows.release();
  return cuts;
}

void cut(const Cut& cut, const ProfileSet& erased) {
  HistoryReplay history = replayed_history(cut.segment_id, cut.run_id, false, HistoryReplay::Since::kKept);
  ProfileSet members = history.members();
  members -= erased;
  std::vector<BaseTile> tiles;
  if (!members.empty()) {
    for (uint32_t tile = tile_of(*members.minimum()); tile <= tile_of(*members.maximum()); ++tile) {
      const DenseSet dense = members.to_dense(tile);
      if (dense.cardinality() == 0) continue;
      tiles.push_back({tile, ProfileSet::from_dense(tile, dense), history.since(tile).encode(dense)});
    }
  }
  write_base(cut.segment_id, cut.run_id, tiles);
}

// Takes numbers away that no history names any more.  Not each time: all of the history is read.
void forget_unused_numbers(Timestamp as_of) {
  if (call([] { return IsolationUsesXactSnapshot(); }) || !try_lock_memberships()) return;
  Rows due =
      run("UPDATE segments.history_origin SET numbers_checked_at = $1 WHERE numbers_checked_at IS NULL"
          " OR numbers_checked_at <= $1 - make_interval(mins => $2) * 0.1 RETURNING true",
          {timestamptz(as_of), int4(retention_setting)});
  const bool is_due = !due.empty();
  due.release();
  if (!is_due) return;
  // What is damaged may name any of them: all stay.
  in_subtransaction([] { forget_numbers_but(numbers_in_history()); });
}

// History that is damaged stays, too, and stops nobody.
void warn_of_damage(int32_t segment_id, const Failure& failure) {
  const std::string name = take_text(run("SELECT name FROM segments.segment WHERE segment_id = $1", {int4(segment_id)}));
  const char* texts[] = {name.c_str(), failure.message.c_str(), failure.sqlstate.c_str()};
  call([&] {
    ereport(WARNING, (errcode(MAKE_SQLSTATE(texts[2][0], texts[2][1], texts[2][2], texts[2][3], texts[2][4])),
                      errmsg("old history of segment \"%s\" is kept", texts[0]), errdetail_log("%s.", texts[1])));
  });
}

}  // namespace

void forget_old_history(Timestamp as_of, Interrupt& interrupt) {
  if (retention_setting < 0) return;
  const std::vector<Cut> cuts = due_cuts(as_of);
  if (cuts.empty()) return;
  std::vector<int32_t> ids;
  for (const Cut& due : cuts) ids.push_back(due.segment_id);
  const std::set<int32_t> locked = lock_free_segments(ids);
  const ProfileSet erased = erased_numbers();
  for (const Cut& due : cuts) {
    interrupt.poll();
    if (!locked.contains(due.segment_id)) continue;
    const auto failure = in_subtransaction([&] { with_scratch([&] { cut(due, erased); }); });
    if (failure) warn_of_damage(due.segment_id, *failure);
  }
  if (cuts.size() < kMostSegments) forget_unused_numbers(as_of);
}

void define_history_settings() {
  call([] {
    DefineCustomIntVariable("segments.history_retention", "How long the history of memberships is kept.",
                            "In minutes. Refreshes replace what is older by the members it has left. -1: for ever.",
                            &retention_setting, kDefaultRetention, -1, INT_MAX / 60, PGC_SUSET, GUC_UNIT_MIN, nullptr, nullptr,
                            nullptr);
  });
}

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_history_begins) {
  constexpr Timestamp kMinute = 60'000'000;
  const Timestamp now = GetCurrentStatementStartTimestamp();
  PG_RETURN_TIMESTAMPTZ(retention_setting < 0 ? DT_NOBEGIN : now - retention_setting * kMinute);
}
