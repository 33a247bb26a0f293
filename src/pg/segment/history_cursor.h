// Positions in the history of a segment.
//
// Runs of a segment are numbered while it is locked until the transaction ends, so a cursor is a position in the order of
// commits: what becomes visible later never has a smaller one.
#pragma once
#include <compare>
#include <cstdint>
#include <string>

#include "core/time.h"

namespace segments::pg {

struct HistoryCursor {
  // Behind everything that the run has changed.
  static constexpr int16_t kEndOfRun = INT16_MAX;

  int64_t origin = 0;  // of the history
  uint32_t database = 0;
  int32_t segment_id = 0;
  int64_t run_id = 0;
  Timestamp at = 0;  // of the run: tells histories apart that were one before a recovery
  int16_t step = kEndOfRun;
  int16_t change = 0;
  int32_t number = 0;

  bool operator==(const HistoryCursor&) const = default;
};

std::string print_cursor(const HistoryCursor& cursor);
// Throws Error{kInvalidValue} unless print_cursor() has written it.
HistoryCursor parse_cursor(const std::string& text);

// Behind a run of a segment of this database.  REQUIRES: within with_spi, as the extension's owner.
HistoryCursor end_of_run(int32_t segment_id, int64_t run_id, Timestamp at);

}  // namespace segments::pg
