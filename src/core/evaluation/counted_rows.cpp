#include "core/evaluation/counted_rows.h"

#include <algorithm>

#include "core/evaluation/edge_rows.h"

namespace segments {

CountedRows::CountedRows(FragmentReader& fragment, const PreparedTest* test, const TimeRange& window, const TimeRange& hole,
                         const EdgeRows* edge)
    : fragment_(fragment), test_(test), window_(window), hole_(hole), in_window_(fragment.fold_window(window)),
      in_hole_(fragment.fold_window(hole)), fold_(in_window_) {
  if (in_hole_ == Truth::kAll) fold_ = Truth::kNone;
  if (in_hole_ == Truth::kSome) fold_ = std::min(fold_, Truth::kSome);
  if (edge != nullptr) {
    edge_ = edge->of(fragment.source());
    fold_ = std::min(fold_, edge_ == nullptr ? Truth::kNone : Truth::kSome);
  }
  if (test_ != nullptr && fold_ != Truth::kNone) fold_ = std::min(fold_, fragment_.fold(*test_));
}

Truth CountedRows::select(const RowSet** rows) {
  *rows = nullptr;
  if (fold_ != Truth::kSome) return fold_;
  if (fragment_.tile_row_count() == 0) return Truth::kNone;
  bool all = edge_ == nullptr;
  if (!all) selected_ = *edge_;
  if (in_hole_ == Truth::kSome) {
    RowSet outside = fragment_.select_window(hole_);
    outside.complement();
    if (all) {
      selected_ = std::move(outside);
    } else {
      selected_ &= outside;
    }
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

RowSet CountedRows::rows() {
  const RowSet* selected = nullptr;
  const Truth truth = select(&selected);
  return truth == Truth::kSome ? *selected : RowSet(fragment_.row_count(), truth == Truth::kAll);
}

}  // namespace segments
