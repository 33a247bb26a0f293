#include "pg/member/paired_segments.h"

namespace segments::pg {

void PairedSegments::read_tile(uint32_t tile, size_t first, size_t end, std::vector<ChosenMembers>& members) {
  members.clear();
  if (tile_ != tile) {
    tile_.reset();
    first_.read_tile(tile, 0, first_.size(), in_first_);
    second_.read_tile(tile, 0, second_.size(), in_second_);
    tile_ = tile;
  }
  for (const ChosenMembers& one : in_first_) {
    interrupt_.poll();
    for (const ChosenMembers& other : in_second_) {
      const size_t pair = one.segment * second_.size() + other.segment;
      if (pair < first || pair >= end) continue;
      DecodedMembers both;
      both.set = one.members->set;
      both.set &= other.members->set;
      if (!both.set.empty()) members.push_back({pair, std::make_shared<const DecodedMembers>(std::move(both))});
    }
  }
}

std::optional<uint32_t> PairedSegments::last_tile() {
  const std::optional<uint32_t> one = first_.last_tile();
  const std::optional<uint32_t> other = second_.last_tile();
  return one && other ? std::optional(std::min(*one, *other)) : std::nullopt;
}

}  // namespace segments::pg
