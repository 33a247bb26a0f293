// Up to which time the earliest or latest rows of each profile of a tile reach.
//
// Fragments are gone through from that end on: rows of who has enough rows beyond a fragment's times are not looked at, and where
// nobody's are left, no time is read.
#pragma once
#include <map>
#include <vector>

#include "core/evaluation/counted_fragments.h"
#include "core/evaluation/profile_map.h"

namespace segments {

// Of times the order in which they are looked for: greater ranks are nearer to the edge.
class EdgeRank {
 public:
  explicit EdgeRank(bool latest) : mask_(latest ? 0 : -1) {}
  int64_t of(Timestamp time) const { return time ^ mask_; }
  int64_t best_of(const FragmentSource& fragment) const { return of(mask_ == 0 ? fragment.max_time() : fragment.min_time()); }
  int64_t worst_of(const FragmentSource& fragment) const { return of(mask_ == 0 ? fragment.min_time() : fragment.max_time()); }

 private:
  int64_t mask_;
};

class EdgeTimes {
 public:
  // All must outlive this.
  EdgeTimes(const EdgePlan& edge, const CountedFragments& among, const ProfileMap& map, std::span<const uint32_t> first_of);

  // Finds the ranks; to be called once.
  void find();
  // By record: rows from this rank on belong to the edge; of records without a profile, of nobody's interest.
  std::span<const int64_t> least_ranks() const { return least_; }
  EdgeRank rank() const { return rank_; }
  // Times of a fragment's rows; some are kept.
  const std::vector<Timestamp>& times_of(FragmentReader& fragment);

 private:
  static constexpr uint32_t kNoSlot = UINT32_MAX;

  std::vector<uint32_t> row_counts();
  void find_in_slots(uint32_t slot_count);
  bool leave_out_complete(FragmentReader& fragment, RowSet& rows);
  void add(int64_t* ranks, int64_t rank) const;

  const EdgePlan& edge_;
  const CountedFragments& among_;
  const ProfileMap& map_;
  const std::span<const uint32_t> first_of_;
  const EdgeRank rank_;
  std::vector<int64_t> least_;
  std::vector<uint32_t> slot_of_;  // by first record
  std::vector<int64_t> ranks_;     // by slot, a heap each: the least of the best ones first
  std::map<const FragmentSource*, std::vector<Timestamp>> kept_times_;
  size_t kept_count_ = 0;
};

}  // namespace segments
