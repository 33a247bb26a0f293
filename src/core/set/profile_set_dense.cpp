// Profile sets from and to the dense sets of tiles.
#include <roaring/roaring.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "core/error.h"
#include "core/set/profile_set.h"
#include "core/set/roaring_memory.h"

namespace segments {
namespace {

using roaring::internal::array_container_t;
using roaring::internal::bitset_container_t;
using roaring::internal::rle16_t;
using roaring::internal::run_container_t;

constexpr uint32_t kBlockWords = kBlockSize / 64;
// The portable format (https://github.com/RoaringBitmap/RoaringFormatSpec): an array has at most this many members.
constexpr uint32_t kMaxArrayMembers = 4096;
constexpr uint32_t kCookieWithoutRuns = 12346;

template <class T>
void append_raw(std::vector<uint8_t>& bytes, T value) {
  const size_t end = bytes.size();
  bytes.resize(end + sizeof value);
  std::memcpy(bytes.data() + end, &value, sizeof value);
}

void append_block(std::vector<uint8_t>& bytes, const uint64_t* words, uint32_t members) {
  const size_t end = bytes.size();
  if (members > kMaxArrayMembers) {
    bytes.resize(end + kBlockSize / 8);
    std::memcpy(bytes.data() + end, words, kBlockSize / 8);
    return;
  }
  bytes.resize(end + members * sizeof(uint16_t));
  uint8_t* to = bytes.data() + end;
  for (uint32_t i = 0; i < kBlockWords; ++i) {
    for (uint64_t word = words[i]; word != 0; word &= word - 1) {
      const auto low = static_cast<uint16_t>(i * 64 + static_cast<uint32_t>(std::countr_zero(word)));
      std::memcpy(to, &low, sizeof low);
      to += sizeof low;
    }
  }
}

void insert_run(uint64_t* words, uint32_t first, uint32_t last) {
  const uint64_t head = ~uint64_t{0} << (first & 63);
  const uint64_t tail = ~uint64_t{0} >> (63 - (last & 63));
  if (first >> 6 == last >> 6) {
    words[first >> 6] |= head & tail;
    return;
  }
  words[first >> 6] |= head;
  for (uint32_t i = (first >> 6) + 1; i < last >> 6; ++i) words[i] = ~uint64_t{0};
  words[last >> 6] |= tail;
}

void copy_block(const roaring_array_t& blocks, int32_t i, uint64_t* words) {
  switch (blocks.typecodes[i]) {
    case BITSET_CONTAINER_TYPE:
      std::memcpy(words, static_cast<const bitset_container_t*>(blocks.containers[i])->words, kBlockSize / 8);
      return;
    case ARRAY_CONTAINER_TYPE: {
      const auto* container = static_cast<const array_container_t*>(blocks.containers[i]);
      for (int32_t k = 0; k < container->cardinality; ++k) {
        words[container->array[k] >> 6] |= uint64_t{1} << (container->array[k] & 63);
      }
      return;
    }
    case RUN_CONTAINER_TYPE: {
      const auto* container = static_cast<const run_container_t*>(blocks.containers[i]);
      for (int32_t k = 0; k < container->n_runs; ++k) {
        const rle16_t run = container->runs[k];
        insert_run(words, run.value, uint32_t{run.value} + run.length);
      }
      return;
    }
    default:
      throw Error(ErrorCode::kInternal, "unexpected container in a profile set");
  }
}

}  // namespace

// Writes portable bytes and reads them: the only way the library offers to take over whole bitmaps.
ProfileSet ProfileSet::from_dense(uint32_t tile, const DenseSet& set) {
  std::array<uint32_t, kBlocksPerTile> members{};
  uint32_t blocks = 0;
  for (uint32_t block = 0; block < kBlocksPerTile; ++block) {
    const uint64_t* words = set.words().data() + block * kBlockWords;
    for (uint32_t i = 0; i < kBlockWords; ++i) members[block] += static_cast<uint32_t>(std::popcount(words[i]));
    blocks += members[block] != 0;
  }
  std::vector<uint8_t> bytes;
  bytes.reserve(8 + kBlocksPerTile * (8 + kBlockSize / 8));
  append_raw(bytes, kCookieWithoutRuns);
  append_raw(bytes, blocks);
  for (uint32_t block = 0; block < kBlocksPerTile; ++block) {
    if (members[block] == 0) continue;
    append_raw(bytes, static_cast<uint16_t>(tile * kBlocksPerTile + block));
    append_raw(bytes, static_cast<uint16_t>(members[block] - 1));
  }
  uint32_t offset = 8 + blocks * 8;
  for (uint32_t block = 0; block < kBlocksPerTile; ++block) {
    if (members[block] == 0) continue;
    append_raw(bytes, offset);
    offset += members[block] > kMaxArrayMembers ? kBlockSize / 8 : members[block] * 2;
  }
  for (uint32_t block = 0; block < kBlocksPerTile; ++block) {
    if (members[block] != 0) append_block(bytes, set.words().data() + block * kBlockWords, members[block]);
  }
  require_memory(2 * bytes.size() + kContainerBytes);
  const char* data = reinterpret_cast<const char*>(bytes.data());
  return ProfileSet(require(roaring_bitmap_portable_deserialize_safe(data, bytes.size())));
}

DenseSet ProfileSet::to_dense(uint32_t tile) const {
  DenseSet set;
  const roaring_array_t& blocks = bitmap_->high_low_container;
  const uint32_t first = tile * kBlocksPerTile;
  auto i = static_cast<int32_t>(std::lower_bound(blocks.keys, blocks.keys + blocks.size, first) - blocks.keys);
  for (; i < blocks.size && blocks.keys[i] < first + kBlocksPerTile; ++i) {
    copy_block(blocks, i, set.words().data() + (blocks.keys[i] - first) * kBlockWords);
  }
  return set;
}

}  // namespace segments
