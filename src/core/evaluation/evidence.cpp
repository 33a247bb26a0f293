#include "core/evaluation/evidence.h"

#include <algorithm>
#include <bit>

#include "core/evaluation/fragment_reader.h"

namespace segments {
namespace {

// The offsets of a profile's records.
std::vector<uint32_t> records_of(Ordinal subject, uint32_t tile, const ProfileMap& map) {
  if (tile_of(subject) != tile) return {};
  const uint32_t first = subject - first_ordinal(tile);
  if (!map.profiles().contains(first)) return {};
  std::vector<uint32_t> records = {first};
  for (uint32_t distance = 1; distance <= ProfileMap::kMaxDistance && first + distance < kTileSize; ++distance) {
    if (map.at_distance(distance).contains(first + distance)) records.push_back(first + distance);
  }
  for (const auto& [further, its_first] : map.distant()) {
    if (its_first == first) records.push_back(further);
  }
  return records;
}

// Calls visit with the number of each row of an ordinal within its block.
template <class F>
void for_each_row_of(const BlockView& block, uint16_t ordinal, F visit) {
  for (const LayerView& layer : block.layers) {
    const uint32_t word = ordinal >> 6;
    const uint64_t below = (uint64_t{1} << (ordinal & 63)) - 1;
    if ((layer.words[word] >> (ordinal & 63) & 1) == 0) continue;
    uint32_t row = layer.first_row + static_cast<uint32_t>(std::popcount(layer.words[word] & below));
    for (uint32_t i = 0; i < word; ++i) row += static_cast<uint32_t>(std::popcount(layer.words[i]));
    visit(row);
  }
  const auto [first, end] = std::equal_range(block.tail.begin(), block.tail.end(), ordinal);
  for (auto at = first; at != end; ++at) visit(block.tail_first_row + static_cast<uint32_t>(at - block.tail.begin()));
}

void add_times(FragmentReader& fragment, const PreparedTest* test, const std::vector<uint32_t>& records,
               std::vector<Timestamp>& times) {
  if (test != nullptr && fragment.fold(*test) == Truth::kNone) return;
  std::vector<uint32_t> rows;
  for (const BlockView& block : fragment.blocks()) {
    for (const uint32_t record : records) {
      if (record / kBlockSize != block.block % kBlocksPerTile) continue;
      for_each_row_of(block, static_cast<uint16_t>(record % kBlockSize), [&](uint32_t row) { rows.push_back(row); });
    }
  }
  if (rows.empty()) return;
  RowSet selected;
  const Truth truth = test == nullptr ? Truth::kAll : fragment.select(*test, selected);
  if (truth == Truth::kSome) std::erase_if(rows, [&](uint32_t row) { return !selected.contains(row); });
  if (truth == Truth::kNone || rows.empty()) return;
  const std::vector<Timestamp> all = fragment.row_times();
  for (const uint32_t row : rows) times.push_back(all.at(row));
}

}  // namespace

std::vector<std::vector<Timestamp>> evidence_of(Ordinal subject, const EvaluationPlan& plan, Restrictions& restrictions,
                                                uint32_t tile, const ProfileMap& map,
                                                const std::vector<FragmentSource*>& fragments, Interrupt& interrupt) {
  std::vector<std::vector<Timestamp>> evidence(plan.counters.size());
  const std::vector<uint32_t> records = records_of(subject, tile, map);
  if (records.empty()) return evidence;
  for (FragmentSource* source : fragments) {
    FragmentReader fragment(*source, tile, restrictions);
    for (uint32_t i = 0; i < plan.counters.size(); ++i) {
      const std::vector<CountedType>& types = plan.counters[i].types;
      const auto type = std::ranges::find(types, source->type_id(), &CountedType::type_id);
      if (type == types.end()) continue;
      interrupt.poll();
      add_times(fragment, restrictions.of_counter(i, static_cast<size_t>(type - types.begin())), records, evidence[i]);
      fragment.release();
    }
  }
  for (std::vector<Timestamp>& times : evidence) std::ranges::sort(times);
  return evidence;
}

}  // namespace segments
