// Traces of profiles that records have left: segments.previous_profile.
#pragma once
#include <string_view>
#include <vector>

#include "core/time.h"
#include "pg/run/change_context.h"

namespace segments::pg {

struct PreviousProfile {
  std::string_view record_key;  // see append_record_key
  std::string_view profile_id;
};

// Notes that these records, each named once, belong to these profiles no more from context.refresh_id on, which began at `as_of`.
// REQUIRES: within with_spi, as the extension's owner.
void note_previous_profiles(const ChangeContext& context, Timestamp as_of, const std::vector<PreviousProfile>& left);

}  // namespace segments::pg
