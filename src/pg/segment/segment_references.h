// Saved segments that name each other in their definitions.
//
// A reference counts while the owner of the segment that has it may read the other one: it is then given a new name with it, and
// guards it against being dropped.
#pragma once
#include <string>
#include <vector>

#include "pg/segment/saved_segment.h"

namespace segments::pg {

// Lets definitions refer to saved segments.  Called by _PG_init.
void install_segment_references();

// REQUIRES for the following: within with_spi, as the extension's owner.

// Nobody renames or drops the segments that this one refers to until the transaction ends.  Throws if that happened just now.
void keep_references(const SavedSegment& segment);
// Nobody saves another reference to it until the transaction ends; waits for those who are about to.  It is locked.
void stop_references(const SavedSegment& segment);
// Gives definitions that name a segment its new name: those in force as new versions, older ones in place.
void rename_in_definitions(const SavedSegment& segment, const std::string& new_name, Oid by);
// What refers to it, as `role` may be told.
std::vector<std::string> referring_segments(const SavedSegment& segment, Oid role);
// Throws 2BP01 if segments refer to it; with `cascade`, a notice says so instead.
void check_is_not_referred_to(const SavedSegment& segment, Oid role, bool cascade);

}  // namespace segments::pg
