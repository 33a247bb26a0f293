#include "core/evaluation/edge_rows.h"

#include <algorithm>

#include "core/evaluation/edge_times.h"
#include "core/evaluation/row_offsets.h"

namespace segments {
namespace {

// A condition needs one for what it counts, and one for whom these are counted among.
constexpr size_t kKnownEdges = 4;

// The records whose rows belong to the edge from a rank on that is at most this.
DenseSet reaching(std::span<const int64_t> least, int64_t rank) {
  DenseSet records;
  for (uint32_t word = 0; word < DenseSet::kWords; ++word) {
    uint64_t bits = 0;
    for (uint32_t bit = 0; bit < 64; ++bit) bits |= uint64_t{least[word * 64 + bit] <= rank} << bit;
    records.words()[word] = bits;
  }
  return records;
}

// Keeps those of the rows that belong to the edge.
void keep_edge(FragmentReader& fragment, EdgeTimes& edge, RowSet& rows) {
  const std::span<const int64_t> least = edge.least_ranks();
  DenseSet some = reaching(least, edge.rank().best_of(fragment.source()));
  const DenseSet all = reaching(least, edge.rank().worst_of(fragment.source()));
  some -= all;
  RowSet members;
  fragment.select_members(some, members);
  members &= rows;
  RowSet others;
  fragment.select_members(all, others);
  rows &= others;
  if (members.empty()) return;
  const std::vector<Timestamp>& times = edge.times_of(fragment);
  DenseSet present;
  for_each_row(fragment.blocks(), members, present, [&](uint32_t row, uint32_t offset) {
    if (edge.rank().of(times[row]) >= least[offset]) rows.insert(row);
  });
}

}  // namespace

std::shared_ptr<const EdgeRows> EdgeFinder::of_counter(uint32_t counter) {
  const std::optional<EdgePlan>& edge = plan_.counters[counter].edge;
  if (!edge) return nullptr;
  const auto known = std::ranges::find(known_, *edge, [](const auto& one) { return one.first; });
  if (known != known_.end()) return known->second;
  std::shared_ptr<const EdgeRows> rows = find(*edge);
  known_.emplace_back(*edge, rows);
  if (known_.size() > kKnownEdges) known_.pop_front();
  return rows;
}

std::shared_ptr<const EdgeRows> EdgeFinder::find(const EdgePlan& edge) {
  if (first_of_.empty()) first_of_ = map_.first_records();
  const std::shared_ptr<const EdgeRows> outer = of_counter(edge.among);
  CountedFragments among(plan_, edge.among, restrictions_, tile_, fragments_, interrupt_, outer.get());
  const EdgeRank rank(edge.latest);
  among.order_by([&](const FragmentSource& a, const FragmentSource& b) { return rank.best_of(a) > rank.best_of(b); });
  EdgeTimes times(edge, among, map_, first_of_);
  times.find();
  auto found = std::make_shared<EdgeRows>();
  among.for_each(nullptr, [&](FragmentReader& fragment, CountedRows& counted, size_t) {
    if (fragment.tile_row_count() == 0) return;
    RowSet rows = counted.rows();
    keep_edge(fragment, times, rows);
    if (!rows.empty()) found->put(fragment.source(), std::move(rows));
  });
  return found;
}

}  // namespace segments
