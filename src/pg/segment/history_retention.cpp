#include "pg/segment/history_retention.h"

#include "pg/query/query.h"
#include "pg/segment/history_replay.h"
#include "pg/segment/segment_lock.h"
#include "pg/server/scratch.h"
#include "pg/store/history_profile.h"

namespace segments::pg {
namespace {

constexpr int kDefaultRetention = 400 * 24 * 60;  // minutes
int retention_setting = kDefaultRetention;

// Segments whose history is cut by one refresh.
constexpr int kMostSegments = 20;

// Runs up to and including this one go.
struct Cut {
  int32_t segment_id;
  int64_t run_id;
};

std::vector<Cut> due_cuts(Timestamp as_of) {
  Rows rows =
      run("SELECT segment_id, max(run_id) FROM segments.membership_run WHERE NOT is_base AND at < $1 - make_interval(mins => $2)"
          " GROUP BY segment_id HAVING min(at) < $1 - make_interval(mins => $2) * 1.1 ORDER BY min(at), segment_id LIMIT $3",
          {timestamptz(as_of), int4(retention_setting), int4(kMostSegments)});
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
    if (locked.contains(due.segment_id)) with_scratch([&] { cut(due, erased); });
  }
}

void define_history_settings() {
  call([] {
    DefineCustomIntVariable("segments.history_retention", "How long the history of memberships is kept.",
                            "Refreshes replace what is older by the members it has left. -1: for ever.", &retention_setting,
                            kDefaultRetention, -1, INT_MAX / 60, PGC_SUSET, GUC_UNIT_MIN, nullptr, nullptr, nullptr);
  });
}

}  // namespace segments::pg
