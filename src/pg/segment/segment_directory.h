// Which saved segments there are, who may read their members, and which state these belong to, as a snapshot shows it; without a
// statement.  What the view readable_segment is in SQL.
#pragma once
#include <memory>
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
  std::vector<ListedSegment> segments;  // by number
};

// Kept between calls for as long as snapshots see the same.
std::shared_ptr<const SegmentDirectory> segment_directory(Snapshot snapshot);

// What a role may read, now: whatever the snapshot, privileges are those in force.
class ReadableSegments {
 public:
  explicit ReadableSegments(Oid role);
  bool may_read(const ListedSegment& segment);

 private:
  bool has_privileges_of(Oid other);

  Oid role_;
  bool reads_all_;
  std::unordered_map<Oid, bool> known_;
};

}  // namespace segments::pg
