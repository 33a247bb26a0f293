// The rows of a fragment that a counter counts.
#pragma once
#include <optional>

#include "core/evaluation/fragment_reader.h"

namespace segments {

class CountedRows {
 public:
  // Rows of the counter's type at place `type`, within `window` but not in `hole`.  All must outlive this.
  CountedRows(FragmentReader& fragment, const PreparedTest* test, const TimeRange& window, const TimeRange& hole);

  // What is known without looking at each: of rows of other tiles, too.
  Truth fold() const { return fold_; }
  // The rows of the tile; rows of other tiles are arbitrary.  Null with kAll and kNone.  Valid as long as this, until the
  // fragment reads another window.
  Truth select(const RowSet** rows);

 private:
  FragmentReader& fragment_;
  const PreparedTest* test_;
  const TimeRange& window_;
  const TimeRange& hole_;
  Truth in_window_;
  Truth in_hole_;
  Truth fold_;
  RowSet selected_;
};

}  // namespace segments
