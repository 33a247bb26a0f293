// What is saved of a segment: its definition and what the literals in it mean, checked, version by version.
#pragma once
#include <optional>
#include <string>

#include "pg/segment/saved_segment.h"

namespace segments::pg {

// REQUIRES for all: within with_spi, as the extension's owner.

// Throws unless it can be the name of a segment.
void check_name(const std::string& name);
// Throws 42710 if a segment has the name; what it says depends on whether that is `role`'s.
void check_is_free(const std::string& name, Oid role);
// Throws Error{kNotReady} if the role it belonged to is gone.
void check_has_owner(const SavedSegment& segment);

// Saves a new segment of `segment.owner`, if names, literals and privileges allow; returns it with its number.
SavedSegment save_segment(SavedSegment segment, const std::string& change);

// Gives a segment this definition and these settings, as a new version if they differ from what it has.  REQUIRES: share_names(),
// and then it was locked.
void save_version(const SavedSegment& segment, Oid by, const std::string& change);

// Notes what a segment's row says as a version.
void note_version(int32_t segment_id, Oid by, const std::string& change);

// Runs it if `run_it` says so and it is active; returns its number of members.
std::optional<int64_t> run_if_active(const SavedSegment& segment, bool run_it);

}  // namespace segments::pg
