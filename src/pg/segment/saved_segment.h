// A segment as it is saved.
#pragma once
#include "pg/evaluation/evaluation.h"
#include "pg/query/query.h"

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

}  // namespace segments::pg
