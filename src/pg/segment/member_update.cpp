#include "pg/segment/member_update.h"

#include "core/fragment/seal.h"
#include "pg/query/query.h"
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

MemberUpdate::MemberUpdate(std::span<const int32_t> segment_ids, int64_t refresh_id, Visibility visibility)
    : ids_(segment_ids.begin(), segment_ids.end()), refresh_id_(refresh_id), visibility_(visibility), growth_(ids_.size()) {
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
}

void MemberUpdate::carry() {
  read_states();
  read_moves();
  read_rows();
  for (const auto& [segment, tile] : damaged_) held_.erase(segment);
  carry_held();
}

void MemberUpdate::write() { replace_members(ended_, ids_, found_, refresh_id_); }

std::vector<int32_t> MemberUpdate::damaged() const {
  std::vector<int32_t> ids;
  for (const auto& [segment, tile] : damaged_) {
    if (ids.empty() || ids.back() != ids_[segment]) ids.push_back(ids_[segment]);
  }
  return ids;
}

void MemberUpdate::read_states() {
  states_.assign(ids_.size(), {});
  const Parameter parameters[] = {int4_array(ids_)};
  Rows rows =
      run("SELECT segment_id, refresh_id, as_of FROM segments.segment_state WHERE segment_id = ANY ($1) AND as_of IS NOT NULL",
          parameters, {.read_only = visibility_ == Visibility::kStatement});
  for (uint64_t i = 0; i < rows.size(); ++i) states_[index_of_.at(rows.int4(i, 0))] = {rows.int8(i, 1), rows.timestamptz(i, 2)};
  rows.release();
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
  const bool moved = is_moved(segment, tile);
  if (!moved) {
    if (!is_run_) return;
    const auto found = found_.find({segment, tile});
    if (found != found_.end() && is_same(found->second, values, nulls)) {
      found_.erase(found);
      return;
    }
  }
  Before before;
  before.is_stored = true;
  before.stored_count = DatumGetInt32(values[2]);
  before.stored_members = bytes_of(values[4]);
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

// Takes away what has moved, and returns where it has gone.
template <class Tiles>
std::vector<Arrival> depart(Tiles& tiles, const ProfileMoves& change) {
  std::vector<Arrival> arrivals;
  for (auto& [tile, before] : tiles) {
    ProfileSet moved = before.members;
    moved &= change.from;
    if (moved.empty()) continue;
    auto found = change.profiles.begin();
    moved.for_each([&](Ordinal ordinal) {
      while (found->from < ordinal) ++found;
      for (; found != change.profiles.end() && found->from == ordinal; ++found) {
        if (found->to) arrivals.push_back({*found->to, before.since.of(ordinal - first_ordinal(tile))});
      }
      return true;
    });
    before.members -= moved;
  }
  return arrivals;
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

void MemberUpdate::carry_held() {
  for (auto& [segment, tiles] : held_) {
    for (const ProfileMoves& change : moves_) {
      if (change.refresh_id > states_[segment].refresh_id) arrive(tiles, depart(tiles, change));
    }
    for (auto& [tile, before] : tiles) settle(segment, tile, before);
  }
  held_.clear();
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
  const std::vector<uint32_t> offsets = offsets_of(entered, tile);
  if (before.members.empty()) {
    before.since = MemberSince(at_);
  } else {
    before.since.set(offsets, at_);
  }
  TileMembers written;
  if (!members.empty()) {
    const DenseSet dense = members.to_dense(tile);
    written.count = static_cast<int64_t>(members.cardinality());
    written.bytes = is_run_ ? std::move(found->second.bytes) : ProfileSet::from_dense(tile, dense).to_portable();
    written.since = sealed_since(ids_[segment], tile, written.bytes, before.since, dense);
  }
  const bool is_stored_already =
      before.is_stored && written.bytes == before.stored_members && written.since == before.stored_since;
  if (is_stored_already || members.empty()) {
    found_.erase({segment, tile});
  } else {
    found_[{segment, tile}] = std::move(written);
  }
  if (is_stored_already) return;
  if (before.is_stored) ended_.push_back({tile, ids_[segment]});
}

// Who was a member there is not known: whoever is one was, since the last run.
void MemberUpdate::settle_damaged() {
  for (const auto& [segment, tile] : damaged_) {
    Before before;
    const auto found = found_.find({segment, tile});
    if (found != found_.end()) before.members = ProfileSet::from_portable(found->second.bytes);
    before.since = MemberSince(states_[segment].refresh_id != 0 ? states_[segment].as_of : at_);
    before.is_stored = true;
    settle(segment, tile, before);
  }
}

}  // namespace segments::pg
