#include "core/set/portable_bytes.h"

#include <cstring>

#include "core/error.h"

namespace segments {
namespace {

// The layout is https://github.com/RoaringBitmap/RoaringFormatSpec.
constexpr uint32_t kCookieWithRuns = 12347;
constexpr uint32_t kMaxArrayMembers = 4096;
constexpr uint32_t kMinBlocksWithOffsets = 4;  // where there are run containers
constexpr size_t kBitsetBytes = kBlockSize / 8;

class PortableBytes {
 public:
  explicit PortableBytes(std::span<const uint8_t> bytes) : bytes_(bytes) {
    const auto cookie = at<uint32_t>(0);
    if ((cookie & 0xFFFF) == kCookieWithRuns) {
      blocks_ = (cookie >> 16) + 1;
      run_flags_ = 4;
      directory_ = 4 + (blocks_ + 7) / 8;
    } else {
      blocks_ = at<uint32_t>(4);
      if (blocks_ > kBlockSize) fail();
      directory_ = 8;
    }
    offsets_ = directory_ + size_t{4} * blocks_;
    has_offsets_ = run_flags_ == 0 || blocks_ >= kMinBlocksWithOffsets;
  }

  bool contains(Ordinal ordinal) const {
    const uint32_t i = lower_bound(blocks_, block_of(ordinal), [&](uint32_t k) { return key(k); });
    if (i == blocks_ || key(i) != block_of(ordinal)) return false;
    const uint32_t low = ordinal % kBlockSize;
    const size_t begin = begin_of(i);
    if (is_run(i)) return run_contains(begin, low);
    const uint32_t members = members_of(i);
    if (members > kMaxArrayMembers) return at<uint8_t>(begin + low / 8) >> (low % 8) & 1;
    const auto member = [&](uint32_t k) { return at<uint16_t>(begin + size_t{2} * k); };
    const uint32_t found = lower_bound(members, low, member);
    return found < members && member(found) == low;
  }

 private:
  [[noreturn]] static void fail() { throw Error(ErrorCode::kInvalidBytes, "invalid profile set", "Its bytes end early."); }

  template <class T>
  T at(size_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(T)) fail();
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }

  // The first of `count` ascending values that is not less than `wanted`.
  template <class F>
  static uint32_t lower_bound(uint32_t count, uint32_t wanted, F value) {
    uint32_t first = 0;
    while (first < count) {
      const uint32_t middle = first + (count - first) / 2;
      if (value(middle) < wanted) {
        first = middle + 1;
      } else {
        count = middle;
      }
    }
    return first;
  }

  uint32_t key(uint32_t i) const { return at<uint16_t>(directory_ + size_t{4} * i); }
  uint32_t members_of(uint32_t i) const { return at<uint16_t>(directory_ + size_t{4} * i + 2) + 1u; }
  bool is_run(uint32_t i) const { return run_flags_ != 0 && (at<uint8_t>(run_flags_ + i / 8) >> (i % 8) & 1); }

  size_t begin_of(uint32_t i) const {
    if (has_offsets_) return at<uint32_t>(offsets_ + size_t{4} * i);
    size_t begin = offsets_;
    for (uint32_t k = 0; k < i; ++k) {
      if (is_run(k)) {
        begin += 2 + size_t{4} * at<uint16_t>(begin);
      } else {
        begin += members_of(k) > kMaxArrayMembers ? kBitsetBytes : size_t{2} * members_of(k);
      }
    }
    return begin;
  }

  // Runs are (first, length - 1); the last one that begins at or before `low` decides.
  bool run_contains(size_t begin, uint32_t low) const {
    const auto runs = at<uint16_t>(begin);
    const auto first = [&](uint32_t k) { return at<uint16_t>(begin + 2 + size_t{4} * k); };
    const uint32_t after = lower_bound(runs, low + 1, first);
    return after > 0 && low - first(after - 1) <= at<uint16_t>(begin + 4 + size_t{4} * (after - 1));
  }

  std::span<const uint8_t> bytes_;
  uint32_t blocks_ = 0;
  size_t run_flags_ = 0;  // 0: there are none
  size_t directory_ = 0;
  size_t offsets_ = 0;
  bool has_offsets_ = false;
};

}  // namespace

bool portable_contains(std::span<const uint8_t> bytes, Ordinal ordinal) { return PortableBytes(bytes).contains(ordinal); }

}  // namespace segments
