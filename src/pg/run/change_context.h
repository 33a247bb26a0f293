// What every writer of derived data is told: under which refresh it writes, what it may use, and where it counts.
#pragma once
#include <cstddef>
#include <cstdint>

#include "core/interrupt.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// to_refresh of current rows; and as statements say it, so that they fit the partial indexes.
inline constexpr int64_t kForever = INT64_MAX;
#define SEGMENTS_FOREVER "9223372036854775807"
// from_refresh of rows that no refresh shows yet.
inline constexpr int64_t kReadAhead = INT64_MAX - 1;
#define SEGMENTS_READ_AHEAD "9223372036854775806"

struct ChangeCounters {
  int64_t rows_added = 0;
  int64_t rows_removed = 0;
  int64_t records_added = 0;
  int64_t records_changed = 0;
  int64_t fragments_written = 0;
  int64_t fragments_merged = 0;
  int64_t segments_run = 0;
};

// A refresh is one (RefreshContext); so is an erasure, which writes under the refreshes that are stored.
struct ChangeContext {
  int64_t refresh_id = 0;        // of the rows that are written; 0: each writer is told
  int64_t previous_refresh = 0;  // the published one; 0: none
  Interrupt* interrupt = nullptr;
  size_t memory_bytes = size_t{256} << 20;  // budget of buffers
  ChangeCounters counters;
};

}  // namespace segments::pg
