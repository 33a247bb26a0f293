// Who is a member of a segment, or none, because somebody has said so: lists by hand, and segments that have nothing else.
//
// A list holds the id of a profile and the records it had when it was listed.  Whoever has one of these now is meant; if nobody
// has one, whoever has the id.
#pragma once
#include "pg/evaluation/referenced_segment.h"
#include "pg/query/query.h"
#include "pg/segment/saved_segment.h"

namespace segments::pg {

// The definition of a segment that has lists only.
inline constexpr const char* kNobody = "not all";

// REQUIRES for all: within with_spi, as the extension's owner.

enum class MemberList : uint8_t { kIncluded, kExcluded };

// Those meant by its lists.
ListedProfiles read_lists(int32_t segment_id);

// Adds profiles to a list, with the records they have now.
void list_profiles(int32_t segment_id, MemberList list, const Parameter& profile_ids);
// Ids that were listed before anybody had them: from the first refresh on that knows records of theirs, these count.  Segments
// that somebody else has locked are left to the next one.
void note_records_of_listed();
void copy_lists(int32_t from_segment_id, int32_t to_segment_id);

bool is_static(int32_t segment_id);
// Whether anybody is on a list of it.
bool has_lists(int32_t segment_id);
// Throws 55000 of a static segment.
void check_has_definition(const SavedSegment& segment);

}  // namespace segments::pg
