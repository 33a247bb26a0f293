// Saved segments whose members a role may read, as the view readable_segment shows them, and those members.
#pragma once
#include <functional>
#include <optional>

#include "core/set/profile_set.h"
#include "pg/segment/saved_segment.h"

namespace segments::pg {

struct ReadableSegment {
  SavedSegment segment;
  bool is_owned = false;                // its definition may be seen, too
  bool was_run = false;                 // it has members, if only none
  bool is_behind = false;               // they belong to a refresh before profiles were given other ordinals
  std::optional<Timestamp> as_of = {};  // of its last good run
};

// REQUIRES for all: within with_spi, as the extension's owner.

// Throws Error{kUndefined} if there is none of that name that `role` may read.
ReadableSegment find_readable(const std::string& name, Oid role);
// By name.
std::vector<ReadableSegment> all_readable(Oid role);

// Throws Error{kNotReady} of a segment that was never run.
void check_was_run(const ReadableSegment& segment);

// Its members, as of its last good run.  Throws Error{kDataCorrupted} naming it.
ProfileSet published_members(const SavedSegment& segment);

// A segment's members in a tile.
using TileMembersConsumer = std::function<void(uint32_t tile, size_t segment, ProfileSet&& members)>;
// Called with why a segment's members cannot be read; what is handed over of them is not to be used.
using DamageConsumer = std::function<void(size_t segment, const Error& error)>;
// Members of many segments, tile by tile, ascending.  REQUIRES: none of them is behind.
void read_by_tile(std::span<const ReadableSegment> segments, const TileMembersConsumer& consume, const DamageConsumer& damaged);

}  // namespace segments::pg
