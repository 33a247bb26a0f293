#include "pg/member/ordered_members.h"

namespace segments::pg {

// What lies before the range is skipped without a look; what lies beyond it, when it is due.
void MembersInOrder::begin() {
  has_begun_ = true;
  bounds_ = ids_.bounds();
  chunks_ = descending_ ? bounds_->descending() : bounds_->ascending();
  const std::optional<std::string>& edge = descending_ ? range_.high : range_.low;
  if (edge) chunks_ = chunks_.subspan(descending_ ? bounds_->beginning_after(*edge) : bounds_->ending_before(*edge));
}

MembersInOrder::Members MembersInOrder::members_of(uint32_t tile) {
  std::weak_ptr<const std::vector<ChosenMembers>>& known = tiles_[tile];
  last_members_ = known.lock();
  if (last_members_ != nullptr) return last_members_;
  std::vector<ChosenMembers> members;
  chosen_.read_tile(tile, 0, chosen_.size(), members);
  last_members_ = std::make_shared<const std::vector<ChosenMembers>>(std::move(members));
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
  for (const ChosenMembers& segment : *chunk.members) {
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
void MembersInOrder::read(StoredIdChunk& chunk, std::vector<uint32_t> blocks) {
  std::ranges::sort(blocks);
  if (blocks.size() * 2 > blocks.back() - blocks.front()) return ids_.read_blocks(chunk, blocks.front(), blocks.back() + 1);
  for (size_t first = 0; first < blocks.size();) {
    size_t end = first + 1;
    while (end < blocks.size() && blocks[end] == blocks[end - 1] + 1) ++end;
    ids_.read_blocks(chunk, blocks[first], blocks[end - 1] + 1);
    first = end;
  }
}

// The block that is due, and those of its chunk that are before it ends; more for rows that are wanted, or if many have been read
// already.
std::vector<uint32_t> MembersInOrder::take_due(OpenChunk& chunk) {
  const std::string_view end = last_of(chunk.blocks.back());
  std::vector<uint32_t> due;
  const size_t wanted = wanted_;
  while (!chunk.blocks.empty()) {
    const StoredIdChunk::Bounds& next = chunk.blocks.back();
    if (!due.empty() && is_before(end, first_of(next)) && (wanted > 0 ? wanted_ == 0 : due.size() >= blocks_)) break;
    due.push_back(next.block);
    const bool is_cut = (range_.low && next.lowest <= *range_.low) || (range_.high && next.highest >= *range_.high);
    if (!is_cut) wanted_ -= std::min(wanted_, count(chunk, next.block));
    chunk.blocks.pop_back();
  }
  if (wanted == 0) blocks_ = std::min<size_t>(kIdBlocks, blocks_ * 2);
  return due;
}

size_t MembersInOrder::count(const OpenChunk& chunk, uint32_t block) const {
  const uint64_t first = first_of_id_chunk(chunk.ids->number()) + (block << kIdBlockBits);
  size_t members = 0;
  for (const ChosenMembers& segment : *chunk.members) members += segment.members->set.count_in(first, first + kIdBlockSize);
  return members;
}

void MembersInOrder::read_due_blocks() {
  interrupt_.poll();
  std::ranges::pop_heap(
      opened_, [&](const auto& a, const auto& b) { return is_before(first_of(b->blocks.back()), first_of(a->blocks.back())); });
  std::unique_ptr<OpenChunk> chunk = std::move(opened_.back());
  opened_.pop_back();
  const std::vector<uint32_t> due = take_due(*chunk);
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
