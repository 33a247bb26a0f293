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

constexpr size_t kMemberBytes = 2;
constexpr size_t kRunBytes = 4;

[[noreturn]] void fail() { throw Error(ErrorCode::kInvalidBytes, "invalid profile set", "Its bytes end early."); }

template <class T>
T at(std::span<const uint8_t> bytes, size_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) fail();
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::span<const uint8_t> part(std::span<const uint8_t> bytes, size_t begin, size_t size) {
  if (begin > bytes.size() || bytes.size() - begin < size) fail();
  return bytes.subspan(begin, size);
}

// The first of `count` ascending values that is not less than `wanted`.
template <class F>
uint32_t lower_bound(uint32_t count, uint32_t wanted, F value) {
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

// Of members, the first that is not less than `wanted`.
uint32_t member_bound(std::span<const uint8_t> members, uint32_t wanted) {
  const auto count = static_cast<uint32_t>(members.size() / kMemberBytes);
  return lower_bound(count, wanted, [&](uint32_t k) { return at<uint16_t>(members, kMemberBytes * k); });
}

// Of runs, which are (first, length - 1), the first that begins there or later.
uint32_t run_bound(std::span<const uint8_t> runs, uint32_t wanted) {
  const auto count = static_cast<uint32_t>(runs.size() / kRunBytes);
  return lower_bound(count, wanted, [&](uint32_t k) { return at<uint16_t>(runs, kRunBytes * k); });
}

bool run_reaches(std::span<const uint8_t> runs, uint32_t run, uint32_t low) {
  return low - at<uint16_t>(runs, kRunBytes * run) <= at<uint16_t>(runs, kRunBytes * run + 2);
}

class PortableBytes {
 public:
  explicit PortableBytes(std::span<const uint8_t> bytes) : bytes_(bytes) {
    const auto cookie = at<uint32_t>(bytes_, 0);
    if ((cookie & 0xFFFF) == kCookieWithRuns) {
      blocks_ = (cookie >> 16) + 1;
      run_flags_ = 4;
      directory_ = 4 + (blocks_ + 7) / 8;
    } else {
      blocks_ = at<uint32_t>(bytes_, 4);
      if (blocks_ > kBlockSize) fail();
      directory_ = 8;
    }
    offsets_ = directory_ + size_t{4} * blocks_;
    has_offsets_ = run_flags_ == 0 || blocks_ >= kMinBlocksWithOffsets;
  }

  // Of all ordinals of a block.
  PortablePiece block(uint32_t number) const {
    const uint32_t i = lower_bound(blocks_, number, [&](uint32_t k) { return key(k); });
    if (i == blocks_ || key(i) != number) return {};
    const size_t begin = begin_of(i);
    if (is_run(i)) return {begin + 2, kRunBytes * at<uint16_t>(bytes_, begin), PieceForm::kRuns};
    const uint32_t members = members_of(i);
    if (members > kMaxArrayMembers) return {begin, kBitsetBytes, PieceForm::kBits};
    return {begin, kMemberBytes * members, PieceForm::kMembers};
  }

  PortablePiece piece(Ordinal first, uint32_t count) const {
    PortablePiece whole = block(block_of(first));
    const std::span<const uint8_t> bytes = part(bytes_, whole.begin, whole.size);
    if (whole.size == 0) return {};
    const uint32_t low = first % kBlockSize;
    size_t begin = low / 8;
    size_t end = begin + count / 8;
    if (whole.form == PieceForm::kMembers) {
      begin = kMemberBytes * member_bound(bytes, low);
      end = kMemberBytes * member_bound(bytes, low + count);
    } else if (whole.form == PieceForm::kRuns) {
      uint32_t run = run_bound(bytes, low);
      if (run > 0 && run_reaches(bytes, run - 1, low)) --run;
      begin = kRunBytes * run;
      end = kRunBytes * run_bound(bytes, low + count);
    }
    return {whole.begin + begin, end - begin, whole.form};
  }

 private:
  uint32_t key(uint32_t i) const { return at<uint16_t>(bytes_, directory_ + size_t{4} * i); }
  uint32_t members_of(uint32_t i) const { return at<uint16_t>(bytes_, directory_ + size_t{4} * i + 2) + 1u; }
  bool is_run(uint32_t i) const { return run_flags_ != 0 && (at<uint8_t>(bytes_, run_flags_ + i / 8) >> (i % 8) & 1); }

  size_t begin_of(uint32_t i) const {
    if (has_offsets_) return at<uint32_t>(bytes_, offsets_ + size_t{4} * i);
    size_t begin = offsets_;
    for (uint32_t k = 0; k < i; ++k) {
      if (is_run(k)) {
        begin += 2 + kRunBytes * at<uint16_t>(bytes_, begin);
      } else {
        begin += members_of(k) > kMaxArrayMembers ? kBitsetBytes : kMemberBytes * members_of(k);
      }
    }
    return begin;
  }

  std::span<const uint8_t> bytes_;
  uint32_t blocks_ = 0;
  size_t run_flags_ = 0;  // 0: there are none
  size_t directory_ = 0;
  size_t offsets_ = 0;
  bool has_offsets_ = false;
};

}  // namespace

PortablePiece portable_piece(std::span<const uint8_t> bytes, Ordinal first, uint32_t count) {
  return PortableBytes(bytes).piece(first, count);
}

bool piece_contains(PieceForm form, std::span<const uint8_t> piece, Ordinal first, Ordinal ordinal) {
  const uint32_t low = ordinal % kBlockSize;
  switch (form) {
    case PieceForm::kBits: {
      const uint32_t bit = ordinal - first;
      return at<uint8_t>(piece, bit / 8) >> (bit % 8) & 1;
    }
    case PieceForm::kMembers: {
      const uint32_t found = member_bound(piece, low);
      return found < piece.size() / kMemberBytes && at<uint16_t>(piece, kMemberBytes * found) == low;
    }
    case PieceForm::kRuns: {
      const uint32_t after = run_bound(piece, low + 1);
      return after > 0 && run_reaches(piece, after - 1, low);
    }
  }
  fail();
}

bool portable_contains(std::span<const uint8_t> bytes, Ordinal ordinal) {
  const PortablePiece block = PortableBytes(bytes).block(block_of(ordinal));
  if (block.size == 0) return false;
  return piece_contains(block.form, part(bytes, block.begin, block.size), ordinal & ~(kBlockSize - 1), ordinal);
}

}  // namespace segments
