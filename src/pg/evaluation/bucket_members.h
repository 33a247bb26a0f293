// Who is in a bucket: core/bucket/bucket.h.
#pragma once
#include <string_view>

#include "core/language/definition.h"
#include "core/set/profile_set.h"

namespace segments::pg {

// The ordinals of profiles whose ids are in one of the buckets, as the active snapshot shows them.  What was found last is kept
// for as long as snapshots see the same ids.  REQUIRES: within with_spi, as the extension's owner.  Throws Error{kDataCorrupted}.
ProfileSet bucket_members(const BucketCondition& condition);

// The bucket that a profile is in.
uint32_t bucket_of(const BucketCondition& condition, std::string_view profile_id);

}  // namespace segments::pg
