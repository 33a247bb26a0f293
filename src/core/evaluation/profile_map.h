// Which records of a tile belong to which profile.
//
// A profile goes by the lowest ordinal of its records (its *first* record); the others are *further* records.
// Neighbours are folded word-wise: a mask per distance 1 … kMaxDistance; the rest is a list of pairs.  Records without
// a profile are in neither. Dead ordinals are those whose rows have been copied elsewhere: no record has them any more.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/set/dense_set.h"
#include "core/column/column.h"

namespace segments {

class ProfileMap {
 public:
  static constexpr uint32_t kMaxDistance = 8;

  ProfileMap() = default;
  // Throws Error{kDataCorrupted}, also for the bytes of another tile: the tile's seal is mixed into their checksum.
  static ProfileMap decode(BytesView bytes, uint32_t seal = 0);
  Bytes encode(uint32_t seal = 0) const;

  // Makes the records at these offsets (ascending, at least one, none linked at present) one profile.
  void link(std::span<const uint32_t> offsets);
  // Takes the profile that goes by `first` apart: its records are unlinked.  No effect if there is none.
  void unlink_profile(uint32_t first);
  // Takes one record out of its profile.  If the profile went by it and has other records, returns what it goes by now.
  std::optional<uint32_t> unlink_record(uint32_t offset);
  void mark_dead(uint32_t offset);

  const DenseSet& profiles() const { return profiles_; }  // first records
  const DenseSet& linked() const { return linked_; }      // first and further records
  const DenseSet& dead() const { return dead_; }
  // Further records at exactly `distance` (1 … kMaxDistance) after their first.
  const DenseSet& at_distance(uint32_t distance) const { return neighbours_[distance - 1]; }
  bool any_at_distance(uint32_t distance) const { return neighbour_counts_[distance - 1] != 0; }
  // (further, first) for larger distances, ascending.
  const std::vector<std::pair<uint32_t, uint32_t>>& distant() const { return distant_; }
  // Calls visit(further, first) for each further record.
  template <class F>
  void for_each_further(F visit) const;
  static constexpr uint32_t kNobody = UINT32_MAX;
  // By record: the first record of its profile; kNobody: it has none.
  std::vector<uint32_t> first_records() const;
  bool operator==(const ProfileMap&) const = default;

 private:
  DenseSet profiles_;
  DenseSet linked_;
  DenseSet dead_;
  std::array<DenseSet, kMaxDistance> neighbours_;
  std::array<uint32_t, kMaxDistance> neighbour_counts_{};
  std::vector<std::pair<uint32_t, uint32_t>> distant_;
};

template <class F>
void ProfileMap::for_each_further(F visit) const {
  for (uint32_t distance = 1; distance <= kMaxDistance; ++distance) {
    if (!any_at_distance(distance)) continue;
    at_distance(distance).for_each([&](uint32_t further) { visit(further, further - distance); });
  }
  for (const auto& [further, first] : distant_) visit(further, first);
}

}  // namespace segments
