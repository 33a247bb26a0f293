#include "pg/store/id_bounds.h"

#include <algorithm>

namespace segments::pg {

void IdBounds::add(uint32_t chunk, std::string_view lowest, std::string_view highest) {
  const size_t begin = bytes_.size();
  bytes_.append(lowest);
  const size_t middle = bytes_.size();
  bytes_.append(highest);
  places_.push_back({chunk, begin, middle, bytes_.size()});
}

void IdBounds::finish() {
  const std::string_view bytes = bytes_;
  for (const Place& place : places_) {
    ascending_.push_back({place.chunk, bytes.substr(place.begin, place.middle - place.begin),
                          bytes.substr(place.middle, place.end - place.middle)});
  }
  places_.clear();
  descending_ = ascending_;
  std::ranges::sort(ascending_, {}, &IdChunkBounds::lowest);
  std::ranges::sort(descending_, std::ranges::greater(), &IdChunkBounds::highest);
  for (const IdChunkBounds& bounds : ascending_) {
    highest_until_.push_back(highest_until_.empty() ? bounds.highest : std::max(highest_until_.back(), bounds.highest));
  }
  for (const IdChunkBounds& bounds : descending_) {
    lowest_until_.push_back(lowest_until_.empty() ? bounds.lowest : std::min(lowest_until_.back(), bounds.lowest));
  }
  measure_overlap();
}

// Those that begin are counted before those that end with the same id.
void IdBounds::measure_overlap() {
  size_t ended = 0;
  for (size_t begun = 0; begun < ascending_.size(); ++begun) {
    while (descending_[descending_.size() - 1 - ended].highest < ascending_[begun].lowest) ++ended;
    most_overlapping_ = std::max(most_overlapping_, begun + 1 - ended);
  }
}

size_t IdBounds::ending_before(std::string_view id) const {
  return static_cast<size_t>(std::ranges::lower_bound(highest_until_, id) - highest_until_.begin());
}

size_t IdBounds::beginning_after(std::string_view id) const {
  return static_cast<size_t>(std::ranges::lower_bound(lowest_until_, id, std::ranges::greater()) - lowest_until_.begin());
}

}  // namespace segments::pg
