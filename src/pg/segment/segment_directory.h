// Which saved segments there are, who may read their members, and which state these belong to, as a snapshot shows it; without a
// statement.  What the view readable_segment is in SQL.
#pragma once
#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/time.h"
#include "pg/server/boundary.h"

namespace segments::pg {

struct ListedSegment {
  int32_t segment_id = 0;
  std::string name;
  Oid owner = InvalidOid;    // invalid: orphaned
  std::vector<Oid> readers;  // invalid: everybody
  // Of the last good run; without one there are no members.
  bool has_run = false;
  Timestamp as_of = 0;
  int64_t member_count = 0;
  // Its members have yet to follow a change of the mapping, which the published state shows: carried_to_published() says who they
  // are.
  bool is_behind = false;
};

struct SegmentDirectory {
  int64_t published = 0;                // the refresh that is; 0: none
  Oid extension_owner = InvalidOid;     // may read all
  std::vector<ListedSegment> segments;  // by number
  std::unordered_map<std::string_view, uint32_t> by_name;
};

// Kept between calls for as long as snapshots see the same.
std::shared_ptr<const SegmentDirectory> segment_directory(Snapshot snapshot);

// The segments whose members a role may read, now: whatever the snapshot, privileges are those in force.
class ReadableSegments {
 public:
  ReadableSegments(const SegmentDirectory& directory, Oid role);
  // Places in the directory, ascending: of those with a good run, which alone have members.
  std::span<const uint32_t> places() const { return places_; }
  // Of all: others may have a past.
  std::span<const uint32_t> all_places() const { return all_places_; }
  bool has(uint32_t place) const { return std::ranges::binary_search(places_, place); }

 private:
  std::vector<uint32_t> places_;
  std::vector<uint32_t> all_places_;
};

// Kept between calls for as long as the directory is the same and no role has changed.
std::shared_ptr<const ReadableSegments> readable_segments(const std::shared_ptr<const SegmentDirectory>& directory, Oid role);

}  // namespace segments::pg
