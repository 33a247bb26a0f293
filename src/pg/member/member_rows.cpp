#include "pg/member/member_rows.h"

#include "pg/server/datum.h"

namespace segments::pg {
namespace {

// Segments whose members in a tile are held together: 16 KB each at most.
constexpr size_t kSegmentsAtOnce = 2048;
constexpr uint32_t kChunksPerTile = kTileSize / kIdChunkSize;
constexpr size_t kMostTextBytes = size_t{1} << 20;

// Since when an ordinal is a member of a chosen segment, if that was read.
Timestamp since_of(const ChosenSegments& chosen, const TileMembers& members, Ordinal ordinal) {
  return members.members->knows_since ? members.members->since_of(ordinal, chosen[members.segment].listed->as_of) : 0;
}

// The members of a set that lie in a chunk.
void read_chunk(const ProfileSet& members, uint64_t first, std::vector<Ordinal>& ordinals) {
  ordinals.resize(members.count_in(first, first + kIdChunkSize));
  ordinals.resize(ordinals.empty() ? 0 : members.read(static_cast<Ordinal>(first), ordinals));
}

}  // namespace

Datum TextMemory::text(std::string_view bytes) {
  const char* data = bytes.data();
  const auto size = static_cast<int>(bytes.size());
  if (bytes_ > kMostTextBytes) clear();
  bytes_ += bytes.size() + VARHDRSZ;
  return call([&] {
    MemoryContext outer = MemoryContextSwitchTo(context_);
    const Datum value = PointerGetDatum(cstring_to_text_with_len(data, size));
    MemoryContextSwitchTo(outer);
    return value;
  });
}

void TextMemory::clear() {
  call([&] { MemoryContextReset(context_); });
  bytes_ = 0;
}

// ---- all members

bool MembersByTile::next_tile() {
  if (!has_begun_) {
    has_begun_ = true;
    last_tile_ = chosen_.last_tile();
    tile_ = 0;
  } else {
    ++tile_;
  }
  if (!last_tile_) return false;
  if (tile_ > *last_tile_) {
    tile_ = 0;
    group_ += kSegmentsAtOnce;
  }
  if (group_ >= chosen_.size()) return false;
  interrupt_.poll();
  chosen_.read_tile(tile_, group_, std::min(group_ + kSegmentsAtOnce, chosen_.size()), members_);
  chunk_ = 0;
  part_ = 0;
  return true;
}

// The members of one segment in one chunk; without ids, how many there are in the tile.
void MembersByTile::fill() {
  const TileMembers& part = members_[part_];
  const uint64_t first = first_ordinal(tile_) + uint64_t{chunk_} * kIdChunkSize;
  position_ = 0;
  if (ids_ == nullptr) {
    count_ = part.members->set.count_in(first, first + kTileSize);
    return;
  }
  read_chunk(part.members->set, first, ordinals_);
  count_ = ordinals_.size();
  if (count_ > 0) chunk_ids_ = &ids_->read(id_chunk_of(static_cast<Ordinal>(first)));
}

bool MembersByTile::next_part() {
  const bool begun = !members_.empty();
  if (begun && ++part_ < members_.size()) {
    fill();
    return true;
  }
  if (begun && ids_ != nullptr && ++chunk_ < kChunksPerTile) {
    interrupt_.poll();
    part_ = 0;
    fill();
    return true;
  }
  do {
    if (!next_tile()) return false;
  } while (members_.empty());
  fill();
  return true;
}

bool MembersByTile::next(MemberRow& row) {
  for (;;) {
    while (position_ < count_) {
      const TileMembers& part = members_[part_];
      row = {part.segment, 0, 0};
      if (ids_ == nullptr) {
        ++position_;
        return true;
      }
      const Ordinal ordinal = ordinals_[position_++];
      const uint32_t offset = offset_in_id_chunk(ordinal);
      const std::optional<std::string_view> id = chunk_ids_->at(offset);
      if (!id) continue;
      row.since = since_of(chosen_, part, ordinal);
      row.profile_id = memory_.id(*chunk_ids_, offset, *id);
      return true;
    }
    if (!next_part()) return false;
  }
}

// ---- of profiles

bool MembersOfProfiles::next(MemberRow& row) {
  while (position_ == found_.size()) {
    if (next_profile_ == profile_ids_.size()) return false;
    const std::optional<Ordinal> ordinal = records_.ordinal_of(profile_ids_[next_profile_++]);
    found_.clear();
    position_ = 0;
    if (!ordinal) continue;
    for (const TileMembers& segment : chosen_.tile(tile_of(*ordinal))) {
      if (!segment.members->set.contains(*ordinal)) continue;
      found_.emplace_back(segment.segment, since_of(chosen_, segment, *ordinal));
    }
  }
  const auto& [segment, since] = found_[position_++];
  row = {segment, since, profile_ids_[next_profile_ - 1]};
  return true;
}

// ---- in order

void MembersInOrder::begin() {
  has_begun_ = true;
  bounds_ = ids_.bounds();
  std::erase_if(bounds_, [&](const IdChunkBounds& bounds) {
    return (range_.low && bounds.highest < *range_.low) || (range_.high && bounds.lowest > *range_.high);
  });
  std::ranges::sort(bounds_, [&](const IdChunkBounds& a, const IdChunkBounds& b) { return is_before(first_of(b), first_of(a)); });
}

void MembersInOrder::collect(uint32_t chunk, OpenChunk& open) {
  const auto first = static_cast<Ordinal>(first_of_id_chunk(chunk));
  if (tile_ != tile_of(first)) {
    tile_ = tile_of(first);
    chosen_.read_tile(*tile_, 0, chosen_.size(), members_);
  }
  const IdChunk& ids = ids_.read(chunk);
  std::vector<Ordinal> ordinals;
  std::vector<std::pair<size_t, size_t>> places;
  for (const TileMembers& segment : members_) {
    read_chunk(segment.members->set, first, ordinals);
    for (const Ordinal ordinal : ordinals) {
      const std::optional<std::string_view> id = ids.at(offset_in_id_chunk(ordinal));
      if (!id || !range_.contains(*id)) continue;
      places.emplace_back(open.bytes.size(), id->size());
      open.bytes.append(*id);
      open.entries.push_back({{}, static_cast<uint32_t>(segment.segment), since_of(chosen_, segment, ordinal)});
    }
  }
  for (size_t i = 0; i < places.size(); ++i) {
    open.entries[i].id = std::string_view(open.bytes).substr(places[i].first, places[i].second);
  }
  const auto order = [&](const Entry& a, const Entry& b) { return is_before(a.id, b.id); };
  if (!std::ranges::is_sorted(open.entries, order)) std::ranges::sort(open.entries, order);
}

bool MembersInOrder::is_later(const OpenChunk& a, const OpenChunk& b) const {
  return is_before(b.entries[b.position].id, a.entries[a.position].id);
}

void MembersInOrder::open_next() {
  interrupt_.poll();
  auto open = std::make_unique<OpenChunk>();
  collect(bounds_.back().chunk, *open);
  bounds_.pop_back();
  if (open->entries.empty()) return;
  open_.push_back(std::move(open));
  std::ranges::push_heap(open_, [&](const auto& a, const auto& b) { return is_later(*a, *b); });
}

bool MembersInOrder::next(MemberRow& row) {
  if (!has_begun_) begin();
  const auto is_due_later = [&](const auto& a, const auto& b) { return is_later(*a, *b); };
  const auto first_due = [&] { return open_.front()->entries[open_.front()->position].id; };
  while (!bounds_.empty() && (open_.empty() || !is_before(first_due(), first_of(bounds_.back())))) open_next();
  if (open_.empty()) return false;
  std::ranges::pop_heap(open_, is_due_later);
  OpenChunk& chunk = *open_.back();
  const Entry& entry = chunk.entries[chunk.position++];
  row.segment = entry.segment;
  row.since = entry.since;
  row.profile_id = memory_.text(entry.id);
  if (chunk.position == chunk.entries.size()) {
    open_.pop_back();
  } else {
    std::ranges::push_heap(open_, is_due_later);
  }
  return true;
}

}  // namespace segments::pg
