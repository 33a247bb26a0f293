// Members of a segment in a tile, piece by piece: where the stored bytes say it of each few neighbouring ordinals, and a checksum
// of those bytes.  So that whether a profile is a member takes a slice of them, whatever their size.
#pragma once
#include "core/column/column.h"
#include "core/set/portable_bytes.h"

namespace segments {

class MemberPieces {
 public:
  // What to store beside the portable bytes of members in a tile; empty if these are so few that they are read whole.
  static Bytes encode(int32_t segment_id, uint32_t tile, BytesView members);
  // What encode() gave for members of this checksum; `sealed` outlives this.  Throws Error{kDataCorrupted}.
  MemberPieces(BytesView sealed, int32_t segment_id, uint32_t tile, uint32_t members_checksum);

  // The piece of members that says it of an ordinal of the tile.
  PortablePiece of(Ordinal ordinal) const;
  // What `bytes` says, which is that piece.  Throws Error{kDataCorrupted} unless it is.
  bool contains(Ordinal ordinal, BytesView bytes) const;

 private:
  BytesView entries_;
};

}  // namespace segments
