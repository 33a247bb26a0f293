// Rows of a layer ↔ ordinals of a block; likewise rows of a time bucket ↔ rows of the fragment.
//
// The rows of a layer are numbered in the order of the layer's ordinals, so the k-th row belongs to the k-th set bit of
// the layer's bitmap: a bit-deposit (PDEP) a word turns selected rows into ordinals, a bit-extract (PEXT) goes the
// other way. Both use BMI2 where the processor has it; the portable forms give the same results.
#pragma once
#include <cstdint>
#include <span>

namespace segments {

// Sets ordinals[0 … layer.size()) to the ordinals of `layer` whose rows, from first_row on, are set in `row_words`;
// returns how many rows the layer has.
uint32_t deposit_rows(std::span<const uint64_t> row_words, uint32_t first_row, std::span<const uint64_t> layer,
                      uint64_t* ordinals);
uint32_t deposit_rows_portable(std::span<const uint64_t> row_words, uint32_t first_row, std::span<const uint64_t> layer,
                               uint64_t* ordinals);

// Sets in `row_words` (where they are 0) the rows, from first_row on, of `layer`'s ordinals that are in `ordinals`.
void extract_rows(const uint64_t* ordinals, std::span<const uint64_t> layer, uint32_t first_row, std::span<uint64_t> row_words);
void extract_rows_portable(const uint64_t* ordinals, std::span<const uint64_t> layer, uint32_t first_row,
                           std::span<uint64_t> row_words);

}  // namespace segments
