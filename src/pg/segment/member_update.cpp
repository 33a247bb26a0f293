#include "pg/segment/member_update.h"

#include "core/evaluation/member_pieces.h"
#include "core/fragment/seal.h"
#include "pg/query/query.h"
#include "pg/segment/history_replay.h"
#include "pg/store/stored_members.h"

namespace segments::pg {
namespace {

// A member that goes by another ordinal now.
struct Arrival {
  Ordinal to;
  Timestamp since;
};

std::vector<uint32_t> offsets_of(const ProfileSet& members, uint32_t tile) {
  std::vector<uint32_t> offsets;
  offsets.reserve(members.cardinality());
  members.for_each([&](Ordinal ordinal) {
    offsets.push_back(ordinal - first_ordinal(tile));
    return true;
  });
  return offsets;
}

std::optional<Bytes> bytes_or_null(const Datum* values, const bool* nulls, int column) {
  if (nulls[column]) return std::nullopt;
  return bytes_of(values[column]);
}

}  // namespace

MemberUpdate::MemberUpdate(std::span<const int32_t> segment_ids, int64_t refresh_id, Visibility visibility,
                           HistoryNumbers& numbers)
    : ids_(segment_ids.begin(), segment_ids.end()), refresh_id_(refresh_id), visibility_(visibility), numbers_(numbers),
      growth_(ids_.size()), changes_(ids_.size()) {
  for (uint32_t i = 0; i < ids_.size(); ++i) index_of_[ids_[i]] = i;
}

void MemberUpdate::compare(Members found, Timestamp at) {
  is_run_ = true;
  at_ = at;
  found_ = std::move(found);
  read_states();
  read_moves();
  read_rows();
  carry_held();
  settle_damaged();
  for (auto& [key, tile] : found_) {
    if (!tile.since.empty()) continue;
    Before nothing;
    settle(key.first, key.second, nothing);
  }
  note_history();
}

void MemberUpdate::carry(Timestamp at) {
  at_ = at;
  read_states();
  read_moves();
  read_rows();
  for (const auto& [segment, tile] : damaged_) held_.erase(segment);
  carry_held();
  note_history();
}

void MemberUpdate::write() {
  replace_members(ended_, ids_, found_, refresh_id_);
  write_history(history_, refresh_id_, at_);
  forget_lost();
}

std::vector<int32_t> MemberUpdate::damaged() const {
  std::vector<int32_t> ids;
  for (const auto& [segment, tile] : damaged_) {
    if (ids.empty() || ids.back() != ids_[segment]) ids.push_back(ids_[segment]);
  }
  return ids;
}

bool MemberUpdate::has_changed(int32_t segment_id) const {
  return std::ranges::any_of(history_, [&](const HistoryRun& run) { return run.segment_id == segment_id; }) ||
         std::ranges::any_of(lost_, [&](const auto& lost) { return ids_[lost.first] == segment_id; });
}

void MemberUpdate::read_states() {
  states_.assign(ids_.size(), {});
  const Parameter parameters[] = {int4_array(ids_)};
  Rows rows =
      run("SELECT segment_id, refresh_id, as_of FROM segments.segment_state WHERE segment_id = ANY ($1) AND as_of IS NOT NULL",
          parameters, {.read_only = visibility_ == Visibility::kStatement});
  for (uint64_t i = 0; i < rows.size(); ++i) states_[index_of_.at(rows.int4(i, 0))] = {rows.int8(i, 1), rows.timestamptz(i, 2)};
  rows.release();
  Rows known = run("SELECT id FROM unnest($1) AS id WHERE EXISTS (SELECT FROM segments.membership_run WHERE segment_id = id)",
                   parameters, {.read_only = visibility_ == Visibility::kStatement});
  for (uint64_t i = 0; i < known.size(); ++i) states_[index_of_.at(known.int4(i, 0))].has_history = true;
  known.release();
  if (!is_run_) return;
  for (uint32_t i = 0; i < ids_.size(); ++i) {
    if (states_[i].has_history && states_[i].refresh_id == 0) recall(i);
  }
}

void MemberUpdate::read_moves() {
  int64_t oldest = refresh_id_;
  for (const State& state : states_) {
    if (state.refresh_id != 0) oldest = std::min(oldest, state.refresh_id);
  }
  if (oldest == refresh_id_) return;
  moves_ = noted_moves(oldest, refresh_id_, visibility_ == Visibility::kStatement);
  for (const ProfileMoves& change : moves_) {
    for (const MovedProfile& moved : change.profiles) {
      moved_tiles_.insert(tile_of(moved.from));
      if (moved.to) moved_tiles_.insert(tile_of(*moved.to));
    }
  }
}

bool MemberUpdate::is_moved(uint32_t segment, uint32_t tile) const {
  return !moves_.empty() && states_[segment].refresh_id < moves_.back().refresh_id && moved_tiles_.contains(tile);
}

void MemberUpdate::read_rows() {
  read_membership(ids_, visibility_ == Visibility::kStatement,
                  [&](const Datum* values, const bool* nulls) { take_row(values, nulls); });
}

// Refreshes leave `since` unread of what has not changed; runs by hand find out whether it is damaged.
bool MemberUpdate::is_same(const TileMembers& found, const Datum* values, const bool* nulls) const {
  if (nulls[5] || found.count != DatumGetInt32(values[2])) return false;
  const int32_t segment_id = DatumGetInt32(values[0]);
  const uint32_t tile = DatumGetUInt32(values[1]);
  if (found.bytes != bytes_of(values[4]) || members_checksum(segment_id, tile, found.bytes) != DatumGetUInt32(values[3]))
    return false;
  if (MemberPieces::encode(segment_id, tile, found.bytes) != bytes_of(values[6])) return false;
  if (visibility_ != Visibility::kStatement) return true;
  try {
    segments::open_since(bytes_of(values[5]), segment_id, tile, found.bytes);
  } catch (const Error&) {
    return false;
  }
  return true;
}

void MemberUpdate::take_row(const Datum* values, const bool* nulls) {
  const uint32_t segment = index_of_.at(DatumGetInt32(values[0]));
  const uint32_t tile = DatumGetUInt32(values[1]);
  if (is_run_ && states_[segment].refresh_id == 0) {
    ended_.push_back({tile, ids_[segment]});
    return;
  }
  const bool moved = is_moved(segment, tile);
  if (!moved) {
    if (!is_run_) return;
    const auto found = found_.find({segment, tile});
    if (found != found_.end() && is_same(found->second, values, nulls)) {
      if (states_[segment].has_lost_history()) changes_[segment].entered |= ProfileSet::from_portable(found->second.bytes);
      found_.erase(found);
      return;
    }
  }
  Before before;
  before.is_stored = true;
  before.stored_count = DatumGetInt32(values[2]);
  before.stored_members = bytes_of(values[4]);
  before.stored_pieces = bytes_of(values[6]);
  try {
    const StoredMembers stored{ids_[segment], tile, DatumGetInt32(values[2]), DatumGetUInt32(values[3]), before.stored_members};
    before.members = open_members(stored);
    const std::optional<Bytes> since = bytes_or_null(values, nulls, 5);
    if (since) before.stored_since = *since;
    before.since = open_since(stored, since ? std::optional<BytesView>(*since) : std::nullopt, before.members.to_dense(tile),
                              states_[segment].as_of);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kDataCorrupted) throw;
    damaged_.emplace(segment, tile);
    return;
  }
  if (moved) {
    held_[segment].emplace(tile, std::move(before));
  } else {
    settle(segment, tile, before);
  }
}

namespace {

// Takes away what has moved; `visit` is told of each move of a member, and since when it is one.
template <class Tiles, class F>
void depart(Tiles& tiles, const ProfileMoves& change, F visit) {
  for (auto& [tile, before] : tiles) {
    ProfileSet moved = before.members;
    moved &= change.from;
    if (moved.empty()) continue;
    auto found = change.profiles.begin();
    moved.for_each([&](Ordinal ordinal) {
      while (found->from < ordinal) ++found;
      const Timestamp since = before.since.of(ordinal - first_ordinal(tile));
      for (; found != change.profiles.end() && found->from == ordinal; ++found) visit(*found, since);
      return true;
    });
    moved &= change.departing;
    before.members -= moved;
  }
}

// Whoever is there already stays a member since the earlier instant.
template <class Tiles>
void arrive(Tiles& tiles, std::vector<Arrival> arrivals) {
  std::ranges::sort(arrivals, [](const Arrival& a, const Arrival& b) { return a.to != b.to ? a.to < b.to : a.since < b.since; });
  for (size_t first = 0; first < arrivals.size();) {
    const uint32_t tile = tile_of(arrivals[first].to);
    auto& before = tiles[tile];
    std::vector<MemberSince::Entry> entries;
    std::vector<Ordinal> ordinals;
    size_t end = first;
    for (; end < arrivals.size() && tile_of(arrivals[end].to) == tile; ++end) {
      const auto [to, since] = arrivals[end];
      if (!ordinals.empty() && ordinals.back() == to) continue;
      const uint32_t offset = to - first_ordinal(tile);
      entries.push_back({offset, before.members.contains(to) ? std::min(since, before.since.of(offset)) : since});
      ordinals.push_back(to);
    }
    before.members |= ProfileSet::from_ordinals(ordinals);
    before.since.set(entries);
    first = end;
  }
}

}  // namespace

std::vector<MemberUpdate::Event> MemberUpdate::follow(Tiles& tiles, const ProfileMoves& change) const {
  std::vector<Arrival> arrivals;
  std::vector<const MovedProfile*> moved;
  std::set<Ordinal> arrived;
  depart(tiles, change, [&](const MovedProfile& profile, Timestamp since) {
    if (profile.to) arrivals.push_back({*profile.to, since});
    if (profile.move == Move::kRenumbered) {
      arrived.insert(*profile.to);
    } else {
      moved.push_back(&profile);
    }
  });
  const auto is_member = [&](Ordinal ordinal) {
    const auto tile = tiles.find(tile_of(ordinal));
    return arrived.contains(ordinal) || (tile != tiles.end() && tile->second.members.contains(ordinal));
  };
  std::vector<Event> events;
  for (const MovedProfile* profile : moved) {
    const bool was_member = profile->to && is_member(*profile->to);
    if (profile->move == Move::kGone) {
      events.push_back({Change::kLeft, profile->profile_id, {}});
    } else if (profile->move == Move::kMerged) {
      events.push_back({was_member ? Change::kMerged : Change::kReplaced, profile->profile_id, profile->other_id});
    } else if (!was_member) {
      events.push_back({Change::kSplit, profile->profile_id, profile->other_id});
    }
    if (profile->to) arrived.insert(*profile->to);
  }
  arrive(tiles, std::move(arrivals));
  return events;
}

void MemberUpdate::carry_held() {
  for (auto& [segment, tiles] : held_) {
    for (const ProfileMoves& change : moves_) {
      if (states_[segment].refresh_id == 0 || change.refresh_id <= states_[segment].refresh_id) continue;
      std::vector<Event> events = follow(tiles, change);
      if (!events.empty()) changes_[segment].steps.push_back(std::move(events));
    }
    for (auto& [tile, before] : tiles) settle(segment, tile, before);
  }
  held_.clear();
}

// Members that only the history knows: after a restore, for one.
void MemberUpdate::recall(uint32_t segment) {
  const bool read_only = visibility_ == Visibility::kStatement;
  ServerInterrupt interrupt;
  HistoryReplay history = replayed_history(ids_[segment], INT64_MAX, read_only, HistoryReplay::Since::kKept);
  const std::map<int32_t, Ordinal> ordinals = ordinals_of_numbers(history.members(), read_only, interrupt);
  std::vector<Arrival> arrivals;
  history.members().for_each([&](Ordinal number) {
    const auto found = ordinals.find(static_cast<int32_t>(number));
    if (found == ordinals.end()) {
      changes_[segment].vanished.insert(number);
    } else {
      arrivals.push_back({found->second, history.since_of(number)});
    }
    return true;
  });
  arrive(held_[segment], std::move(arrivals));
}

// Compares a tile with what was found there.
void MemberUpdate::settle(uint32_t segment, uint32_t tile, Before& before) {
  const auto found = found_.find({segment, tile});
  ProfileSet members;
  if (!is_run_) {
    members = before.members;
  } else if (found != found_.end()) {
    members = ProfileSet::from_portable(found->second.bytes);
  }
  growth_[segment] += static_cast<int64_t>(members.cardinality()) - before.stored_count;
  ProfileSet entered = members;
  entered -= before.members;
  if (is_run_) {
    ProfileSet left = before.members;
    left -= members;
    changes_[segment].left |= left;
    changes_[segment].entered |= states_[segment].has_lost_history() ? members : entered;
  }
  if (before.members.empty()) {
    before.since = MemberSince(at_);
  } else {
    before.since.set(offsets_of(entered, tile), at_);
  }
  TileMembers written;
  if (!members.empty()) {
    const DenseSet dense = members.to_dense(tile);
    written.count = static_cast<int64_t>(members.cardinality());
    written.bytes = is_run_ ? std::move(found->second.bytes) : ProfileSet::from_dense(tile, dense).to_portable();
    written.since = sealed_since(ids_[segment], tile, written.bytes, before.since, dense);
  }
  const bool is_stored_already = before.is_stored && written.bytes == before.stored_members &&
                                 written.since == before.stored_since &&
                                 MemberPieces::encode(ids_[segment], tile, written.bytes) == before.stored_pieces;
  if (is_stored_already || members.empty()) {
    found_.erase({segment, tile});
  } else {
    found_[{segment, tile}] = std::move(written);
  }
  if (is_stored_already) return;
  if (before.is_stored) ended_.push_back({tile, ids_[segment]});
}

// Who was a member there is what the history says; without one, whoever is a member was one since the last run.
void MemberUpdate::settle_damaged() {
  std::map<uint32_t, Tiles> recalled;
  for (const auto& [segment, tile] : damaged_) {
    if (!states_[segment].has_history || recalled.contains(segment)) continue;
    recall(segment);
    recalled[segment] = std::move(held_[segment]);
    held_.erase(segment);
  }
  for (const auto& [segment, tile] : damaged_) {
    Before before;
    const auto found = found_.find({segment, tile});
    if (states_[segment].has_history) {
      before = std::move(recalled[segment][tile]);
    } else {
      if (found != found_.end()) before.members = ProfileSet::from_portable(found->second.bytes);
      before.since = MemberSince(states_[segment].refresh_id != 0 ? states_[segment].as_of : at_);
    }
    before.is_stored = true;
    settle(segment, tile, before);
  }
}

}  // namespace segments::pg
