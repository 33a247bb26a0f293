#include "core/set/profile_set.h"

#include <roaring/roaring.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

#include "core/error.h"
#include "core/set/roaring_memory.h"
#include "core/set/run_cursor.h"

namespace segments {
namespace {

using Bitmap = roaring::api::roaring_bitmap_s;
using Iterator = roaring_uint32_iterator_t;
using roaring::internal::rle16_t;
using roaring::internal::run_container_t;

constexpr uint64_t kOrdinalEnd = uint64_t{1} << 32;
constexpr uint32_t kChunk = 1024;
constexpr size_t kPollRuns = size_t{1} << 16;
// The portable format (https://github.com/RoaringBitmap/RoaringFormatSpec): an array has at most this many members.
constexpr uint32_t kMaxArrayMembers = 4096;
constexpr uint32_t kCookieWithoutRuns = 12346;
constexpr uint32_t kCookieWithRuns = 12347;

// Twice the contents, as containers grow by half at a time, with the directory, which has 8 portable bytes a block.
size_t growth_bytes(const Bitmap* bitmap) { return 2 * roaring_bitmap_portable_size_in_bytes(bitmap) + kContainerBytes; }

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

// The number of blocks that the header promises.  Checked here because the library takes it as a signed number.
void check_header(std::span<const uint8_t> bytes) {
  if (bytes.size() < 8) throw_invalid("The bytes are shorter than any profile set.");
  const auto cookie = read_raw<uint32_t>(bytes.data());
  if ((cookie & 0xFFFF) == kCookieWithRuns) return;
  if (cookie != kCookieWithoutRuns) throw_invalid("The bytes do not begin as a Roaring bitmap does.");
  const auto blocks = read_raw<uint32_t>(bytes.data() + 4);
  if (blocks > kBlockSize) throw_invalid("There are more containers than ordinals allow.");
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

// A run container with as many bytes as the array of its members: which of them the library leaves depends on history.
bool is_tied_run(const roaring_array_t& blocks, int32_t i) {
  if (blocks.typecodes[i] != RUN_CONTAINER_TYPE) return false;
  const auto* container = static_cast<const run_container_t*>(blocks.containers[i]);
  const uint32_t limit = 2 * static_cast<uint32_t>(container->n_runs) + 1;
  uint32_t members = 0;
  for (int32_t run = 0; run < container->n_runs && members <= limit; ++run) members += container->runs[run].length + 1u;
  return members == limit && members <= kMaxArrayMembers;
}

// Makes arrays of run containers that would take the same space.
void break_ties(Bitmap* bitmap, Interrupt& interrupt) {
  const roaring_array_t& blocks = bitmap->high_low_container;
  std::vector<Ordinal> values;
  for (int32_t i = 0; i < blocks.size; ++i) {
    if (!is_tied_run(blocks, i)) continue;
    const Ordinal base = static_cast<Ordinal>(blocks.keys[i]) << kBlockBits;
    const auto* container = static_cast<const run_container_t*>(blocks.containers[i]);
    values.clear();
    for (int32_t run = 0; run < container->n_runs; ++run) {
      const rle16_t span = container->runs[run];
      for (uint32_t low = span.value; low <= uint32_t{span.value} + span.length; ++low) values.push_back(base + low);
    }
    // The block goes, and comes back where it was.
    roaring_bitmap_remove_range_closed(bitmap, base, base + (kBlockSize - 1));
    roaring_bitmap_add_many(bitmap, values.size(), values.data());
    interrupt.poll();
  }
}

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
    const std::string detail = std::string("The bitmap is inconsistent: ") + (reason != nullptr ? reason : "unknown");
    throw_invalid((detail + ".").c_str());
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

std::vector<uint8_t> ProfileSet::to_portable() const {
  NeverInterrupt never;
  return to_portable(never);
}

std::vector<uint8_t> ProfileSet::to_portable(Interrupt& interrupt) const {
  ProfileSet copy(*this);
  interrupt.poll();
  require_memory(growth_bytes(copy.bitmap_));
  roaring_bitmap_run_optimize(copy.bitmap_);
  break_ties(copy.bitmap_, interrupt);
  std::vector<uint8_t> bytes(roaring_bitmap_portable_size_in_bytes(copy.bitmap_));
  require_memory(kBlockSize / 8);
  roaring_bitmap_portable_serialize(copy.bitmap_, reinterpret_cast<char*>(bytes.data()));
  return bytes;
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
  // Two blocks are joined with a run, those between are replaced by one, and the directory grows by half.
  const size_t blocks = ((end - first) >> kBlockBits) + static_cast<size_t>(bitmap_->high_low_container.size);
  require_memory(kBlockSize + blocks * 128);
  roaring_bitmap_add_range_closed(bitmap_, static_cast<uint32_t>(first), static_cast<uint32_t>(end - 1));
}

void ProfileSet::remove(Ordinal ordinal) {
  require_memory(kBlockSize / 2);
  roaring_bitmap_remove(bitmap_, ordinal);
}

bool ProfileSet::contains(Ordinal ordinal) const { return roaring_bitmap_contains(bitmap_, ordinal); }

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

bool ProfileSet::is_subset_of(const ProfileSet& other) const { return roaring_bitmap_is_subset(bitmap_, other.bitmap_); }

bool ProfileSet::intersects(const ProfileSet& other) const { return roaring_bitmap_intersect(bitmap_, other.bitmap_); }

int ProfileSet::compare(const ProfileSet& other, Interrupt& interrupt) const {
  RunCursor left(bitmap_), right(other.bitmap_);
  RunCursor::Run a{}, b{};
  for (size_t runs = 0;; ++runs) {
    if (runs % kPollRuns == 0) interrupt.poll();
    const bool has_a = left.next(a), has_b = right.next(b);
    if (!has_a || !has_b) return static_cast<int>(has_a) - static_cast<int>(has_b);
    if (a == b) continue;
    if (a.first != b.first) return a.first < b.first ? -1 : 1;
    // The longer run goes on with the smaller member, unless the other set ends here.
    if (a.last < b.last) return left.next(a) ? 1 : -1;
    return right.next(b) ? -1 : 1;
  }
}

uint64_t ProfileSet::hash(uint64_t seed, Interrupt& interrupt) const {
  uint64_t state = mix(seed + 0x9e3779b97f4a7c15u);
  RunCursor cursor(bitmap_);
  size_t runs = 0;
  for (RunCursor::Run run{}; cursor.next(run); ++runs) {
    if (runs % kPollRuns == 0) interrupt.poll();
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
  for_each_chunk(bitmap_, [&](const Ordinal* values, uint32_t count) { return std::all_of(values, values + count, visit); });
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
