// Which fragments to merge, as a pure function of what exists.
//
// The fragments of one (type, leaf, shard) hang in a tree over ranges of the shard's tiles (fragment/tile_tree.h), like a buffer
// tree (Arge, 1995).  Small fragments of one node are
// merged when kMergeFanOut of the same size class have gathered; a node of several tiles whose rows exceed
// kMaxFragmentRows is emptied into its children.  A fragment of one tile is final from kFinalFragmentRows rows on,
// unless kTimeFanOut of a like span (by powers of two) cover the same time: those are merged to come out cut by time, so
// that windows find few fragments.  (Rows that arrive in the order of their times never need that.)
//
// A merge raises the size class of its rows and emptying lowers their level, so a row is rewritten at most
// (levels + 1) * (size classes + 1) times, and where all merges that are due have been run, a node holds fewer than
// kMergeFanOut fragments of each size class below kFinalFragmentRows, and, if it has several tiles, at most
// kMaxFragmentRows rows.
#pragma once
#include <cstdint>
#include <vector>

#include "core/column/column.h"
#include "core/fragment/tile_tree.h"
#include "core/time.h"

namespace segments {

inline constexpr uint32_t kTimeFanOut = 4;
inline constexpr uint32_t kFinalFragmentRows = kMaxFragmentRows / 4;

struct FragmentSummary {
  int64_t fragment_id = 0;
  uint32_t first_tile = 0;
  uint32_t last_tile = 0;
  uint32_t row_count = 0;
  Timestamp min_time = 0;
  Timestamp max_time = 0;
};

struct MergeJob {
  std::vector<int64_t> fragment_ids;  // to be replaced by encode_fragments() of their rows
};

// The merges that are due among the fragments of one (type, leaf, shard), none of much more than kMostMergeRows rows.
// Disjoint; run all, then ask again.
inline constexpr uint64_t kMostMergeRows = uint64_t{4} * kMaxFragmentRows;
std::vector<MergeJob> due_merges(const std::vector<FragmentSummary>& fragments);

// How often, at most, the rows of a fragment are rewritten until they are final, whatever else arrives; every merge makes that
// less for each of its rows.  Merges that cut large fragments by time come on top: they are not foreseen.
uint32_t merges_ahead(const FragmentSummary& fragment);

}  // namespace segments
