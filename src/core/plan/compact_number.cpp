#include "core/plan/compact_number.h"

namespace segments {

void put_number(ByteWriter& writer, uint64_t value) {
  for (; value >= 0x80; value >>= 7) writer.put(static_cast<uint8_t>(value | 0x80));
  writer.put(static_cast<uint8_t>(value));
}

void put_signed(ByteWriter& writer, int64_t value) {
  put_number(writer, static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63));
}

void put_string(ByteWriter& writer, std::span<const uint8_t> bytes) {
  put_number(writer, bytes.size());
  writer.put_array(bytes);
}

void put_set(ByteWriter& writer, const ProfileSet& set) { put_string(writer, set.to_portable()); }

uint64_t get_number(ByteReader& reader, uint64_t largest) {
  uint64_t value = 0;
  for (uint32_t shift = 0;; shift += 7) {
    const uint64_t byte = reader.get<uint8_t>();
    if (shift == 63 && byte > 1) throw_corrupted("A number has too many bytes.");
    value |= (byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) break;
  }
  if (value > largest) throw_corrupted("A number is larger than it can be.");
  return value;
}

int64_t get_signed(ByteReader& reader) {
  const uint64_t value = get_number(reader);
  return static_cast<int64_t>(value >> 1 ^ (~(value & 1) + 1));
}

std::span<const uint8_t> get_string(ByteReader& reader) { return reader.take(get_number(reader)); }

ProfileSet get_set(ByteReader& reader) {
  const auto bytes = get_string(reader);
  try {
    return ProfileSet::from_portable(bytes);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidBytes) throw;
  }
  throw_corrupted("A set of ordinals is not valid.");
}

size_t get_count(ByteReader& reader, size_t item_bytes) {
  return static_cast<size_t>(get_number(reader, reader.remaining() / item_bytes));
}

uint32_t get_index(ByteReader& reader, size_t count) {
  const uint64_t index = get_number(reader, UINT32_MAX);
  if (index >= count) throw_corrupted("A plan names a part that it does not have.");
  return static_cast<uint32_t>(index);
}

}  // namespace segments
