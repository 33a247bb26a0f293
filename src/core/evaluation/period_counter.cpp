#include "core/evaluation/period_counter.h"

#include <algorithm>
#include <bit>

namespace segments {
namespace {

// Calls visit(row, offset) for each row of the blocks, in order.
template <class F>
void for_each_row(std::span<const BlockView> blocks, F visit) {
  for (const BlockView& block : blocks) {
    const uint32_t first_offset = block.block % kBlocksPerTile * kBlockSize;
    for (const LayerView& layer : block.layers) {
      uint32_t row = layer.first_row;
      for (uint32_t word = 0; word < kLayerWords; ++word) {
        for (uint64_t bits = layer.words[word]; bits != 0; bits &= bits - 1) {
          visit(row++, first_offset + word * 64 + static_cast<uint32_t>(std::countr_zero(bits)));
        }
      }
    }
    for (size_t i = 0; i < block.tail.size(); ++i) {
      visit(block.tail_first_row + static_cast<uint32_t>(i), first_offset + block.tail[i]);
    }
  }
}

}  // namespace

int64_t distinguished_count(int64_t minimum, int64_t maximum) {
  const int64_t below_minimum = minimum > 0 ? minimum - 1 : 0;
  return maximum == INT64_MAX ? below_minimum : std::max(below_minimum, maximum);
}

PeriodCounter::PeriodCounter(std::span<const TimeRange> periods, uint32_t planes)
    : periods_(periods), counters_(periods.size(), BitCounter(planes)) {}

void PeriodCounter::add(std::span<const BlockView> blocks, const RowSet* rows, std::span<const Timestamp> times) {
  for_each_row(blocks, [&](uint32_t row, uint32_t offset) {
    if (rows == nullptr || rows->contains(row)) add(times[row], offset);
  });
}

void PeriodCounter::add(Timestamp time, uint32_t offset) {
  if (!periods_[latest_].contains(time)) {
    const auto found = std::ranges::lower_bound(periods_, time, {}, &TimeRange::last);
    if (found == periods_.end() || !found->contains(time)) return;
    latest_ = static_cast<size_t>(found - periods_.begin());
  }
  counters_[latest_].add_one(offset);
}

PeriodTally::PeriodTally(const PlanNode& node)
    : node_(node), counter_(BitCounter::planes_for(distinguished_count(node.minimum, node.maximum))) {}

void PeriodTally::add(const DenseSet& holding) {
  counter_.add(holding);
  if (node_.kind == PlanNodeKind::kPeriods) return;
  counter_.keep(holding);
  DenseSet runs;
  if (node_.minimum > 0) {
    counter_.between(node_.minimum, INT64_MAX, runs);
    reached_ |= runs;
  }
  if (node_.maximum == INT64_MAX) return;
  counter_.between(node_.maximum + 1, INT64_MAX, runs);
  exceeded_ |= runs;
}

void PeriodTally::restrict(DenseSet& profiles) const {
  if (node_.kind == PlanNodeKind::kPeriods) {
    DenseSet holding;
    counter_.between(node_.minimum, node_.maximum, holding);
    profiles &= holding;
    return;
  }
  if (node_.minimum > 0) profiles &= reached_;
  profiles -= exceeded_;
}

}  // namespace segments
