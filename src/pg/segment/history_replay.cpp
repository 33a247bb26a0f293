#include "pg/segment/history_replay.h"

#include "pg/query/column_sql.h"
#include "pg/segment/segment.h"
#include "pg/server/time_limit.h"

namespace segments::pg {

void HistoryReplay::apply(const HistoryRow& row) {
  if (row.change != Change::kBase) open_base();
  switch (row.change) {
    case Change::kBase:
      if (row.since && !row.numbers.empty()) base_[tile_of(*row.numbers.minimum())] = *row.since;
      members_ |= row.numbers;
      break;
    case Change::kLeft:
      members_ -= row.numbers;
      break;
    case Change::kEntered:
      members_ |= row.numbers;
      set(row.numbers, row.at);
      break;
    default:
      follow(row);
  }
}

// In the order of the pairs: since when is asked before it is forgotten.
void HistoryReplay::follow(const HistoryRow& row) {
  for (const auto [number, other] : row.pairs) {
    const auto from = static_cast<Ordinal>(number);
    const auto into = static_cast<Ordinal>(other);
    if (row.change == Change::kSplit) {
      if (keeps_since_) set(from, members_.contains(into) ? since_of(into) : row.at);
      members_.insert(from);
      continue;
    }
    if (keeps_since_) {
      const Timestamp since = since_of(from);
      set(into, members_.contains(into) ? std::min(since, since_of(into)) : since);
    }
    members_.remove(from);
    if (row.change == Change::kReplaced) members_.insert(into);
  }
  settle();
}

void HistoryReplay::open_base() {
  for (const auto& [tile, bytes] : base_) {
    if (keeps_since_) since_[tile] = MemberSince::decode(bytes, members_.to_dense(tile));
  }
  base_.clear();
}

const MemberSince& HistoryReplay::since(uint32_t tile) {
  open_base();
  return since_[tile];
}

Timestamp HistoryReplay::since_of(Ordinal number) {
  const auto followed = followed_.find(number);
  return followed != followed_.end() ? followed->second : since(tile_of(number)).of(number - first_ordinal(tile_of(number)));
}

void HistoryReplay::set(Ordinal number, Timestamp since) { followed_[number] = since; }

// All that was set one by one, tile by tile.
void HistoryReplay::settle() {
  std::vector<MemberSince::Entry> entries;
  for (auto next = followed_.begin(); next != followed_.end();) {
    const uint32_t tile = tile_of(next->first);
    entries.clear();
    for (; next != followed_.end() && tile_of(next->first) == tile; ++next) {
      entries.push_back({next->first - first_ordinal(tile), next->second});
    }
    since_[tile].set(entries);
  }
  followed_.clear();
}

void HistoryReplay::set(const ProfileSet& numbers, Timestamp since) {
  if (!keeps_since_) return;
  std::map<uint32_t, std::vector<uint32_t>> offsets;
  numbers.for_each([&](Ordinal number) {
    offsets[tile_of(number)].push_back(number - first_ordinal(tile_of(number)));
    return true;
  });
  for (const auto& [tile, list] : offsets) since_[tile].set(list, since);
}

HistoryReplay replayed_history(int32_t segment_id, int64_t until, bool read_only, HistoryReplay::Since since) {
  HistoryReplay replay(since);
  LimitedInterrupt interrupt;
  read_history(segment_id, 0, until, read_only, [&](HistoryRow&& row) {
    interrupt.poll();
    replay.apply(row);
  });
  return replay;
}

void throw_history_cut(const std::string& segment) {
  throw Error(
      ErrorCode::kNotReady, "the history of " + called(segment) + " does not reach back that far",
      "The setting segments.history_retention says how long it is kept.",
      "SELECT min(at) FROM segments.size_history WHERE segment = " + quoted_literal(segment) + " says since when there is one.");
}

int64_t run_in_force(const std::string& segment, int32_t segment_id, Timestamp at, int64_t last_refresh) {
  Rows rows =
      run("SELECT coalesce(max(run_id) FILTER (WHERE at <= $2 AND refresh_id <= $3), 0), coalesce(bool_or(is_base), false)"
          " FROM segments.membership_run WHERE segment_id = $1",
          {int4(segment_id), timestamptz(at), int8(last_refresh)}, {.read_only = true});
  const int64_t run_id = rows.int8(0, 0);
  const bool is_cut = rows.boolean(0, 1);
  rows.release();
  if (run_id == 0 && is_cut) throw_history_cut(segment);
  return run_id;
}

}  // namespace segments::pg
