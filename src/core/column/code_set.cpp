#include <algorithm>

#include "core/column/column.h"

namespace segments {

void CodeSet::insert_range(uint32_t first, uint32_t end) {
  if (first >= end) return;
  const uint32_t first_word = first / 64;
  const uint32_t last_word = (end - 1) / 64;
  const uint64_t from_first = ~uint64_t{0} << (first % 64);
  const uint64_t to_last = ~uint64_t{0} >> (63 - (end - 1) % 64);
  if (first_word == last_word) {
    words_[first_word] |= from_first & to_last;
    return;
  }
  words_[first_word] |= from_first;
  std::fill(words_.begin() + first_word + 1, words_.begin() + last_word, ~uint64_t{0});
  words_[last_word] |= to_last;
}

void CodeSet::complement() {
  for (uint64_t& word : words_) word = ~word;
  if (count_ % 64 != 0) words_.back() &= ~(~uint64_t{0} << (count_ % 64));
}

bool CodeSet::empty() const {
  return std::all_of(words_.begin(), words_.end(), [](uint64_t word) { return word == 0; });
}

bool CodeSet::full() const {
  CodeSet rest = *this;
  rest.complement();
  return rest.empty();
}

}  // namespace segments
