// What binds stored bytes to the row they stand in.
//
// A checksum of bytes alone is as right in another row.  So a column's checksum is mixed with its seal, made from what
// the row says beside the bytes: reading it there tells bytes that belong to another row, and a row whose other values
// were changed. Costs nothing: the checksum is computed anyway.
#pragma once
#include <optional>

#include "core/fragment/fragment.h"

namespace segments {

struct FragmentIdentity {
  int64_t fragment_id = 0;
  int32_t type_id = 0;
  uint32_t row_count = 0;
  int16_t known_fields = 0;
  Timestamp min_time = 0;
  Timestamp max_time = 0;
};

// 0 is the seal of bytes that are in no row.
uint32_t seal_of_column(const FragmentIdentity& fragment, int16_t field);
uint32_t seal_of_map(uint32_t tile);

// Mixes the seal into the checksum of a column as the encoders leave it.
void seal_column(Bytes& column, uint32_t seal);

// Bounds as they are stored: the lower one is followed by a checksum of both and the seal.
Bytes sealed_lower_bound(const ValueBounds& bounds, uint32_t seal);
// Throws Error{kDataCorrupted}.
ValueBounds open_bounds(BytesView sealed_lower, std::optional<BytesView> upper, uint32_t seal);

// Of a segment's members in a tile, which have no checksum of their own.
uint32_t members_checksum(int32_t segment_id, uint32_t tile, BytesView members);
// Since when they are members: followed by a checksum of it and of what it is said of.
void seal_since(Bytes& since, int32_t segment_id, uint32_t tile, BytesView members);
// Where pieces of them are: followed by a checksum of it, and of theirs.
void seal_pieces(Bytes& pieces, int32_t segment_id, uint32_t tile, uint32_t members_checksum);

// Throws Error{kDataCorrupted}, both.
BytesView open_pieces(BytesView sealed, int32_t segment_id, uint32_t tile, uint32_t members_checksum);
BytesView open_since(BytesView sealed, int32_t segment_id, uint32_t tile, BytesView members);

}  // namespace segments
