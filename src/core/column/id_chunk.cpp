#include "core/column/id_chunk.h"

#include <algorithm>

#include "core/column/byte_reader.h"
#include "core/column/byte_writer.h"
#include "core/column/checksum.h"

namespace segments {
namespace {

constexpr uint8_t kNone = 0;
constexpr uint8_t kSame = 2;
constexpr uint8_t kLong = 4;
constexpr size_t kMaxShortBytes = 126;
constexpr size_t kChecksumBytes = sizeof(uint32_t);
constexpr uint32_t kDirectory = UINT32_MAX;  // in place of a block's number

uint32_t sealed_checksum(BytesView bytes, uint32_t chunk, uint32_t block) {
  const std::array<uint64_t, 2> words = {uint64_t{chunk} << 32 | crc32c(bytes), uint64_t{block} << 32 | bytes.size()};
  return crc32c({reinterpret_cast<const uint8_t*>(words.data()), sizeof words});
}

void append_number(Bytes& bytes, uint32_t number) {
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<uint8_t>(number >> (8 * i)));
}

std::string_view text_of(BytesView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// What stands before the checksum.
BytesView checked(BytesView bytes, uint32_t chunk, uint32_t block) {
  if (bytes.size() < kChecksumBytes) throw_corrupted("Ids of profiles end too early.");
  const BytesView body = bytes.first(bytes.size() - kChecksumBytes);
  if (ByteReader(bytes.last(kChecksumBytes)).get<uint32_t>() != sealed_checksum(body, chunk, block)) {
    throw_corrupted("Ids of profiles do not match their checksum.");
  }
  return body;
}

}  // namespace

void IdChunkWriter::add(uint32_t offset, std::string_view id) {
  if (blocks_.empty() || id < lowest_) lowest_ = id;
  if (blocks_.empty() || id > highest_) highest_ = id;
  blocks_.resize(id_block_of(offset) + 1);
  Block& block = blocks_.back();
  next_ = std::max(next_, offset & ~(kIdBlockSize - 1));
  const bool is_first = block.run.empty();
  if (is_first || id < block.lowest) block.lowest = id;
  if (is_first || id > block.highest) block.highest = id;
  block.run.insert(block.run.end(), offset - next_, kNone);
  next_ = offset + 1;
  if (!is_first && id == last_) {
    block.run.push_back(kSame);
    return;
  }
  last_ = id;
  if (id.size() <= kMaxShortBytes) {
    block.run.push_back(static_cast<uint8_t>((id.size() + 1) << 1 | 1));
  } else {
    block.run.push_back(kLong);
    append_number(block.run, static_cast<uint32_t>(id.size()));
  }
  block.run.insert(block.run.end(), id.begin(), id.end());
}

Bytes IdChunkWriter::finish(uint32_t chunk) {
  ByteWriter writer;
  writer.put(uint32_t{0});
  writer.put(static_cast<uint32_t>(blocks_.size()));
  for (const Block& block : blocks_) {
    writer.put(static_cast<uint32_t>(block.run.empty() ? 0 : block.run.size() + kChecksumBytes));
    if (block.run.empty()) continue;
    for (const std::string& id : {block.lowest, block.highest}) {
      writer.put(static_cast<uint32_t>(id.size()));
      writer.put_text(id);
    }
  }
  writer.patch(0, static_cast<uint32_t>(writer.size() + kChecksumBytes));
  writer.put(sealed_checksum(writer.view(), chunk, kDirectory));
  for (size_t number = 0; number < blocks_.size(); ++number) {
    const Bytes& run = blocks_[number].run;
    if (run.empty()) continue;
    writer.put_array(BytesView(run));
    writer.put(sealed_checksum(run, chunk, static_cast<uint32_t>(number)));
  }
  *this = IdChunkWriter();
  return writer.take();
}

size_t IdChunk::directory_bytes(BytesView start) { return ByteReader(start).get<uint32_t>(); }

void IdChunk::begin(BytesView directory, uint64_t size, uint32_t chunk) {
  chunk_ = chunk;
  open_ = 0;
  blocks_.fill({});
  if (directory.empty()) return;
  ByteReader reader(checked(directory, chunk, kDirectory));
  reader.get<uint32_t>();
  const auto count = reader.get<uint32_t>();
  if (count > kIdBlocks) throw_corrupted("There are more ids of profiles than ordinals.");
  uint64_t begin = directory.size();
  for (uint32_t number = 0; number < count; ++number) {
    IdBlock& block = blocks_[number];
    block.begin = begin;
    block.size = reader.get<uint32_t>();
    begin += block.size;
    if (block.size == 0) continue;
    block.lowest = text_of(reader.take(reader.get<uint32_t>()));
    block.highest = text_of(reader.take(reader.get<uint32_t>()));
  }
  reader.expect_end();
  if (begin != size) throw_corrupted("Blocks of ids of profiles are not as long as their directory says.");
}

IdChunk::Even IdChunk::even(BytesView run) {
  const uint8_t head = run[0];
  if (head % 2 == 0 || head == 1) return {};
  const uint32_t step = head >> 1;
  const size_t count = run.size() / step;
  if (count > kIdBlockSize || count * step != run.size()) return {};
  bool same = true;
  for (size_t i = 0; i < run.size(); i += step) same &= run[i] == head;
  if (!same) return {};
  return {reinterpret_cast<const char*>(run.data()) + 1, step, static_cast<uint32_t>(count)};
}

void IdChunk::open_block(uint32_t number, BytesView bytes) {
  const uint32_t first = number << kIdBlockBits;
  even_[number] = {};
  const BytesView run = bytes.empty() ? bytes : checked(bytes, chunk_, number);
  if (!run.empty()) even_[number] = even(run);
  if (even_[number].step == 0) read_run(run, first);
  open_ |= 1u << number;
}

void IdChunk::read_run(BytesView run, uint32_t first) {
  std::fill_n(ids_.get() + first, kIdBlockSize, std::string_view());
  std::fill_n(has_head_.get() + first, kIdBlockSize, false);
  ByteReader reader(run);
  std::string_view last;
  bool last_has_head = false;
  for (uint32_t offset = first; reader.remaining() != 0; ++offset) {
    if (offset == first + kIdBlockSize) throw_corrupted("There are more ids of profiles than ordinals.");
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

void IdChunk::open(BytesView bytes, uint32_t chunk) {
  const size_t directory = directory_bytes(bytes);
  if (directory > bytes.size()) throw_corrupted("Ids of profiles end too early.");
  begin(bytes.first(directory), bytes.size(), chunk);
  for (uint32_t number = 0; number < kIdBlocks; ++number) {
    open_block(number, bytes.subspan(blocks_[number].begin, blocks_[number].size));
  }
}

void IdChunk::replace(uint32_t offset, std::optional<std::string_view> id) {
  Even& even = even_[id_block_of(offset)];
  if (even.step != 0) {
    const uint32_t first = offset & ~(kIdBlockSize - 1);
    for (uint32_t place = first; place < first + kIdBlockSize; ++place) {
      ids_[place] = at(place).value_or(std::string_view());
      has_head_[place] = true;
    }
    even = {};
  }
  ids_[offset] = id.value_or(std::string_view());
  has_head_[offset] = false;
}

}  // namespace segments
