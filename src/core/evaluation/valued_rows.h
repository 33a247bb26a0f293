// The rows of a fragment that a counter counts and that have a value of a field, with these.
#pragma once
#include <bit>
#include <optional>
#include <span>
#include <vector>

#include "core/column/layer_bits.h"
#include "core/evaluation/counted_rows.h"
#include "core/set/dense_set.h"

namespace segments {

class ValuedRows {
 public:
  // `missing`: what fragments older than the field answer with.  The first two must outlive this.
  // Throws Error{kDataCorrupted} for values of another kind.
  ValuedRows(FragmentReader& fragment, CountedRows& counted, int16_t field, ValueKind kind,
             const std::optional<MissingValue>& missing);

  // Whether no row of the tile counts, or none has a value.
  bool empty() const { return is_empty_; }
  // The values: row r has the value codes()[r] - 1.  REQUIRES: not empty.
  const Dictionary& dictionary() const { return own_ ? *own_ : *column_; }
  std::span<const uint32_t> codes() const { return codes_; }

  // Calls visit(row, offset) for each row that counts and has a value, in order; their offsets are put into `present`.
  template <class F>
  void for_each(DenseSet& present, F visit);
  // Puts the offsets of the rows that count and have one of these codes into `offsets`.
  void add_offsets(const CodeSet& codes, DenseSet& offsets);

 private:
  template <class F>
  void for_each_of(const RowSet& rows, DenseSet& present, F visit);

  FragmentReader& fragment_;
  bool is_empty_ = true;
  const Dictionary* column_ = nullptr;
  std::optional<Dictionary> own_;  // of what fragments older than the field answer with
  std::vector<uint32_t> own_codes_;
  std::span<const uint32_t> codes_;
  RowSet rows_;
};

template <class F>
void ValuedRows::for_each(DenseSet& present, F visit) {
  for_each_of(rows_, present, visit);
}

template <class F>
void ValuedRows::for_each_of(const RowSet& rows, DenseSet& present, F visit) {
  alignas(64) uint64_t ordinals[kLayerWords];
  for (const BlockView& block : fragment_.blocks()) {
    const uint32_t first = block.block % kBlocksPerTile * kBlockSize;
    uint64_t* const present_words = present.words().data() + first / 64;
    for (const LayerView& layer : block.layers) {
      deposit_rows(rows.words(), layer.first_row, {layer.words, kLayerWords}, ordinals);
      uint32_t row = layer.first_row;
      for (uint32_t word = 0; word < kLayerWords; ++word) {
        const uint64_t chosen = ordinals[word];
        uint64_t bits = layer.words[word];
        present_words[word] |= chosen;
        if (chosen == 0) {
          row += static_cast<uint32_t>(std::popcount(bits));
          continue;
        }
        for (; bits != 0; bits &= bits - 1, ++row) {
          const auto bit = static_cast<uint32_t>(std::countr_zero(bits));
          if ((chosen >> bit & 1) != 0) visit(row, first + word * 64 + bit);
        }
      }
    }
    for (size_t i = 0; i < block.tail.size(); ++i) {
      const uint32_t row = block.tail_first_row + static_cast<uint32_t>(i);
      if (!rows.contains(row)) continue;
      present.insert(first + block.tail[i]);
      visit(row, first + block.tail[i]);
    }
  }
}

}  // namespace segments
