// Untrusted bytes as members of a tile and as what is told of their pieces: refused with an Error, or pieces say what the whole
// does.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "core/column/checksum.h"
#include "core/error.h"
#include "core/evaluation/member_pieces.h"
#include "core/fragment/seal.h"
#include "core/set/profile_set.h"

namespace segments {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr int32_t kSegment = 1;
constexpr uint32_t kChecksum = 2;

// As if an enemy had sealed them, and knew the checksum of a piece.
void read_pieces(BytesView bytes) {
  const uint32_t number = bytes[0] % 16;
  const Ordinal ordinal = number * 8192 + bytes[0] * 31u;
  Bytes sealed(bytes.begin(), bytes.end());
  const BytesView piece = bytes.last(std::min<size_t>(bytes.size(), bytes[0]));
  const uint32_t checksum = crc32c(piece);
  const size_t at = 8 * number + 4;
  if (sealed.size() >= at + sizeof checksum) std::memcpy(sealed.data() + at, &checksum, sizeof checksum);
  seal_pieces(sealed, kSegment, 0, kChecksum);
  const MemberPieces pieces(sealed, kSegment, 0, kChecksum);
  pieces.of(ordinal);
  pieces.contains(ordinal, piece);
}

void read_members(BytesView bytes) {
  const ProfileSet members = ProfileSet::from_portable(bytes);
  const Bytes portable = members.to_portable();
  const Bytes sealed = MemberPieces::encode(kSegment, 0, portable);
  if (sealed.empty()) return;
  const MemberPieces pieces(sealed, kSegment, 0, members_checksum(kSegment, 0, portable));
  for (Ordinal ordinal = 0; ordinal < kTileSize; ordinal += 61) {
    const PortablePiece piece = pieces.of(ordinal);
    require(pieces.contains(ordinal, BytesView(portable).subspan(piece.begin, piece.size)) == members.contains(ordinal));
  }
}

}  // namespace
}  // namespace segments

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const segments::BytesView bytes(data + 1, size - 1);
  try {
    data[0] % 2 == 0 ? segments::read_pieces(bytes) : segments::read_members(bytes);
  } catch (const segments::Error&) {
    return 0;
  }
  return 0;
}
