// Stored bytes as an erasure, and the proof of one, read them: damage is an error that says which bytes, because nothing is
// proven over bytes that cannot be read. REQUIRES for all of it: within with_spi, as the extension's owner.  Throws
// Error{kDataCorrupted}.
#pragma once
#include "core/column/id_chunk.h"
#include "core/evaluation/profile_map.h"

namespace segments::pg {

ProfileMap open_map(uint32_t tile, BytesView bytes);
void open_ids(IdChunk& ids, BytesView bytes, uint32_t chunk);
// Each passes any other error, and REQUIRES that no statement is running.
[[noreturn]] void throw_damaged_members(int32_t segment_id, const Error& error);
[[noreturn]] void throw_damaged_fragment(int64_t fragment_id, int32_t type_id, const Error& error);

}  // namespace segments::pg
