// Questions about a profile set that its portable bytes answer where they are, without reading the whole set.
#pragma once
#include <cstdint>
#include <span>

#include "core/ordinal.h"

namespace segments {

// Reads a few bytes, whatever the size of the set.  Never reads outside `bytes`: throws Error{kInvalidBytes} when they
// would lead there.  Other damage goes unnoticed, so validate foreign bytes with ProfileSet::from_portable().
bool portable_contains(std::span<const uint8_t> bytes, Ordinal ordinal);

enum class PieceForm : uint8_t { kBits, kMembers, kRuns };

// Some neighbouring bytes, which tell which of some neighbouring ordinals are members.
struct PortablePiece {
  size_t begin = 0;
  size_t size = 0;  // 0: none is
  PieceForm form = PieceForm::kMembers;
};

// The piece of the ordinals first … first + count - 1.  Throws Error{kInvalidBytes} likewise.
// REQUIRES: `count` is a power of two from 8 to kBlockSize, and divides `first`.
PortablePiece portable_piece(std::span<const uint8_t> bytes, Ordinal first, uint32_t count);
// Whether an ordinal of a piece that begins with `first` is a member.  Never reads outside `piece`; throws likewise.
bool piece_contains(PieceForm form, std::span<const uint8_t> piece, Ordinal first, Ordinal ordinal);

}  // namespace segments
