#include "core/column/id_chunk.h"

#include <array>

#include "core/column/byte_reader.h"
#include "core/column/checksum.h"

namespace segments {
namespace {

constexpr uint8_t kNone = 0;
constexpr uint8_t kSame = 2;
constexpr uint8_t kLong = 4;
constexpr size_t kMaxShortBytes = 126;
constexpr size_t kChecksumBytes = sizeof(uint32_t);

uint32_t sealed_checksum(BytesView run, uint32_t chunk) {
  const std::array<uint64_t, 2> words = {uint64_t{chunk} << 32 | crc32c(run), run.size()};
  return crc32c({reinterpret_cast<const uint8_t*>(words.data()), sizeof words});
}

void append_number(Bytes& bytes, uint32_t number) {
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<uint8_t>(number >> (8 * i)));
}

std::string_view text_of(BytesView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace

void IdChunkWriter::add(uint32_t offset, std::string_view id) {
  if (next_ == 0 || id < lowest_) lowest_ = id;
  if (next_ == 0 || id > highest_) highest_ = id;
  const bool is_same = next_ != 0 && id == last_;
  bytes_.insert(bytes_.end(), offset - next_, kNone);
  next_ = offset + 1;
  if (is_same) {
    bytes_.push_back(kSame);
    return;
  }
  last_ = id;
  if (id.size() <= kMaxShortBytes) {
    bytes_.push_back(static_cast<uint8_t>((id.size() + 1) << 1 | 1));
  } else {
    bytes_.push_back(kLong);
    append_number(bytes_, static_cast<uint32_t>(id.size()));
  }
  bytes_.insert(bytes_.end(), id.begin(), id.end());
}

Bytes IdChunkWriter::finish(uint32_t chunk) {
  append_number(bytes_, sealed_checksum(bytes_, chunk));
  Bytes finished = std::move(bytes_);
  *this = IdChunkWriter();
  return finished;
}

void IdChunk::clear() {
  std::fill(ids_.begin(), ids_.end(), std::string_view());
  std::fill(has_head_.begin(), has_head_.end(), false);
}

void IdChunk::open(BytesView bytes, uint32_t chunk) {
  clear();
  if (bytes.size() < kChecksumBytes) throw_corrupted("Ids of profiles end too early.");
  const BytesView run = bytes.first(bytes.size() - kChecksumBytes);
  if (ByteReader(bytes.last(kChecksumBytes)).get<uint32_t>() != sealed_checksum(run, chunk)) {
    throw_corrupted("Ids of profiles do not match their checksum.");
  }
  ByteReader reader(run);
  std::string_view last;
  bool last_has_head = false;
  for (uint32_t offset = 0; reader.remaining() != 0; ++offset) {
    if (offset == kIdChunkSize) throw_corrupted("There are more ids of profiles than ordinals.");
    const auto head = reader.get<uint8_t>();
    if (head == kNone) continue;
    if (head == kLong) {
      last = text_of(reader.take(reader.get<uint32_t>()));
      last_has_head = false;
    } else if (head != kSame) {
      if (head % 2 == 0 || head == 1) throw_corrupted("An id of a profile has an impossible head.");
      last = text_of(reader.take((head >> 1) - 1u));
      last_has_head = true;
    } else if (last.data() == nullptr) {
      throw_corrupted("The first id of a profile repeats another.");
    }
    ids_[offset] = last;
    has_head_[offset] = last_has_head;
  }
}

void IdChunk::replace(uint32_t offset, std::optional<std::string_view> id) {
  ids_[offset] = id.value_or(std::string_view());
  has_head_[offset] = false;
}

}  // namespace segments
