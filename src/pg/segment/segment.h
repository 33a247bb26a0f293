// Saved segments: create, run, read, change, drop, and who may read their members.
//
// A segment belongs to the role that created it.  Only that role, the owner of the extension and superusers may change, run or
// drop it; its members may also be read by roles they were granted to.
#pragma once
#include <string>

#include "pg/evaluation/referenced_segment.h"
#include "pg/segment/saved_segment.h"
#include "pg/query/query.h"

namespace segments::pg {

// A text argument that must be there.
std::string required_text(FunctionCallInfo fcinfo, int argument, const char* what);

// Whether `role` may read its members.
bool may_read(const SavedSegment& segment, Oid role);
// A segment; nothing if `role` may not read its members.
std::optional<SavedSegment> readable_segment(int32_t segment_id, Oid role);
// Whether there is a segment of that number, and `role` may read its members.
bool may_read_members(int32_t segment_id, Oid role);
// The segment of that name.  Throws Error{kUndefined} if there is none that `role` may see; 42501 unless it may change it.
SavedSegment find_owned(const std::string& name, Oid role);
// The same, locked until the transaction ends.
SavedSegment lock_owned(const std::string& name, Oid role);

// Runs `body` with SPI as the extension's owner; it gets the role that called.
template <class F>
auto as_owner(F body) {
  const Oid caller = GetUserId();
  const OwnerScope owner = OwnerScope::enter();
  if constexpr (std::is_void_v<decltype(body(caller))>) {
    with_spi([&] { body(caller); });
    owner.leave();
  } else {
    auto result = with_spi([&] { return body(caller); });
    owner.leave();
    return result;
  }
}

}  // namespace segments::pg
