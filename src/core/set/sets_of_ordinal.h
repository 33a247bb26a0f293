// Which of many sets an ordinal of a tile is in.
//
// Asking a set takes a few cache misses.  So once sets were asked often enough to pay for it, they are turned round: what is held
// of small ones then is, for each few neighbouring ordinals, which sets these are in; of large ones, a row of bits an ordinal.
#pragma once
#include <vector>

#include "core/set/profile_set.h"

namespace segments {

class SetsOfOrdinal {
 public:
  // What the sets have in other tiles is not looked at.  REQUIRES: they outlive this.
  SetsOfOrdinal(uint32_t tile, std::vector<const ProfileSet*> sets);

  // The places of the sets that have the ordinal, ascending; sets are turned round only if that takes `room` bytes or less.
  // REQUIRES: it is of the tile.
  void find(Ordinal ordinal, std::vector<uint32_t>& places, size_t room = SIZE_MAX);
  bool is_turned() const { return is_turned_; }  // small sets
  bool has_rows() const { return !rows_.empty(); }
  // Heap bytes held now, approximately.
  size_t memory_bytes() const;

 private:
  size_t turned_bytes() const;
  void turn_round();
  size_t row_bytes() const;
  void make_rows();
  void find_others(Ordinal ordinal, std::vector<uint32_t>& places, size_t room);
  template <class Visit>
  void for_each_small_member(Visit visit) const;

  uint64_t first_;
  std::vector<const ProfileSet*> sets_;
  std::vector<uint32_t> small_;   // places of sets with few members here
  std::vector<uint32_t> others_;  // places of the others
  uint64_t entry_count_ = 0;      // members of small sets
  uint64_t asked_ = 0;            // how often one of them was asked
  bool is_turned_ = false;
  std::vector<uint32_t> ends_;     // where each group's entries end
  std::vector<uint16_t> entries_;  // group by group: which of small_, and which ordinal of the group
  uint64_t questions_ = 0;
  std::vector<uint8_t> rows_;  // of others_; empty: they are asked one by one
};

}  // namespace segments
