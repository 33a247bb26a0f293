// Generated views: a segment's members as a view in a schema of choice.
//
// Such a view belongs to the segment's owner, who makes, changes, grants and drops it like any other of his: each statement on it
// is run with the rights of that role and no others.  The owner may have put anything into it, and granted it to anybody: so a
// role that a segment is given to gets a view made anew, never the one that was there.
#pragma once
#include <optional>
#include <string>

#include "pg/segment/saved_segment.h"

namespace segments::pg {

// REQUIRES for all: within with_spi, as the extension's owner; the segment is locked.

struct GeneratedView {
  Oid view = InvalidOid;
  Oid owner = InvalidOid;
  std::string name;  // qualified and quoted
  std::string schema_name;
  std::string view_name;
};

// Nothing if the segment is not published, or its view was dropped, given to another role, or made into another one.
std::optional<GeneratedView> generated_view(int32_t segment_id);

// Lets a role read a segment's view, or takes that away; `role` may be public.
void grant_view(int32_t segment_id, const std::string& role, bool granted);

// The view of a segment that was given another name.
void rename_in_view(const SavedSegment& segment);

// A segment that is given to another role: its view is dropped, with all that was granted on it.  Throws 2BP01 if views read it.
std::optional<GeneratedView> withdraw_view(const SavedSegment& segment);
// And made anew where it was, for the segment's owner and readers by now.  Takes CREATE on the schema, for `caller` and the
// owner.
void renew_view(const SavedSegment& segment, const GeneratedView& former, Oid caller);

// For a segment that is about to be dropped.  Throws 2BP01 if something would miss it, but for its view if `cascade`.
void drop_view(const SavedSegment& segment, bool cascade);

}  // namespace segments::pg
