// What the parts of a refresh work with.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/time.h"
#include "pg/run/change_context.h"
#include "pg/run/refresh_progress.h"

namespace segments::pg {

// A part of a refresh, as it is recorded.
struct RefreshPart {
  std::string kind;  // unification, source, merge, segment
  std::string name;  // of a source's interaction type, or of a segment
  const char* state = "not started";
  double seconds = 0;
  int64_t rows_added = 0;
  int64_t rows_removed = 0;
  std::string sqlstate = {};  // of an error that did not end the refresh
  std::string reason = {};
};

struct RefreshContext : ChangeContext {
  Snapshot snapshot = nullptr;         // registered: the state of the sources this refresh shows
  std::string snapshot_text;           // the same, as pg_snapshot
  std::string previous_snapshot_text;  // of the published refresh; empty: none
  std::string mapping_snapshot_text;   // the state of the mapping that records show; empty: none
  Timestamp as_of = 0;                 // start of the refresh
  std::vector<RefreshPart> parts;
  bool has_planned_segments = false;  // `parts` has those that are due
  RefreshProgress progress;
};

// Takes, registers and notes the newest state of what is locked; drops it.  REQUIRES: within with_spi.
void take_snapshot(RefreshContext& context);
void drop_snapshot(RefreshContext& context);

}  // namespace segments::pg
