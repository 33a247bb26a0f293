// What the parts of a refresh work with.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "pg/query/lock_timeout.h"
#include "pg/run/change_context.h"
#include "pg/run/refresh_progress.h"
#include "pg/server/subtransaction.h"

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

// Stands for the unification where types have their numbers.
inline constexpr int32_t kUnificationId = 0;

// A source that stays as an earlier refresh has seen it.
struct FrozenSource {
  Timestamp frozen_at = 0;
  std::string snapshot;  // the state of it that is shown; empty: none
  std::optional<Timestamp> data_through;
};

struct RefreshContext : ChangeContext {
  Snapshot snapshot = nullptr;         // registered: the state of the sources this refresh shows
  std::string snapshot_text;           // the same, as pg_snapshot
  std::string previous_snapshot_text;  // of the published refresh; empty: none
  std::string first_mapping_text;      // of a mapping that was read in a step of its own, before the first refresh; empty: none
  std::optional<Timestamp> previous_data_through;
  Timestamp as_of = 0;                     // start of the refresh
  std::map<int32_t, FrozenSource> frozen;  // sources that are frozen in the published state, by type
  std::map<int32_t, Failure> failures;     // sources that this refresh freezes, and why
  bool has_waited_for_registrars = false;  // for as long as it may, in vain: what else they have locked is not waited for
  std::vector<RefreshPart> parts;
  bool has_planned_segments = false;  // `parts` has those that are due
  RefreshProgress progress;
  LockBudget lock_budget;

  // The state of a source that is shown; empty: none.
  const std::string& base_snapshot(int32_t type_id) const;
};

// Takes, registers and notes the newest state of what is locked; drops it.  REQUIRES: within with_spi.
void take_snapshot(RefreshContext& context);
void drop_snapshot(RefreshContext& context);

}  // namespace segments::pg
