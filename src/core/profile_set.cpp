#include "core/profile_set.h"

#include <roaring/roaring.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

#include "core/error.h"

namespace segments {
namespace {

using Bitmap = roaring::api::roaring_bitmap_s;
using Iterator = roaring_uint32_iterator_t;
using roaring::internal::array_container_t;
using roaring::internal::bitset_container_t;
using roaring::internal::rle16_t;
using roaring::internal::run_container_t;

constexpr uint64_t kOrdinalEnd = uint64_t{1} << 32;
constexpr uint32_t kChunk = 1024;
constexpr uint32_t kBlockWords = kBlockSize / 64;
// The portable format (https://github.com/RoaringBitmap/RoaringFormatSpec): an array has at most this many members.
constexpr uint32_t kMaxArrayMembers = 4096;
constexpr uint32_t kCookieWithoutRuns = 12346;
constexpr uint32_t kCookieWithRuns = 12347;

// CRoaring does not survive every failed malloc.  So what a call can need at most is asked for, and given back, before.
void require_memory(size_t bytes) { ::operator delete(::operator new(bytes)); }

// One container in the making: the largest temporary is a run container of 2 * (4096 + 2048) runs.
constexpr size_t kContainerBytes = size_t{128} << 10;

// Twice the contents (containers grow by half at a time) and the directory, which portable bytes hold in 8 bytes a block.
size_t growth_bytes(const Bitmap* bitmap) { return 2 * roaring_bitmap_portable_size_in_bytes(bitmap) + kContainerBytes; }

Bitmap* require(Bitmap* bitmap) {
  if (bitmap == nullptr) throw std::bad_alloc();
  return bitmap;
}

[[noreturn]] void throw_invalid(const char* detail) {
  throw Error(ErrorCode::kInvalidBytes, "invalid profile set", detail,
              "Pass bytes in the portable Roaring format, as a cast of a profile_set to bytea gives them.");
}

template <class T>
T read_raw(const uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class T>
void append_raw(std::vector<uint8_t>& bytes, T value) {
  const size_t end = bytes.size();
  bytes.resize(end + sizeof value);
  std::memcpy(bytes.data() + end, &value, sizeof value);
}

// The number of blocks that the header promises.  Checked here because the library takes it as a signed number.
void check_header(std::span<const uint8_t> bytes) {
  if (bytes.size() < 8) throw_invalid("The bytes are shorter than any profile set.");
  const auto cookie = read_raw<uint32_t>(bytes.data());
  if ((cookie & 0xFFFF) == kCookieWithRuns) return;
  if (cookie != kCookieWithoutRuns) throw_invalid("The bytes do not begin as a Roaring bitmap does.");
  if (read_raw<uint32_t>(bytes.data() + 4) > kBlockSize) throw_invalid("There are more containers than ordinals allow.");
}

// Calls visit(values, count) for ascending chunks until it returns false.
template <class F>
void for_each_chunk(const Bitmap* bitmap, F visit) {
  Iterator iterator;
  roaring_iterator_init(bitmap, &iterator);
  std::array<Ordinal, kChunk> values;
  while (const uint32_t count = roaring_uint32_iterator_read(&iterator, values.data(), kChunk)) {
    if (!visit(values.data(), count)) return;
  }
}

// A run container with as many bytes as the array of its members, as the library leaves it or not, depending on history.
bool is_tied_run(const roaring_array_t& blocks, int32_t i) {
  if (blocks.typecodes[i] != RUN_CONTAINER_TYPE) return false;
  const auto* container = static_cast<const run_container_t*>(blocks.containers[i]);
  const uint32_t limit = 2 * static_cast<uint32_t>(container->n_runs) + 1;
  uint32_t members = 0;
  for (int32_t run = 0; run < container->n_runs && members <= limit; ++run) members += container->runs[run].length + 1u;
  return members == limit && members <= kMaxArrayMembers;
}

// Makes arrays of run containers that would take the same space.
void break_ties(Bitmap* bitmap) {
  const roaring_array_t& blocks = bitmap->high_low_container;
  std::vector<Ordinal> values;
  for (int32_t i = 0; i < blocks.size; ++i) {
    if (!is_tied_run(blocks, i)) continue;
    const Ordinal base = static_cast<Ordinal>(blocks.keys[i]) << kBlockBits;
    const auto* container = static_cast<const run_container_t*>(blocks.containers[i]);
    for (int32_t run = 0; run < container->n_runs; ++run) {
      const rle16_t span = container->runs[run];
      for (uint32_t low = span.value; low <= uint32_t{span.value} + span.length; ++low) values.push_back(base + low);
    }
  }
  size_t done = 0;
  while (done < values.size()) {
    const uint32_t block = block_of(values[done]);
    size_t end = done;
    while (end < values.size() && block_of(values[end]) == block) ++end;
    roaring_bitmap_remove_range_closed(bitmap, block << kBlockBits, (block << kBlockBits) + (kBlockSize - 1));
    roaring_bitmap_add_many(bitmap, end - done, values.data() + done);
    done = end;
  }
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
    default: throw Error(ErrorCode::kInternal, "unexpected container in a profile set");
  }
}

// Walks the maximal runs of a set, whatever its containers: what depends on members alone is computed from them.
class RunCursor {
 public:
  explicit RunCursor(const Bitmap* bitmap) : blocks_(bitmap->high_low_container) { has_pending_ = next_piece(pending_); }

  struct Run {
    Ordinal first;
    Ordinal last;
    bool operator==(const Run&) const = default;
  };

  // Pieces of neighbouring containers may touch, and are joined.
  bool next(Run& run) {
    if (!has_pending_) return false;
    run = pending_;
    while ((has_pending_ = next_piece(pending_)) && pending_.first == run.last + 1) run.last = pending_.last;
    return true;
  }

 private:
  bool next_piece(Run& piece) {
    for (; block_ < blocks_.size; ++block_, at_ = 0) {
      const uint32_t base = static_cast<uint32_t>(blocks_.keys[block_]) << kBlockBits;
      uint32_t first = 0, last = 0;
      if (!next_in_block(first, last)) continue;
      piece = {base + first, base + last};
      return true;
    }
    return false;
  }

  bool next_in_block(uint32_t& first, uint32_t& last) {
    const auto* container = blocks_.containers[block_];
    switch (blocks_.typecodes[block_]) {
      case BITSET_CONTAINER_TYPE: return next_of_bitset(static_cast<const bitset_container_t*>(container)->words, first, last);
      case ARRAY_CONTAINER_TYPE: {
        const auto* array = static_cast<const array_container_t*>(container);
        if (at_ >= static_cast<uint32_t>(array->cardinality)) return false;
        first = last = array->array[at_++];
        while (at_ < static_cast<uint32_t>(array->cardinality) && array->array[at_] == last + 1) last = array->array[at_++];
        return true;
      }
      default: {
        const auto* runs = static_cast<const run_container_t*>(container);
        if (at_ >= static_cast<uint32_t>(runs->n_runs)) return false;
        first = runs->runs[at_].value;
        last = first + runs->runs[at_].length;
        ++at_;
        return true;
      }
    }
  }

  bool next_of_bitset(const uint64_t* words, uint32_t& first, uint32_t& last) {
    if (!find_bit(words, at_, 0, first)) return false;
    uint32_t end;
    if (!find_bit(words, first, ~uint64_t{0}, end)) end = kBlockSize;
    last = end - 1;
    at_ = end;
    return true;
  }

  // The first bit from `from` on that is set in words ^ flip.
  static bool find_bit(const uint64_t* words, uint32_t from, uint64_t flip, uint32_t& found) {
    if (from >= kBlockSize) return false;
    uint32_t i = from >> 6;
    uint64_t word = (words[i] ^ flip) & (~uint64_t{0} << (from & 63));
    while (word == 0) {
      if (++i == kBlockWords) return false;
      word = words[i] ^ flip;
    }
    found = i * 64 + static_cast<uint32_t>(std::countr_zero(word));
    return true;
  }

  const roaring_array_t& blocks_;
  int32_t block_ = 0;
  uint32_t at_ = 0;  // within the block: a bit, or an index of a member or run
  Run pending_{};
  bool has_pending_ = false;
};

uint64_t mix(uint64_t value) {  // the finalizer of MurmurHash3
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccdu;
  value ^= value >> 33;
  value *= 0xc4ceb9fe1a85ec53u;
  return value ^ value >> 33;
}

}  // namespace

ProfileSet::ProfileSet() : bitmap_(require(roaring_bitmap_create_with_capacity(0))) {}

ProfileSet::~ProfileSet() {
  if (bitmap_ != nullptr) roaring_bitmap_free(bitmap_);
}

ProfileSet::ProfileSet(const ProfileSet& other) : bitmap_(nullptr) {
  require_memory(growth_bytes(other.bitmap_));
  bitmap_ = require(roaring_bitmap_copy(other.bitmap_));
}

ProfileSet& ProfileSet::operator=(const ProfileSet& other) {
  if (this != &other) *this = ProfileSet(other);
  return *this;
}

ProfileSet::ProfileSet(ProfileSet&& other) noexcept : bitmap_(std::exchange(other.bitmap_, nullptr)) {}

ProfileSet& ProfileSet::operator=(ProfileSet&& other) noexcept {
  std::swap(bitmap_, other.bitmap_);
  return *this;
}

ProfileSet ProfileSet::from_portable(std::span<const uint8_t> bytes) {
  if (bytes.size() > kMaxBytes) throw_invalid("The bytes are longer than any profile set.");
  check_header(bytes);
  const char* data = reinterpret_cast<const char*>(bytes.data());
  const size_t size = roaring_bitmap_portable_deserialize_size(data, bytes.size());
  if (size == 0) throw_invalid("The bytes end early or are damaged.");
  if (size != bytes.size()) throw_invalid("There are bytes after the end of the bitmap.");
  require_memory(2 * size + kContainerBytes);
  ProfileSet set(require(roaring_bitmap_portable_deserialize_safe(data, bytes.size())));
  const char* reason = nullptr;
  if (!roaring_bitmap_internal_validate(set.bitmap_, &reason)) {
    throw_invalid((std::string("The bitmap is inconsistent: ") + (reason != nullptr ? reason : "unknown") + ".").c_str());
  }
  return set;
}

ProfileSet ProfileSet::from_ordinals(std::span<const Ordinal> ordinals) {
  std::vector<Ordinal> sorted;
  if (!std::is_sorted(ordinals.begin(), ordinals.end())) {
    sorted.assign(ordinals.begin(), ordinals.end());
    std::sort(sorted.begin(), sorted.end());
    ordinals = sorted;
  }
  ProfileSet set;
  // The worst case is a member a block: an array container, its first elements and the directory.
  size_t blocks = 0;
  for (size_t i = 0; i < ordinals.size(); ++i) blocks += i == 0 || block_of(ordinals[i]) != block_of(ordinals[i - 1]);
  require_memory(8 * ordinals.size() + 128 * blocks + kContainerBytes);
  roaring_bitmap_add_many(set.bitmap_, ordinals.size(), ordinals.data());
  return set;
}

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

std::vector<uint8_t> ProfileSet::to_portable() const {
  ProfileSet copy(*this);
  require_memory(growth_bytes(copy.bitmap_));
  roaring_bitmap_run_optimize(copy.bitmap_);
  break_ties(copy.bitmap_);
  std::vector<uint8_t> bytes(roaring_bitmap_portable_size_in_bytes(copy.bitmap_));
  require_memory(kBlockSize / 8);
  roaring_bitmap_portable_serialize(copy.bitmap_, reinterpret_cast<char*>(bytes.data()));
  return bytes;
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

std::vector<Ordinal> ProfileSet::to_ordinals() const {
  std::vector<Ordinal> ordinals(cardinality());
  roaring_bitmap_to_uint32_array(bitmap_, ordinals.data());
  return ordinals;
}

void ProfileSet::insert(Ordinal ordinal) {
  // At most a bitset out of a full array, or a run container one longer; and the directory, half as large again.
  require_memory(kBlockSize / 2 + static_cast<size_t>(bitmap_->high_low_container.size) * 32);
  roaring_bitmap_add(bitmap_, ordinal);
}

void ProfileSet::insert_range(uint64_t first, uint64_t end) {
  if (first > end || end > kOrdinalEnd) throw Error(ErrorCode::kOutOfRange, "range of ordinals is out of range");
  if (first == end) return;
  // Blocks that are not empty become run containers, or bitsets at worst; new ones are single runs.
  require_memory(growth_bytes(bitmap_) + ((end - first) >> kBlockBits) * 128 + kContainerBytes);
  roaring_bitmap_add_range_closed(bitmap_, static_cast<uint32_t>(first), static_cast<uint32_t>(end - 1));
}

void ProfileSet::remove(Ordinal ordinal) {
  require_memory(kBlockSize / 2);
  roaring_bitmap_remove(bitmap_, ordinal);
}

bool ProfileSet::contains(Ordinal ordinal) const {
  return roaring_bitmap_contains(bitmap_, ordinal);
}

uint64_t ProfileSet::cardinality() const { return roaring_bitmap_get_cardinality(bitmap_); }

bool ProfileSet::empty() const { return bitmap_->high_low_container.size == 0; }

std::optional<Ordinal> ProfileSet::minimum() const {
  if (empty()) return std::nullopt;
  return roaring_bitmap_minimum(bitmap_);
}

std::optional<Ordinal> ProfileSet::maximum() const {
  if (empty()) return std::nullopt;
  return roaring_bitmap_maximum(bitmap_);
}

std::optional<Ordinal> ProfileSet::select(uint32_t rank) const {
  Ordinal ordinal;
  if (!roaring_bitmap_select(bitmap_, rank, &ordinal)) return std::nullopt;
  return ordinal;
}

uint64_t ProfileSet::count_in(uint64_t first, uint64_t end) const {
  end = std::min(end, kOrdinalEnd);
  return first >= end ? 0 : roaring_bitmap_range_cardinality(bitmap_, first, end);
}

ProfileSet& ProfileSet::operator&=(const ProfileSet& other) {
  require_memory(growth_bytes(bitmap_) + kContainerBytes);
  roaring_bitmap_and_inplace(bitmap_, other.bitmap_);
  return *this;
}

ProfileSet& ProfileSet::operator|=(const ProfileSet& other) {
  if (this == &other) return *this;
  require_memory(growth_bytes(bitmap_) + growth_bytes(other.bitmap_));
  roaring_bitmap_or_inplace(bitmap_, other.bitmap_);
  return *this;
}

ProfileSet& ProfileSet::operator-=(const ProfileSet& other) {
  if (this == &other) return *this = ProfileSet();
  require_memory(growth_bytes(bitmap_) + kContainerBytes);
  roaring_bitmap_andnot_inplace(bitmap_, other.bitmap_);
  return *this;
}

ProfileSet& ProfileSet::operator^=(const ProfileSet& other) {
  if (this == &other) return *this = ProfileSet();
  require_memory(growth_bytes(bitmap_) + growth_bytes(other.bitmap_));
  roaring_bitmap_xor_inplace(bitmap_, other.bitmap_);
  return *this;
}

bool ProfileSet::operator==(const ProfileSet& other) const { return roaring_bitmap_equals(bitmap_, other.bitmap_); }

bool ProfileSet::is_subset_of(const ProfileSet& other) const {
  return roaring_bitmap_is_subset(bitmap_, other.bitmap_);
}

bool ProfileSet::intersects(const ProfileSet& other) const {
  return roaring_bitmap_intersect(bitmap_, other.bitmap_);
}

int ProfileSet::compare(const ProfileSet& other) const {
  RunCursor left(bitmap_), right(other.bitmap_);
  RunCursor::Run a{}, b{};
  while (true) {
    const bool has_a = left.next(a), has_b = right.next(b);
    if (!has_a || !has_b) return static_cast<int>(has_a) - static_cast<int>(has_b);
    if (a == b) continue;
    if (a.first != b.first) return a.first < b.first ? -1 : 1;
    // The longer run goes on with the smaller member, unless the other set ends here.
    if (a.last < b.last) return left.next(a) ? 1 : -1;
    return right.next(b) ? -1 : 1;
  }
}

uint64_t ProfileSet::hash(uint64_t seed) const {
  uint64_t state = mix(seed + 0x9e3779b97f4a7c15u);
  RunCursor cursor(bitmap_);
  for (RunCursor::Run run{}; cursor.next(run);) {
    state = (std::rotl(state, 23) ^ (uint64_t{run.first} << 32 | run.last)) * 0x9fb21c651e98df25u;
  }
  return mix(state);
}

void ProfileSet::for_each_run(const std::function<bool(Ordinal, Ordinal)>& visit) const {
  RunCursor cursor(bitmap_);
  for (RunCursor::Run run{}; cursor.next(run);) {
    if (!visit(run.first, run.last)) return;
  }
}

void ProfileSet::for_each(const std::function<bool(Ordinal)>& visit) const {
  for_each_chunk(bitmap_, [&](const Ordinal* values, uint32_t count) {
    return std::all_of(values, values + count, visit);
  });
}

size_t ProfileSet::read(Ordinal first, std::span<Ordinal> into) const {
  Iterator iterator;
  roaring_iterator_init(bitmap_, &iterator);
  if (!roaring_uint32_iterator_move_equalorlarger(&iterator, first)) return 0;
  const size_t limit = std::min<size_t>(into.size(), UINT32_MAX);
  return roaring_uint32_iterator_read(&iterator, into.data(), static_cast<uint32_t>(limit));
}

size_t ProfileSet::memory_bytes() const {
  roaring_statistics_t statistics;
  roaring_bitmap_statistics(bitmap_, &statistics);
  constexpr size_t kPerBlock = sizeof(void*) + sizeof(uint16_t) + sizeof(uint8_t) + 32;  // directory, container's head
  return sizeof(Bitmap) + static_cast<size_t>(bitmap_->high_low_container.allocation_size) * kPerBlock +
         statistics.n_bytes_array_containers + statistics.n_bytes_run_containers + statistics.n_bytes_bitset_containers;
}

}  // namespace segments
