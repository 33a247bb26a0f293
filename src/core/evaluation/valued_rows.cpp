#include "core/evaluation/valued_rows.h"

#include "core/column/byte_reader.h"

namespace segments {

ValuedRows::ValuedRows(FragmentReader& fragment, CountedRows& counted, int16_t field, ValueKind kind,
                       const std::optional<MissingValue>& missing)
    : fragment_(fragment) {
  const std::optional<FieldState> state = fragment.field_state(field, missing.has_value());
  if (!state || fragment.tile_row_count() == 0) return;
  const RowSet* selected = nullptr;
  const Truth truth = counted.select(&selected);
  if (truth == Truth::kNone) return;
  if (*state == FieldState::kMissing) {
    own_ = dictionary_of(*missing);
    own_codes_.assign(fragment.row_count(), 1);
    codes_ = own_codes_;
    rows_ = truth == Truth::kSome ? *selected : RowSet(fragment.row_count(), true);
  } else {
    column_ = &fragment.field(field).dictionary();
    if (column_->size() == 0) return;
    if (column_->kind() != kind) throw_corrupted("A field's values are not of the expected kind.");
    codes_ = fragment.codes(field);
    rows_ = fragment.with_value(field);
    if (truth == Truth::kSome) rows_ &= *selected;
  }
  is_empty_ = false;
}

void ValuedRows::add_offsets(const CodeSet& codes, DenseSet& offsets) {
  RowSet rows(rows_.row_count());
  for (uint32_t row = 0; row < rows_.row_count(); ++row) {
    if (rows_.contains(row) && codes.contains(codes_[row])) rows.insert(row);
  }
  for_each_row(fragment_.blocks(), rows, offsets, [](uint32_t, uint32_t) {});
}

}  // namespace segments
