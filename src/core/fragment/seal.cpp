#include "core/fragment/seal.h"

#include <initializer_list>

#include "core/column/byte_reader.h"
#include "core/column/checksum.h"
#include "core/column/section.h"

namespace segments {
namespace {

constexpr size_t kChecksumBytes = sizeof(uint32_t);

uint32_t checksum_of(std::initializer_list<uint64_t> words) {
  return crc32c({reinterpret_cast<const uint8_t*>(words.begin()), words.size() * sizeof(uint64_t)});
}

uint64_t low_half(int32_t value) { return static_cast<uint32_t>(value); }

uint32_t checksum_of_bounds(BytesView lower, std::optional<BytesView> upper, uint32_t seal) {
  const uint32_t of_lower = checksum_of({seal, lower.size(), crc32c(lower)});
  return upper ? checksum_of({of_lower, upper->size(), crc32c(*upper)}) : of_lower;
}

// Of bytes, and of what they are said of.
void append_checksum(Bytes& bytes, uint32_t seal) {
  const uint32_t checksum = checksum_of({seal, bytes.size(), crc32c(bytes)});
  for (size_t i = 0; i < kChecksumBytes; ++i) bytes.push_back(static_cast<uint8_t>(checksum >> (8 * i)));
}

// Nothing if it is another one.
std::optional<BytesView> without_checksum(BytesView sealed, uint32_t seal) {
  if (sealed.size() < kChecksumBytes) return std::nullopt;
  const BytesView bytes = sealed.first(sealed.size() - kChecksumBytes);
  const uint32_t checksum = checksum_of({seal, bytes.size(), crc32c(bytes)});
  return ByteReader(sealed.last(kChecksumBytes)).get<uint32_t>() == checksum ? std::optional(bytes) : std::nullopt;
}

uint32_t seal_of_pieces(int32_t segment_id, uint32_t tile, uint32_t members_checksum) {
  return checksum_of({low_half(segment_id) << 32 | tile, members_checksum});
}

}  // namespace

uint32_t seal_of_column(const FragmentIdentity& fragment, int16_t field) {
  return checksum_of({static_cast<uint64_t>(fragment.fragment_id), low_half(fragment.type_id) << 32 | fragment.row_count,
                      low_half(fragment.known_fields) << 32 | low_half(field), static_cast<uint64_t>(fragment.min_time),
                      static_cast<uint64_t>(fragment.max_time)});
}

uint32_t seal_of_map(uint32_t tile) { return checksum_of({tile}); }

void seal_column(Bytes& column, uint32_t seal) {
  const size_t end = ByteReader(BytesView(column).subspan(kDirectoryBytesAt)).get<uint32_t>();
  for (size_t i = 0; i < kChecksumBytes; ++i) column[end - kChecksumBytes + i] ^= static_cast<uint8_t>(seal >> (8 * i));
}

Bytes sealed_lower_bound(const ValueBounds& bounds, uint32_t seal) {
  const uint32_t checksum =
      checksum_of_bounds(bounds.lower, bounds.has_upper ? std::optional<BytesView>(bounds.upper) : std::nullopt, seal);
  Bytes sealed = bounds.lower;
  for (size_t i = 0; i < kChecksumBytes; ++i) sealed.push_back(static_cast<uint8_t>(checksum >> (8 * i)));
  return sealed;
}

ValueBounds open_bounds(BytesView sealed_lower, std::optional<BytesView> upper, uint32_t seal) {
  if (sealed_lower.size() < kChecksumBytes || sealed_lower.size() > kBoundBytes + kChecksumBytes ||
      (upper && upper->size() > kBoundBytes)) {
    throw_corrupted("A field's bounds have an impossible length.");
  }
  const BytesView lower = sealed_lower.first(sealed_lower.size() - kChecksumBytes);
  if (ByteReader(sealed_lower.last(kChecksumBytes)).get<uint32_t>() != checksum_of_bounds(lower, upper, seal)) {
    throw_corrupted("A field's bounds do not match their checksum.");
  }
  ValueBounds bounds;
  bounds.lower.assign(lower.begin(), lower.end());
  bounds.has_upper = upper.has_value();
  if (upper) bounds.upper.assign(upper->begin(), upper->end());
  return bounds;
}

uint32_t members_checksum(int32_t segment_id, uint32_t tile, BytesView members) {
  return checksum_of({low_half(segment_id) << 32 | tile, crc32c(members)});
}

void seal_since(Bytes& since, int32_t segment_id, uint32_t tile, BytesView members) {
  append_checksum(since, members_checksum(segment_id, tile, members));
}

BytesView open_since(BytesView sealed, int32_t segment_id, uint32_t tile, BytesView members) {
  const std::optional<BytesView> since = without_checksum(sealed, members_checksum(segment_id, tile, members));
  if (!since) throw_corrupted("Since when they are members does not match its checksum.");
  return *since;
}

void seal_pieces(Bytes& pieces, int32_t segment_id, uint32_t tile, uint32_t members_checksum) {
  append_checksum(pieces, seal_of_pieces(segment_id, tile, members_checksum));
}

BytesView open_pieces(BytesView sealed, int32_t segment_id, uint32_t tile, uint32_t members_checksum) {
  const std::optional<BytesView> pieces = without_checksum(sealed, seal_of_pieces(segment_id, tile, members_checksum));
  if (!pieces) throw_corrupted("Where pieces of them are does not match its checksum.");
  return *pieces;
}

}  // namespace segments
