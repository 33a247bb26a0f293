#include "core/evaluation/member_pieces.h"

#include "core/column/byte_reader.h"
#include "core/column/byte_writer.h"
#include "core/column/checksum.h"
#include "core/fragment/seal.h"

namespace segments {
namespace {

// Ordinals of a piece; their members take up to 1 KB in most sets.
constexpr uint32_t kPieceSize = 1u << 13;
constexpr uint32_t kPieces = kTileSize / kPieceSize;
// Members of which are read whole.
constexpr size_t kFewBytes = 1024;

// An entry: where the piece begins, its size and form, its checksum.
constexpr size_t kEntryBytes = 8;
constexpr uint32_t kSizeBits = 14;
static_assert(kBlockSize / 8 < 1u << kSizeBits);  // no block takes more

uint32_t number_of(Ordinal ordinal) { return ordinal % kTileSize / kPieceSize; }

}  // namespace

Bytes MemberPieces::encode(int32_t segment_id, uint32_t tile, BytesView members) {
  if (members.size() <= kFewBytes || members.size() > UINT16_MAX) return {};
  ByteWriter entries;
  for (uint32_t number = 0; number < kPieces; ++number) {
    const PortablePiece piece = portable_piece(members, first_ordinal(tile) + number * kPieceSize, kPieceSize);
    entries.put(static_cast<uint16_t>(piece.begin));
    entries.put(static_cast<uint16_t>(piece.size | static_cast<size_t>(piece.form) << kSizeBits));
    entries.put(crc32c(members.subspan(piece.begin, piece.size)));
  }
  Bytes pieces = entries.take();
  seal_pieces(pieces, segment_id, tile, members_checksum(segment_id, tile, members));
  return pieces;
}

MemberPieces::MemberPieces(BytesView sealed, int32_t segment_id, uint32_t tile, uint32_t members_checksum)
    : entries_(open_pieces(sealed, segment_id, tile, members_checksum)) {
  if (entries_.size() != kPieces * kEntryBytes) throw_corrupted("There are not as many pieces as a tile has.");
}

PortablePiece MemberPieces::of(Ordinal ordinal) const {
  ByteReader entry(entries_.subspan(kEntryBytes * number_of(ordinal), kEntryBytes));
  const auto begin = entry.get<uint16_t>();
  const auto size = entry.get<uint16_t>();
  return {begin, size & ((1u << kSizeBits) - 1), static_cast<PieceForm>(size >> kSizeBits)};
}

bool MemberPieces::contains(Ordinal ordinal, BytesView bytes) const {
  const BytesView checksum = entries_.subspan(kEntryBytes * (number_of(ordinal) + 1) - sizeof(uint32_t), sizeof(uint32_t));
  if (ByteReader(checksum).get<uint32_t>() != crc32c(bytes)) throw_corrupted("The checksum of a piece of them does not match.");
  try {
    return !bytes.empty() && piece_contains(of(ordinal).form, bytes, ordinal & ~(kPieceSize - 1), ordinal);
  } catch (const Error&) {
    throw_corrupted("A piece of them is of another form.");
  }
}

}  // namespace segments
