// What definitions ask of the history of saved segments.
#pragma once
#include "pg/evaluation/referenced_segment.h"

namespace segments::pg {

// Who entered or left a segment within a range of times, or was a member at its end, by the ordinals that profiles go by now; of
// runs over published states: whatever order a refresh runs segments in, none sees another one's run of the same refresh.
// REQUIRES: within with_spi, as the extension's owner.  Throws Error{kNotReady} where the history does not reach back.
ProfileSet read_past(const ReferencedSegment& segment, ReferenceKind kind, const TimeRange& range);
// Whether any run of the segment is in its history.
bool was_run(const ReferencedSegment& segment);
// When a profile entered or left it, in the same runs: ascending.  REQUIRES: likewise.
std::vector<Timestamp> read_change_times(const ReferencedSegment& segment, ReferenceKind kind, std::string_view profile_id);

}  // namespace segments::pg
