#include "pg/member/member_rows.h"

#include "pg/server/datum.h"

namespace segments::pg {
namespace {

// Segments whose members in a tile are held together: 16 KB each at most.
constexpr size_t kSegmentsAtOnce = 2048;
constexpr uint32_t kChunksPerTile = kTileSize / kIdChunkSize;
// As many are looked up one by one when only the first rows may be wanted; then all that are left are read at once.
constexpr size_t kMostLookedUp = 8;
// A chunk with no more members than this is read by single blocks.
constexpr size_t kFewMembers = 8;
constexpr size_t kMostTextBytes = size_t{1} << 20;

// Since when an ordinal is a member of a chosen segment, if that was read.
Timestamp since_of(const ChosenSegments& chosen, const TileMembers& members, Ordinal ordinal) {
  return members.members->knows_since ? members.members->since_of(ordinal, chosen[members.segment].listed->as_of) : 0;
}

// The members of a set that are first … first + size - 1.
void read_some(const ProfileSet& members, uint64_t first, uint32_t size, std::vector<Ordinal>& ordinals) {
  ordinals.resize(members.count_in(first, first + size));
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

// Where the last tile is has to be known only when there was a first one.
bool MembersByTile::next_tile() {
  if (has_begun_) {
    if (!last_tile_) last_tile_ = chosen_.last_tile().value_or(0);
    if (++tile_ > *last_tile_) {
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
  const TileMembers& part = members_[part_];
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

// From this offset on, some more ids of the chunk.
void MembersByTile::read_ids(uint32_t offset) {
  const bool are_few = count_ * members_.size() <= kFewMembers;
  const uint32_t blocks = are_few ? 1 : blocks_;
  const uint32_t first = blocks == kIdBlocks ? 0 : id_block_of(offset);
  const uint32_t end = std::min(kIdBlocks, first + blocks);
  chunk_ids_ = &ids_->read(id_chunk_of(first_ordinal(tile_)) + chunk_, first, end);
  read_until_ = end << kIdBlockBits;
  if (!are_few) blocks_ = std::min(kIdBlocks, blocks_ * 2);
}

bool MembersByTile::next_part() {
  const bool begun = !members_.empty();
  if (begun && (++part_ < members_.size() || read_segments())) {
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

// What lies before the range is skipped without a look; what lies beyond it, when it is due.
void MembersInOrder::begin() {
  has_begun_ = true;
  bounds_ = ids_.bounds();
  chunks_ = descending_ ? bounds_->descending() : bounds_->ascending();
  const std::optional<std::string>& edge = descending_ ? range_.high : range_.low;
  if (edge) chunks_ = chunks_.subspan(descending_ ? bounds_->beginning_after(*edge) : bounds_->ending_before(*edge));
}

MembersInOrder::Members MembersInOrder::members_of(uint32_t tile) {
  std::weak_ptr<const std::vector<TileMembers>>& known = tiles_[tile];
  last_members_ = known.lock();
  if (last_members_ != nullptr) return last_members_;
  std::vector<TileMembers> members;
  chosen_.read_tile(tile, 0, chosen_.size(), members);
  last_members_ = std::make_shared<const std::vector<TileMembers>>(std::move(members));
  known = last_members_;
  return last_members_;
}

void MembersInOrder::push(std::unique_ptr<OpenChunk> chunk) {
  opened_.push_back(std::move(chunk));
  std::ranges::push_heap(
      opened_, [&](const auto& a, const auto& b) { return is_before(first_of(b->blocks.back()), first_of(a->blocks.back())); });
}

void MembersInOrder::open_chunk(uint32_t number) {
  Members members = members_of(tile_of(static_cast<Ordinal>(first_of_id_chunk(number))));
  if (members->empty()) return;
  auto chunk = std::make_unique<OpenChunk>();
  chunk->ids = ids_.open_chunk(number);
  chunk->members = std::move(members);
  chunk->blocks = chunk->ids->blocks();
  std::erase_if(chunk->blocks, [&](const auto& block) { return is_out_of_range(block); });
  std::ranges::sort(chunk->blocks, [&](const auto& a, const auto& b) { return is_before(first_of(b), first_of(a)); });
  if (!chunk->blocks.empty()) push(std::move(chunk));
}

void MembersInOrder::collect(const OpenChunk& chunk, uint32_t block, std::vector<Entry>& entries) {
  const IdChunk& ids = chunk.ids->ids();
  const auto first = static_cast<Ordinal>(first_of_id_chunk(chunk.ids->number()) + (block << kIdBlockBits));
  for (const TileMembers& segment : *chunk.members) {
    read_some(segment.members->set, first, kIdBlockSize, ordinals_);
    for (const Ordinal ordinal : ordinals_) {
      const uint32_t offset = offset_in_id_chunk(ordinal);
      const std::optional<std::string_view> id = ids.at(offset);
      if (!id || !range_.contains(*id)) continue;
      entries.push_back({*id, static_cast<uint32_t>(segment.segment), offset, since_of(chosen_, segment, ordinal)});
    }
  }
}

// Neighbours together.
void MembersInOrder::read(StoredIdChunk& chunk, std::vector<uint32_t>& blocks) {
  std::ranges::sort(blocks);
  if (blocks.size() * 2 > blocks.back() - blocks.front()) return ids_.read_blocks(chunk, blocks.front(), blocks.back() + 1);
  for (size_t first = 0; first < blocks.size();) {
    size_t end = first + 1;
    while (end < blocks.size() && blocks[end] == blocks[end - 1] + 1) ++end;
    ids_.read_blocks(chunk, blocks[first], blocks[end - 1] + 1);
    first = end;
  }
}

// The block that is due, and those of its chunk that are before it ends; more if many have been read already.
void MembersInOrder::read_due_blocks() {
  interrupt_.poll();
  std::ranges::pop_heap(
      opened_, [&](const auto& a, const auto& b) { return is_before(first_of(b->blocks.back()), first_of(a->blocks.back())); });
  std::unique_ptr<OpenChunk> chunk = std::move(opened_.back());
  opened_.pop_back();
  const std::string_view end = last_of(chunk->blocks.back());
  std::vector<uint32_t> due;
  while (!chunk->blocks.empty() && (due.size() < blocks_ || !is_before(end, first_of(chunk->blocks.back())))) {
    due.push_back(chunk->blocks.back().block);
    chunk->blocks.pop_back();
  }
  blocks_ = std::min<size_t>(kIdBlocks, blocks_ * 2);
  read(*chunk->ids, due);
  auto run = std::make_unique<Run>();
  run->ids = chunk->ids;
  for (const uint32_t block : due) collect(*chunk, block, run->entries);
  const auto order = [&](const Entry& a, const Entry& b) { return is_before(a.id, b.id); };
  if (!std::ranges::is_sorted(run->entries, order)) std::ranges::sort(run->entries, order);
  if (!chunk->blocks.empty()) push(std::move(chunk));
  if (run->entries.empty()) return;
  runs_.push_back(std::move(run));
  std::ranges::push_heap(runs_, [&](const auto& a, const auto& b) { return is_later(*a, *b); });
}

bool MembersInOrder::is_later(const Run& a, const Run& b) const {
  return is_before(b.entries[b.position].id, a.entries[a.position].id);
}

// False: whatever is not open comes after the next member.
bool MembersInOrder::open_what_is_due() {
  while (!chunks_.empty() && is_out_of_range(chunks_.front())) chunks_ = chunks_.subspan(1);
  if (chunks_.empty() && opened_.empty()) return false;
  const bool is_block =
      chunks_.empty() || (!opened_.empty() && !is_before(first_of(chunks_.front()), first_of(opened_.front()->blocks.back())));
  const std::string_view first = is_block ? first_of(opened_.front()->blocks.back()) : first_of(chunks_.front());
  if (!runs_.empty() && is_before(runs_.front()->entries[runs_.front()->position].id, first)) return false;
  if (is_block) {
    read_due_blocks();
  } else {
    const uint32_t number = chunks_.front().chunk;
    chunks_ = chunks_.subspan(1);
    open_chunk(number);
  }
  return true;
}

bool MembersInOrder::next(MemberRow& row) {
  if (!has_begun_) begin();
  finished_ = nullptr;
  while (open_what_is_due()) {
  }
  if (runs_.empty()) return false;
  const auto is_due_later = [&](const auto& a, const auto& b) { return is_later(*a, *b); };
  std::ranges::pop_heap(runs_, is_due_later);
  Run& run = *runs_.back();
  const Entry& entry = run.entries[run.position++];
  row.segment = entry.segment;
  row.since = entry.since;
  row.profile_id = memory_.id(run.ids->ids(), entry.offset, entry.id);
  if (run.position == run.entries.size()) {
    finished_ = std::move(runs_.back());
    runs_.pop_back();
  } else {
    std::ranges::push_heap(runs_, is_due_later);
  }
  return true;
}

}  // namespace segments::pg
