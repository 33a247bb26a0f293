// Pairs of segments, and who is a member of both.
#pragma once
#include "pg/member/chosen_segments.h"

namespace segments::pg {

// Pair i is of the segments i / n and i % n, if the second ones are n.
class PairedSegments final : public TileSource {
 public:
  PairedSegments(ChosenSegments& first, ChosenSegments& second) : first_(first), second_(second) {}

  size_t size() const override { return first_.size() * second_.size(); }
  Timestamp as_of(size_t) const override { return 0; }
  void read_tile(uint32_t tile, size_t first, size_t end, std::vector<ChosenMembers>& members) override;
  std::optional<uint32_t> last_tile() override;
  const ChosenSegment& first(size_t pair) const { return first_[pair / second_.size()]; }
  const ChosenSegment& second(size_t pair) const { return second_[pair % second_.size()]; }

 private:
  ChosenSegments& first_;
  ChosenSegments& second_;
  ServerInterrupt interrupt_;
  std::optional<uint32_t> tile_;
  std::vector<ChosenMembers> in_first_;
  std::vector<ChosenMembers> in_second_;
};

}  // namespace segments::pg
