// Ids of profiles by chunks of ordinals, in segments.profile_ids and segments.changed_profile_id: what segments.record says, for
// whoever turns many ordinals into ids.  Whoever changes ordinals or profiles there says which, in the same transaction.
// REQUIRES for all of it: within with_spi, as the extension's owner.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/interrupt.h"

namespace segments::pg {

// Follows segments.record where any of these ordinals, in any order, has got another profile, or none.  Few changes of a chunk
// are kept beside it.
void change_profile_ids(std::vector<int64_t> ordinals, Interrupt& interrupt);
// The same, so that nothing is left of what they had before, nor of these ids where they are nobody's any more.
void erase_profile_ids(std::vector<int64_t> ordinals, std::span<const std::string_view> profile_ids, Interrupt& interrupt);
// All chunks that have ids are below this, as the calling statement sees them.
uint32_t id_chunks_end();
// Writes all of them anew.
void write_profile_ids(Interrupt& interrupt);

}  // namespace segments::pg
