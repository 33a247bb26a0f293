// Generated views: a segment's members as a view in a schema of choice.
//
// Such a view belongs to the segment's owner, who makes, changes, grants and drops it like any other of his: each statement on it
// is run with the rights of that role and no others.
#pragma once
#include <optional>
#include <string>

#include "pg/segment/membership.h"

namespace segments::pg {

// REQUIRES for all: within with_spi, as the extension's owner; the segment is locked.

struct GeneratedView {
  Oid view = InvalidOid;
  Oid owner = InvalidOid;
  std::string name;  // qualified and quoted
};

// Nothing if the segment is not published, or its view was dropped.
std::optional<GeneratedView> generated_view(int32_t segment_id);

// Lets a role read a segment's view, or takes that away; `role` may be public.
void grant_view(int32_t segment_id, const std::string& role, bool granted);

// The view of a segment that was given another name.
void rename_in_view(const SavedSegment& segment);
// The view of a segment that `caller` gives to another role.
void give_view(int32_t segment_id, Oid role, Oid caller);

// For a segment that is about to be dropped.  Throws 2BP01 if something would miss it, but for its view if `cascade`.
void drop_view(const SavedSegment& segment, bool cascade);

}  // namespace segments::pg
