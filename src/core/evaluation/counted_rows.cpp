#include "core/evaluation/counted_rows.h"

#include <algorithm>

namespace segments {

CountedRows::CountedRows(FragmentReader& fragment, const PreparedTest* test, const TimeRange& window, const TimeRange& hole)
    : fragment_(fragment), test_(test), window_(window), hole_(hole), in_window_(fragment.fold_window(window)),
      in_hole_(fragment.fold_window(hole)), fold_(in_window_) {
  if (in_hole_ == Truth::kAll) fold_ = Truth::kNone;
  if (in_hole_ == Truth::kSome) fold_ = std::min(fold_, Truth::kSome);
  if (test_ != nullptr && fold_ != Truth::kNone) fold_ = std::min(fold_, fragment_.fold(*test_));
}

Truth CountedRows::select(const RowSet** rows) {
  *rows = nullptr;
  if (fold_ != Truth::kSome) return fold_;
  if (fragment_.tile_row_count() == 0) return Truth::kNone;
  bool all = true;
  if (in_hole_ == Truth::kSome) {
    selected_ = fragment_.select_window(hole_);
    selected_.complement();
    all = false;
  }
  if (in_window_ == Truth::kSome) {
    const RowSet& in_window = fragment_.select_window(window_);
    if (in_window.empty()) return Truth::kNone;
    if (all && test_ == nullptr) {
      *rows = &in_window;
      return Truth::kSome;
    }
    if (all) {
      selected_ = in_window;
    } else {
      selected_ &= in_window;
    }
    all = false;
  }
  if (test_ != nullptr) {
    RowSet satisfying;
    const Truth truth = fragment_.select(*test_, satisfying);
    if (truth == Truth::kNone) return Truth::kNone;
    if (truth == Truth::kSome && all) selected_ = std::move(satisfying);
    if (truth == Truth::kSome && !all) selected_ &= satisfying;
    all = all && truth == Truth::kAll;
  }
  if (all) return Truth::kAll;
  *rows = &selected_;
  return Truth::kSome;
}

}  // namespace segments
