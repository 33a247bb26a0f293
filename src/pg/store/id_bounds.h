// Within which bounds the ids of each chunk are, in the order of ids.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace segments::pg {

struct IdChunkBounds {
  uint32_t chunk;
  // No id of it is less or greater.
  std::string_view lowest;
  std::string_view highest;
};

// Of all chunks that have ids.  First all are added, then it is finished, then read.
class IdBounds {
 public:
  IdBounds() = default;
  IdBounds(const IdBounds&) = delete;
  IdBounds& operator=(const IdBounds&) = delete;

  void add(uint32_t chunk, std::string_view lowest, std::string_view highest);
  void finish();

  // Those that begin first, first; and those that end last, first.
  std::span<const IdChunkBounds> ascending() const { return ascending_; }
  std::span<const IdChunkBounds> descending() const { return descending_; }
  // How many of them, in that order, whoever begins at an id can leave out: they end before it; or begin after it.
  size_t ending_before(std::string_view id) const;
  size_t beginning_after(std::string_view id) const;
  // Into how many of them one id falls at most.
  size_t most_overlapping() const { return most_overlapping_; }

 private:
  void measure_overlap();

  struct Place {
    uint32_t chunk;
    size_t begin;
    size_t middle;
    size_t end;
  };
  std::string bytes_;
  std::vector<Place> places_;  // in bytes_
  std::vector<IdChunkBounds> ascending_;
  std::vector<IdChunkBounds> descending_;
  std::vector<std::string_view> highest_until_;  // of the ascending ones so far
  std::vector<std::string_view> lowest_until_;   // of the descending ones so far
  size_t most_overlapping_ = 0;
};

}  // namespace segments::pg
