// Who is changing a saved segment.
//
// Whoever changes, runs or drops a segment locks its row in segments.segment until the transaction ends, and waits for others who
// do.  A refresh locks those it evaluates, too, but waits for nobody: what somebody else has locked is left out.
//
// Row locks are as many as one likes.  Beside them, whoever waits has a lock that pg_locks shows: it tells who it is.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>

namespace segments::pg {

// REQUIRES for all: within with_spi, as the extension's owner.

// Waits.
void lock_segment(int32_t segment_id);

// Locks those of the segments that nobody else has locked, and returns them.
std::set<int32_t> lock_free_segments(std::span<const int32_t> segment_ids);

// Who has locked these segments, in words.
std::map<int32_t, std::string> lock_holders(std::span<const int32_t> segment_ids);

}  // namespace segments::pg
