// The rows of a fragment that a counter counts.
#pragma once
#include <optional>

#include "core/evaluation/fragment_reader.h"

namespace segments {

class EdgeRows;

class CountedRows {
 public:
  // Rows of the counter's type at place `type`, within `window` but not in `hole`, and if there is an edge, of these.  All must
  // outlive this.
  CountedRows(FragmentReader& fragment, const PreparedTest* test, const TimeRange& window, const TimeRange& hole,
              const EdgeRows* edge);

  // What is known without looking at each: of rows of other tiles, too.
  Truth fold() const { return fold_; }
  // The rows of the tile; rows of other tiles are arbitrary.  Null with kAll and kNone.  Valid as long as this, until the
  // fragment reads another window.
  Truth select(const RowSet** rows);
  // The rows of the tile; rows of other tiles are arbitrary.
  RowSet rows();

 private:
  FragmentReader& fragment_;
  const PreparedTest* test_;
  const TimeRange& window_;
  const TimeRange& hole_;
  const RowSet* edge_ = nullptr;  // null: any rows
  Truth in_window_;
  Truth in_hole_;
  Truth fold_;
  RowSet selected_;
};

}  // namespace segments
