#include "core/evaluation/edge_times.h"

#include <algorithm>

#include "core/evaluation/row_offsets.h"

namespace segments {
namespace {

// Ranks held at a time: 8 MiB.  As many as one profile may need.
constexpr size_t kRanksAtATime = size_t{1} << 20;
static_assert(kRanksAtATime >= kMostEdgeRows && kRanksAtATime >= kTileSize);
// Times kept for who asks again: 8 MiB.
constexpr size_t kKeptTimes = size_t{1} << 20;
// Who is complete is looked for if it saves looking at so many rows.
constexpr uint32_t kWorthLeavingOut = 1u << 12;

// Of who has no rows, or fewer than are asked for: all of them belong to the edge.
constexpr int64_t kLeastRank = INT64_MIN;

}  // namespace

EdgeTimes::EdgeTimes(const EdgePlan& edge, const CountedFragments& among, const ProfileMap& map,
                     std::span<const uint32_t> first_of)
    : edge_(edge), among_(among), map_(map), first_of_(first_of), rank_(edge.latest), least_(kTileSize, kLeastRank) {}

const std::vector<Timestamp>& EdgeTimes::times_of(FragmentReader& fragment) {
  const auto kept = kept_times_.find(&fragment.source());
  if (kept != kept_times_.end()) return kept->second;
  const std::vector<Timestamp>& times = fragment.row_times();
  if (kept_count_ + times.size() > kKeptTimes) return times;
  kept_count_ += times.size();
  return kept_times_.emplace(&fragment.source(), times).first->second;
}

std::vector<uint32_t> EdgeTimes::row_counts() {
  std::vector<uint32_t> counts(kTileSize);
  DenseSet present;
  among_.for_each(nullptr, [&](FragmentReader& fragment, CountedRows& counted, size_t) {
    for_each_row(fragment.blocks(), counted.rows(), present, [&](uint32_t, uint32_t offset) {
      if (first_of_[offset] != ProfileMap::kNobody) ++counts[first_of_[offset]];
    });
  });
  return counts;
}

void EdgeTimes::find() {
  const bool one = edge_.count == 1;
  const std::vector<uint32_t> counts = one ? std::vector<uint32_t>() : row_counts();
  slot_of_.assign(kTileSize, kNoSlot);
  const auto most_slots = static_cast<uint32_t>(kRanksAtATime / edge_.count);
  uint32_t slots = 0;
  map_.profiles().for_each([&](uint32_t first) {
    if (!one && counts[first] <= edge_.count) return;
    slot_of_[first] = slots++;
    if (slots < most_slots) return;
    find_in_slots(slots);
    slots = 0;
  });
  if (slots > 0) find_in_slots(slots);
  map_.for_each_further([&](uint32_t further, uint32_t first) { least_[further] = least_[first]; });
}

// Finds the ranks of those who have a slot.
void EdgeTimes::find_in_slots(uint32_t slot_count) {
  ranks_.assign(size_t{slot_count} * edge_.count, kLeastRank);
  DenseSet present;
  among_.for_each(nullptr, [&](FragmentReader& fragment, CountedRows& counted, size_t) {
    if (fragment.tile_row_count() == 0) return;
    RowSet rows = counted.rows();
    if (!leave_out_complete(fragment, rows)) return;
    const std::vector<Timestamp>& times = times_of(fragment);
    for_each_row(fragment.blocks(), rows, present, [&](uint32_t row, uint32_t offset) {
      const uint32_t first = first_of_[offset];
      if (first == ProfileMap::kNobody || slot_of_[first] == kNoSlot) return;
      add(&ranks_[size_t{slot_of_[first]} * edge_.count], rank_.of(times[row]));
    });
  });
  for (uint32_t first = 0; first < kTileSize; ++first) {
    if (slot_of_[first] == kNoSlot) continue;
    least_[first] = ranks_[size_t{slot_of_[first]} * edge_.count];
    slot_of_[first] = kNoSlot;
  }
}

// Returns false if no rows are left.
bool EdgeTimes::leave_out_complete(FragmentReader& fragment, RowSet& rows) {
  if (fragment.tile_row_count() < kWorthLeavingOut) return true;
  const int64_t best = rank_.best_of(fragment.source());
  DenseSet open;
  bool all = true;
  for (uint32_t first = 0; first < kTileSize; ++first) {
    if (slot_of_[first] == kNoSlot) continue;
    if (ranks_[size_t{slot_of_[first]} * edge_.count] < best) {
      open.insert(first);
    } else {
      all = false;
    }
  }
  if (all) return true;
  map_.for_each_further([&](uint32_t further, uint32_t first) {
    if (open.contains(first)) open.insert(further);
  });
  RowSet members;
  fragment.select_members(open, members);
  rows &= members;
  return !rows.empty();
}

// Puts a rank in place of the least one, if it is greater.
void EdgeTimes::add(int64_t* ranks, int64_t rank) const {
  if (rank <= ranks[0]) return;
  const size_t count = edge_.count;
  size_t at = 0;
  for (size_t child = 1; child < count; child = 2 * at + 1) {
    if (child + 1 < count && ranks[child + 1] < ranks[child]) ++child;
    if (rank <= ranks[child]) break;
    ranks[at] = ranks[child];
    at = child;
  }
  ranks[at] = rank;
}

}  // namespace segments
