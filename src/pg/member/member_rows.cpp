#include "pg/member/member_rows.h"

#include "pg/server/datum.h"

namespace segments::pg {
namespace {

// Segments whose members in a tile are held together: 16 KB each at most.
constexpr size_t kSegmentsAtOnce = 2048;
// As many are looked up one by one when only the first rows may be wanted; then all that are left are read at once.
constexpr size_t kMostLookedUp = 8;
// A chunk with no more members than this is read by single blocks.
constexpr size_t kFewMembers = 8;
constexpr size_t kMostTextBytes = size_t{1} << 20;

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

// Where the last tile is has to be known only when there was a first one.
bool MembersByTile::next_tile() {
  if (shared_.next != nullptr) return claim();
  if (has_begun_) {
    if (++tile_ > last_tile()) {
      tile_ = 0;
      group_ += kSegmentsAtOnce;
    }
  }
  has_begun_ = true;
  if (group_ >= chosen_.size()) return false;
  interrupt_.poll();
  members_.clear();
  next_segment_ = group_;
  read_segments();
  chunk_ = 0;
  part_ = 0;
  return true;
}

uint32_t MembersByTile::last_tile() {
  if (!last_tile_) last_tile_ = chosen_.last_tile().value_or(0);
  return *last_tile_;
}

// The chunks that come next and that no other process reads.
bool MembersByTile::claim() {
  const uint64_t per_tile = kIdChunksPerTile / shared_.chunks;
  const uint64_t per_group = per_tile * (uint64_t{last_tile()} + 1);
  const uint64_t claimed = pg_atomic_fetch_add_u64(shared_.next, 1);
  const uint64_t group = claimed / per_group * kSegmentsAtOnce;
  const auto tile = static_cast<uint32_t>(claimed % per_group / per_tile);
  if (group >= chosen_.size()) return false;
  interrupt_.poll();
  if (!has_begun_ || tile != tile_ || group != group_) {
    has_begun_ = true;
    tile_ = tile;
    group_ = group;
    next_segment_ = group_ + std::min(kSegmentsAtOnce, chosen_.size() - group_);
    chosen_.read_tile(tile_, group_, next_segment_, members_);
  }
  chunk_ = static_cast<uint32_t>(claimed % per_tile) * shared_.chunks;
  end_chunk_ = chunk_ + shared_.chunks;
  part_ = 0;
  return true;
}

// More segments of the group; false: there are none with members in this tile.
bool MembersByTile::read_segments() {
  const size_t group_end = std::min(group_ + kSegmentsAtOnce, chosen_.size());
  while (next_segment_ < group_end) {
    const size_t end = std::min(next_segment_ + step_, group_end);
    chosen_.read_tile(tile_, next_segment_, end, more_);
    next_segment_ = end;
    step_ = step_ < kMostLookedUp ? step_ * 2 : kSegmentsAtOnce;
    std::ranges::move(more_, std::back_inserter(members_));
    if (!more_.empty()) return true;
  }
  return false;
}

// The members of one segment in one chunk; without ids, how many there are in the tile.
void MembersByTile::fill() {
  const ChosenMembers& part = members_[part_];
  const uint64_t first = first_ordinal(tile_) + uint64_t{chunk_} * kIdChunkSize;
  position_ = 0;
  read_until_ = 0;
  if (ids_ == nullptr) {
    count_ = part.members->set.count_in(first, first + kTileSize);
    return;
  }
  read_some(part.members->set, first, kIdChunkSize, ordinals_);
  count_ = ordinals_.size();
}

// From this offset on, some more ids of the chunk: as far as the rows that are wanted, or further each time.
void MembersByTile::read_ids(uint32_t offset) {
  uint32_t first = id_block_of(offset);
  uint32_t end = first + blocks_;
  if (count_ * members_.size() <= kFewMembers) {
    end = first + 1;
  } else if (wanted_ > 0) {
    const size_t last = std::min(count_, position_ + wanted_ - 1) - 1;
    end = id_block_of(offset_in_id_chunk(ordinals_[last])) + 1;
    wanted_ -= std::min(wanted_, last + 2 - position_);
    blocks_ = std::max(blocks_, end - first);
  } else if (blocks_ >= kIdBlocks) {
    first = 0;
  } else {
    blocks_ *= 2;
  }
  end = std::min(end, kIdBlocks);
  chunk_ids_ = &ids_->read(id_chunk_of(first_ordinal(tile_)) + chunk_, first, end);
  read_until_ = end << kIdBlockBits;
}

bool MembersByTile::next_part() {
  const bool begun = !members_.empty();
  if (begun && (++part_ < members_.size() || read_segments())) {
    fill();
    return true;
  }
  if (begun && ids_ != nullptr && ++chunk_ < end_chunk_) {
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
      const ChosenMembers& part = members_[part_];
      row = {part.segment, 0, 0};
      if (ids_ == nullptr) {
        ++position_;
        return true;
      }
      const Ordinal ordinal = ordinals_[position_++];
      const uint32_t offset = offset_in_id_chunk(ordinal);
      if (offset >= read_until_) read_ids(offset);
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
    if (ordinal) chosen_.find(*ordinal, found_);
  }
  const auto& [segment, since] = found_[position_++];
  row = {segment, since, profile_ids_[next_profile_ - 1]};
  return true;
}

}  // namespace segments::pg
