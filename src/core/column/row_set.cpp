#include <algorithm>
#include <bit>

#include "core/column/column.h"

namespace segments {

RowSet::RowSet(uint32_t row_count, bool value) : count_(row_count), words_((row_count + 63) / 64) {
  if (value) complement();
}

RowSet& RowSet::operator&=(const RowSet& other) {
  for (size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
  return *this;
}

RowSet& RowSet::operator|=(const RowSet& other) {
  for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  return *this;
}

void RowSet::complement() {
  for (uint64_t& word : words_) word = ~word;
  if (count_ % 64 != 0) words_.back() &= ~(~uint64_t{0} << (count_ % 64));
}

bool RowSet::empty() const {
  return std::all_of(words_.begin(), words_.end(), [](uint64_t word) { return word == 0; });
}

uint32_t RowSet::cardinality() const {
  uint32_t count = 0;
  for (uint64_t word : words_) count += static_cast<uint32_t>(std::popcount(word));
  return count;
}

}  // namespace segments
