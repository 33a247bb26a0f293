// One value of each row of a tile, for what compares two values of a row.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "core/evaluation/value_matcher.h"

namespace segments {

class RowValues {
 public:
  // Of a field's column; both outlive this, codes are of all rows of the fragment.
  static RowValues of_column(const Dictionary& dictionary, std::vector<uint32_t> codes);
  // Every row has the only value of the dictionary.
  static RowValues constant(Dictionary dictionary);
  // Row `first_row` has the first value, the next one the second ….
  static RowValues row_by_row(Dictionary dictionary, uint32_t first_row);

  const Dictionary& dictionary() const { return own_ ? *own_ : *column_; }
  // 0: null
  uint32_t code(uint32_t row) const {
    if (!codes_.empty()) return codes_[row];
    return is_constant_ ? 1 : row - first_row_ + 1;
  }

 private:
  const Dictionary* column_ = nullptr;
  std::optional<Dictionary> own_;
  std::vector<uint32_t> codes_;
  bool is_constant_ = false;
  uint32_t first_row_ = 0;
};

// Which rows of [first_row, end_row) satisfy; other bits of `rows` stay as they are.
void select_pairs(const RowValues& left, const RowValues& right, const PairValues& values, uint32_t first_row, uint32_t end_row,
                  RowSet& rows);

}  // namespace segments
