// Members of saved segments.
#pragma once
#include "pg/evaluation/evaluation.h"
#include "pg/query/query.h"
#include "pg/run/refresh_context.h"
#include "pg/server/subtransaction.h"

namespace segments::pg {

// Only active segments are run.
enum class Lifecycle : uint8_t { kDraft, kActive, kInactive };

struct SavedSegment {
  int32_t segment_id = 0;
  std::string name;
  std::string definition;
  DefinitionSettings settings;  // what its definition means besides its text
  Oid owner = InvalidOid;
  Lifecycle lifecycle = Lifecycle::kActive;
};

// What its definition means besides its text; columns that stand side by side.
#define SEGMENTS_SETTINGS_COLUMNS "time_zone, interval_style, monetary_locale, zone_abbreviations, week_start"
// From those.
DefinitionSettings settings_of(const Rows& rows, uint64_t row, int first_column);

// A saved segment as what is to be evaluated with the privileges of a role.
EvaluationRequest request_of(const SavedSegment& segment, const Definition& definition, Oid role);

// What a run of segments is over.
struct RunState {
  int64_t refresh_id = 0;
  Timestamp as_of = 0;
  Timestamp data_through = 0;
};

// Evaluates the saved segments that are due over the state of `context.refresh_id` and writes memberships where they changed.
// One segment's error is recorded with it and does not stop the others.
void refresh_memberships(RefreshContext& context);

struct SegmentRun {
  int64_t members = 0;
  double seconds = 0;  // its part of what all that were evaluated together took
  bool has_changed = false;
};

// Evaluates a segment over the published state, as of the transaction's time.
// REQUIRES: within with_spi, as the extension's owner; it is locked.
SegmentRun run_over_published(const SavedSegment& segment);

// Takes its members away, as if it had never been run.  REQUIRES: likewise.
void forget_members(int32_t segment_id);

// Records with a segment why it could not be run.  The members of the last good run stay.
void record_failure(int32_t segment_id, const Failure& failure);
// The same of a segment that was not run because it reads a frozen type.
void record_frozen(int32_t segment_id, const Failure& failure);

}  // namespace segments::pg
