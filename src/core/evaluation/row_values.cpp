#include "core/evaluation/row_values.h"

#include <utility>

#include "core/error.h"

namespace segments {

RowValues RowValues::of_column(const Dictionary& dictionary, std::vector<uint32_t> codes) {
  RowValues values;
  values.column_ = &dictionary;
  values.codes_ = std::move(codes);
  return values;
}

RowValues RowValues::constant(Dictionary dictionary) {
  RowValues values;
  values.own_ = std::move(dictionary);
  values.is_constant_ = true;
  return values;
}

RowValues RowValues::row_by_row(Dictionary dictionary, uint32_t first_row) {
  RowValues values;
  values.own_ = std::move(dictionary);
  values.first_row_ = first_row;
  return values;
}

void select_pairs(const RowValues& left, const RowValues& right, const PairValues& values, uint32_t first_row, uint32_t end_row,
                  RowSet& rows) {
  if (values.left.size() != left.dictionary().size() || values.right.size() != right.dictionary().size()) {
    throw Error(ErrorCode::kInternal, "two columns were not compared value by value");
  }
  for (uint32_t row = first_row; row < end_row; ++row) {
    const uint32_t a = left.code(row);
    const uint32_t b = right.code(row);
    if (a == 0 || b == 0) continue;
    const int64_t value = values.left.at(a - 1);
    const IntegerRange& range = values.right.at(b - 1);
    if (range.first <= value && value <= range.last) rows.insert(row);
  }
}

}  // namespace segments
