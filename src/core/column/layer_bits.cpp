#include "core/column/layer_bits.h"

#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace segments {
namespace {

// 64 bits of `words` from bit `position` on; zeros past the end.
[[gnu::always_inline]] inline uint64_t read_bits(std::span<const uint64_t> words, uint32_t position) {
  const uint32_t index = position >> 6;
  const uint32_t shift = position & 63;
  if (index + 1 < words.size()) [[likely]] {
    return words[index] >> shift | words[index + 1] << 1 << (63 - shift);
  }
  return index < words.size() ? words[index] >> shift : 0;
}

// REQUIRES: bits beyond the end of `words` are 0.
[[gnu::always_inline]] inline void write_bits(std::span<uint64_t> words, uint32_t position, uint64_t bits) {
  const uint32_t index = position >> 6;
  const uint32_t shift = position & 63;
  if (index < words.size()) words[index] |= bits << shift;
  if (index + 1 < words.size()) words[index + 1] |= bits >> 1 >> (63 - shift);
}

[[gnu::always_inline]] inline uint32_t count_bits(uint64_t word) { return static_cast<uint32_t>(__builtin_popcountll(word)); }

uint64_t deposit_portable(uint64_t bits, uint64_t mask) {
  uint64_t result = 0;
  for (; mask != 0 && bits != 0; mask &= mask - 1, bits >>= 1) {
    if ((bits & 1) != 0) result |= mask & -mask;
  }
  return result;
}

uint64_t extract_portable(uint64_t word, uint64_t mask) {
  uint64_t result = 0;
  for (uint64_t bit = 1; mask != 0; mask &= mask - 1, bit <<= 1) {
    if ((word & mask & -mask) != 0) result |= bit;
  }
  return result;
}

#if defined(__x86_64__)
[[gnu::target("bmi2,popcnt")]] uint32_t deposit_rows_bmi2(std::span<const uint64_t> row_words, uint32_t first_row,
                                                          std::span<const uint64_t> layer, uint64_t* ordinals) {
  uint32_t position = first_row;
  for (size_t i = 0; i < layer.size(); ++i) {
    ordinals[i] = _pdep_u64(read_bits(row_words, position), layer[i]);
    position += count_bits(layer[i]);
  }
  return position - first_row;
}

[[gnu::target("bmi2,popcnt")]] void extract_rows_bmi2(const uint64_t* ordinals, std::span<const uint64_t> layer,
                                                      uint32_t first_row, std::span<uint64_t> row_words) {
  uint32_t position = first_row;
  for (size_t i = 0; i < layer.size(); ++i) {
    write_bits(row_words, position, _pext_u64(ordinals[i], layer[i]));
    position += count_bits(layer[i]);
  }
}

bool has_bmi2() { return __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt"); }
#endif

}  // namespace

uint32_t deposit_rows_portable(std::span<const uint64_t> row_words, uint32_t first_row, std::span<const uint64_t> layer,
                               uint64_t* ordinals) {
  uint32_t position = first_row;
  for (size_t i = 0; i < layer.size(); ++i) {
    ordinals[i] = deposit_portable(read_bits(row_words, position), layer[i]);
    position += count_bits(layer[i]);
  }
  return position - first_row;
}

void extract_rows_portable(const uint64_t* ordinals, std::span<const uint64_t> layer, uint32_t first_row,
                           std::span<uint64_t> row_words) {
  uint32_t position = first_row;
  for (size_t i = 0; i < layer.size(); ++i) {
    write_bits(row_words, position, extract_portable(ordinals[i], layer[i]));
    position += count_bits(layer[i]);
  }
}

uint32_t deposit_rows(std::span<const uint64_t> row_words, uint32_t first_row, std::span<const uint64_t> layer,
                      uint64_t* ordinals) {
#if defined(__x86_64__)
  if (has_bmi2()) return deposit_rows_bmi2(row_words, first_row, layer, ordinals);
#endif
  return deposit_rows_portable(row_words, first_row, layer, ordinals);
}

void extract_rows(const uint64_t* ordinals, std::span<const uint64_t> layer, uint32_t first_row, std::span<uint64_t> row_words) {
#if defined(__x86_64__)
  if (has_bmi2()) return extract_rows_bmi2(ordinals, layer, first_row, row_words);
#endif
  extract_rows_portable(ordinals, layer, first_row, row_words);
}

}  // namespace segments
