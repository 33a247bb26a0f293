// Who is in a bucket: core/bucket/bucket.h.
#pragma once
#include <string_view>

#include "core/language/definition.h"
#include "core/set/profile_set.h"

namespace segments::pg {

// The ordinals of profiles of the state `refresh_id` whose ids are in one of the buckets; others may be among them.  What was
// found last is kept.  REQUIRES: within with_spi, as the extension's owner; the active snapshot sees that state as published.
// Throws Error{kDataCorrupted}.
ProfileSet bucket_members(const BucketCondition& condition, int64_t refresh_id);

// The bucket that a profile is in.
uint32_t bucket_of(const BucketCondition& condition, std::string_view profile_id);

}  // namespace segments::pg
