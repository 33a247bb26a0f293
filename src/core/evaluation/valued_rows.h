// The rows of a fragment that a counter counts and that have a value of a field, with these.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "core/evaluation/counted_rows.h"
#include "core/evaluation/row_offsets.h"
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
  for_each_row(fragment_.blocks(), rows_, present, visit);
}

}  // namespace segments
