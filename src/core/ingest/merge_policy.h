// Which fragments to merge, as a pure function of what exists.
//
// The fragments of one (type, leaf, shard) form a tree over ranges of the shard's tiles, like a buffer tree (Arge, 1995): a
// node covers kFanOut^level neighbouring tiles of the shard.  Small fragments of one node are merged when kFanOut of the same size
// class have gathered; a node of several tiles whose rows reach kMaxFragmentRows is emptied into its children.  So a row is
// rewritten a logarithmic number of times, and a node keeps a bounded number of fragments.
#pragma once
#include <cstdint>
#include <vector>

namespace segments {

inline constexpr uint32_t kMergeFanOut = 8;

struct FragmentSummary {
  int64_t fragment_id = 0;
  uint32_t first_tile = 0;
  uint32_t last_tile = 0;
  uint32_t row_count = 0;
};

struct MergeJob {
  std::vector<int64_t> fragment_ids;  // to be replaced by encode_fragments() of their rows
};

// The merges that are due among the fragments of one (type, leaf, shard).  Disjoint; run all, then ask again.
std::vector<MergeJob> due_merges(const std::vector<FragmentSummary>& fragments);

}  // namespace segments
