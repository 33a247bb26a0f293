#include "core/column/bit_planes.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "core/column/byte_reader.h"
#include "core/column/byte_writer.h"
#include "core/column/section.h"

namespace segments {
namespace {

uint32_t word_count(uint32_t row_count) { return (row_count + 63) / 64; }

// Transposes an 8 x 8 matrix of bits, one row a byte (Warren, Hacker's Delight, 7-3).
inline uint64_t transpose_bits(uint64_t x) {
  uint64_t t = (x ^ (x >> 7)) & 0x00AA00AA00AA00AAull;
  x ^= t ^ (t << 7);
  t = (x ^ (x >> 14)) & 0x0000CCCC0000CCCCull;
  x ^= t ^ (t << 14);
  t = (x ^ (x >> 28)) & 0x00000000F0F0F0F0ull;
  return x ^ t ^ (t << 28);
}

// Transposes an 8 x 8 matrix of bytes, one row a word, by exchanging ever larger off-diagonal squares.
inline void transpose_bytes(uint64_t m[8]) {
  const auto exchange = [](uint64_t& upper, uint64_t& lower, int shift, uint64_t mask) {
    const uint64_t t = ((upper >> shift) ^ lower) & mask;
    lower ^= t;
    upper ^= t << shift;
  };
  for (int i = 0; i < 8; i += 2) exchange(m[i], m[i + 1], 8, 0x00FF00FF00FF00FFull);
  for (int i = 0; i < 8; i += 4) {
    exchange(m[i], m[i + 2], 16, 0x0000FFFF0000FFFFull);
    exchange(m[i + 1], m[i + 3], 16, 0x0000FFFF0000FFFFull);
  }
  for (int i = 0; i < 4; ++i) exchange(m[i], m[i + 4], 32, 0x00000000FFFFFFFFull);
}

template <class Code>
void append_planes_of(ByteWriter& out, std::span<const Code> codes, uint32_t plane_count) {
  const size_t stride = word_count(static_cast<uint32_t>(codes.size()));
  uint8_t* base = out.extend(stride * plane_count * 8);
  uint8_t bytes[64];
  uint64_t planes[8];
  for (uint32_t octet = 0; octet < plane_count; octet += 8) {
    const uint32_t octet_planes = std::min(8u, plane_count - octet);
    for (size_t word = 0; word < stride; ++word) {
      const auto rows = codes.subspan(word * 64, std::min<size_t>(64, codes.size() - word * 64));
      if (rows.size() < 64) std::memset(bytes, 0, sizeof bytes);
      for (size_t i = 0; i < rows.size(); ++i) bytes[i] = static_cast<uint8_t>(rows[i] >> octet);
      bytes_to_planes(bytes, planes);
      for (uint32_t p = 0; p < octet_planes; ++p) std::memcpy(base + ((octet + p) * stride + word) * 8, &planes[p], 8);
    }
  }
}

[[gnu::always_inline]] inline void to_bytes(const uint64_t planes[8], uint8_t bytes[64]) {
  uint64_t m[8];
  std::memcpy(m, planes, 64);
  transpose_bytes(m);
  for (uint64_t& eight_rows : m) eight_rows = transpose_bits(eight_rows);
  std::memcpy(bytes, m, 64);
}

// The codes of the rows of one word; rows past the end come out as 0.
template <class Code>
[[gnu::always_inline]] inline void decode_word(const uint64_t* words, size_t stride, uint32_t plane_count, Code codes[64]) {
  std::fill(codes, codes + 64, Code{0});
  uint64_t planes[8];
  uint8_t bytes[64];
  for (uint32_t octet = 0; octet < plane_count; octet += 8) {
    for (uint32_t p = 0; p < 8; ++p) planes[p] = octet + p < plane_count ? words[(octet + p) * stride] : 0;
    to_bytes(planes, bytes);
    for (int i = 0; i < 64; ++i) codes[i] = static_cast<Code>(codes[i] | Code{bytes[i]} << octet);
  }
}

template <class Code>
void decode_planes(const uint64_t* words, size_t stride, uint32_t plane_count, std::span<Code> codes) {
  size_t row = 0;
  for (; row + 64 <= codes.size(); row += 64) decode_word(words + row / 64, stride, plane_count, codes.data() + row);
  if (row < codes.size()) {
    Code last[64];
    decode_word(words + row / 64, stride, plane_count, last);
    std::copy(last, last + (codes.size() - row), codes.data() + row);
  }
}

// 512 rows: one AVX-512 register, or as many smaller ones as the processor needs.
typedef uint64_t Group __attribute__((vector_size(64), aligned(8), may_alias));
constexpr uint32_t kGroupWords = sizeof(Group) / sizeof(uint64_t);
constexpr uint32_t kPlanesBetweenChecks = 4;

// A range as the kernel wants it.  Below `first_end` all bits of `first` are 0: a row that equals it so far is not
// below it, whatever follows; likewise for the 1 bits that end `last`.  An end of kMaxPlanes or more leaves that side
// unchecked.
struct RangeTest {
  uint64_t first;
  uint64_t last;
  uint32_t first_end;
  uint32_t last_end;
};

struct PlaneSpan {
  const uint64_t* words;
  size_t stride;
  uint32_t plane_count;
};

[[gnu::always_inline]] inline bool is_zero(const Group& group) {
  const auto half = __builtin_shufflevector(group, group, 0, 1, 2, 3) | __builtin_shufflevector(group, group, 4, 5, 6, 7);
  const auto quarter = __builtin_shufflevector(half, half, 0, 1) | __builtin_shufflevector(half, half, 2, 3);
  return (quarter[0] | quarter[1]) == 0;
}

[[gnu::always_inline]] inline void add_matches(const PlaneSpan& planes, size_t word, const RangeTest& test, Group& result) {
  const Group ones = ~(Group{} ^ Group{});
  Group at_first = ones;  // equal to `first` so far
  Group above = Group{};
  Group at_last = ones;
  Group below = Group{};
  const uint32_t end = std::min(test.first_end, test.last_end);
  uint32_t until_check = kPlanesBetweenChecks;
  for (uint32_t p = planes.plane_count; p-- > end;) {
    const Group bits = *reinterpret_cast<const Group*>(planes.words + p * planes.stride + word);
    if (p >= test.first_end) {
      if ((test.first >> p & 1) != 0) {
        at_first &= bits;
      } else {
        above |= at_first & bits;
        at_first &= ~bits;
      }
    }
    if (p >= test.last_end) {
      if ((test.last >> p & 1) != 0) {
        below |= at_last & ~bits;
        at_last &= bits;
      } else {
        at_last &= ~bits;
      }
    }
    if (--until_check == 0) {
      until_check = kPlanesBetweenChecks;
      const bool first_open = p > test.first_end && !is_zero(at_first);
      const bool last_open = p > test.last_end && !is_zero(at_last);
      if (!first_open && !last_open) break;
    }
  }
  result |= (above | at_first) & (below | at_last);
}

[[gnu::always_inline]] inline void match_ranges(const PlaneSpan& planes, std::span<const RangeTest> tests, size_t word,
                                                size_t end_word, uint64_t* result) {
  for (; word < end_word; word += kGroupWords) {
    Group matches = Group{};
    for (const RangeTest& test : tests) add_matches(planes, word, test, matches);
    if (word + kGroupWords <= end_word) {
      *reinterpret_cast<Group*>(result + word) = matches;
    } else {
      std::memcpy(result + word, &matches, (end_word - word) * sizeof(uint64_t));
    }
  }
}

using MatchRanges = void (*)(const PlaneSpan&, std::span<const RangeTest>, size_t, size_t, uint64_t*);

void match_ranges_default(const PlaneSpan& planes, std::span<const RangeTest> tests, size_t word, size_t end_word,
                          uint64_t* result) {
  match_ranges(planes, tests, word, end_word, result);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) void match_ranges_avx2(const PlaneSpan& planes, std::span<const RangeTest> tests, size_t word,
                                                       size_t end_word, uint64_t* result) {
  match_ranges(planes, tests, word, end_word, result);
}
__attribute__((target("avx512f"))) void match_ranges_avx512(const PlaneSpan& planes, std::span<const RangeTest> tests,
                                                            size_t word, size_t end_word, uint64_t* result) {
  match_ranges(planes, tests, word, end_word, result);
}
#endif

MatchRanges match_ranges_kernel() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return match_ranges_avx512;
  if (__builtin_cpu_supports("avx2")) return match_ranges_avx2;
#endif
  return match_ranges_default;
}

constexpr uint32_t kMostSplitPlanes = 5;
constexpr size_t kMostCountedByTurns = 2048;

// The rows of each code: those of the planes above, split by one plane after the other.
template <uint32_t Planes>
[[gnu::always_inline]] inline void count_by_splitting(const PlaneSpan& planes, const uint64_t* rows, uint64_t* counts) {
  for (size_t word = 0; word < planes.stride; ++word) {
    if (rows[word] == 0) continue;
    uint64_t sets[size_t{1} << Planes] = {rows[word]};
    for (uint32_t p = 0; p < Planes; ++p) {
      const uint64_t bits = planes.words[(Planes - 1 - p) * planes.stride + word];
      for (size_t i = size_t{1} << p; i-- > 0;) {
        const uint64_t set = sets[i];
        sets[2 * i + 1] = set & bits;
        sets[2 * i] = set & ~bits;
      }
    }
    for (size_t code = 0; code < size_t{1} << Planes; ++code)
      counts[code] += static_cast<uint64_t>(__builtin_popcountll(sets[code]));
  }
}

// Several tables take turns, so that equal codes one after the other do not wait for each other.
[[gnu::always_inline]] inline void count_by_decoding(const PlaneSpan& planes, const uint64_t* rows, std::span<uint64_t> counts) {
  const size_t turns = counts.size() <= kMostCountedByTurns ? 4 : 1;
  std::vector<uint32_t> counted(turns * counts.size());
  uint32_t* const tables = counted.data();
  const size_t next = turns == 1 ? 0 : counts.size();
  uint32_t codes[64];
  for (size_t word = 0; word < planes.stride; ++word) {
    if (rows[word] == 0) continue;
    decode_word(planes.words + word, planes.stride, planes.plane_count, codes);
    if (rows[word] == ~uint64_t{0}) {
      for (uint32_t i = 0; i < 64; i += 4) {
        for (uint32_t turn = 0; turn < 4; ++turn) ++tables[turn * next + codes[i + turn]];
      }
      continue;
    }
    for (uint64_t bits = rows[word]; bits != 0; bits &= bits - 1) ++tables[codes[std::countr_zero(bits)]];
  }
  for (size_t i = 0; i < counted.size(); ++i) counts[i % counts.size()] += counted[i];
}

[[gnu::always_inline]] inline void count_codes(const PlaneSpan& planes, const uint64_t* rows, std::span<uint64_t> counts) {
  switch (planes.plane_count) {
    case 0:
      return count_by_splitting<0>(planes, rows, counts.data());
    case 1:
      return count_by_splitting<1>(planes, rows, counts.data());
    case 2:
      return count_by_splitting<2>(planes, rows, counts.data());
    case 3:
      return count_by_splitting<3>(planes, rows, counts.data());
    case 4:
      return count_by_splitting<4>(planes, rows, counts.data());
    case kMostSplitPlanes:
      return count_by_splitting<kMostSplitPlanes>(planes, rows, counts.data());
    default:
      return count_by_decoding(planes, rows, counts);
  }
}

using CountCodes = void (*)(const PlaneSpan&, const uint64_t*, std::span<uint64_t>);

void count_codes_default(const PlaneSpan& planes, const uint64_t* rows, std::span<uint64_t> counts) {
  count_codes(planes, rows, counts);
}

#if defined(__x86_64__)
__attribute__((target("avx2,popcnt"))) void count_codes_avx2(const PlaneSpan& planes, const uint64_t* rows,
                                                             std::span<uint64_t> counts) {
  count_codes(planes, rows, counts);
}
#endif

CountCodes count_codes_kernel() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt")) return count_codes_avx2;
#endif
  return count_codes_default;
}

RangeTest make_test(const CodeRange& range) {
  RangeTest test{range.first, range.last, BitPlanes::kMaxPlanes, BitPlanes::kMaxPlanes};
  if (range.first != 0) test.first_end = static_cast<uint32_t>(std::countr_zero(range.first));
  if (range.last != UINT64_MAX) test.last_end = static_cast<uint32_t>(std::countr_one(range.last));
  return test;
}

}  // namespace

void trim_ends(uint32_t first_row, uint32_t end_row, uint64_t* result) {
  result[first_row / 64] &= ~uint64_t{0} << (first_row % 64);
  if (end_row % 64 != 0) result[end_row / 64] &= ~(~uint64_t{0} << (end_row % 64));
}

void bytes_to_planes(const uint8_t bytes[64], uint64_t planes[8]) {
  std::memcpy(planes, bytes, 64);
  for (int i = 0; i < 8; ++i) planes[i] = transpose_bits(planes[i]);
  transpose_bytes(planes);
}

void planes_to_bytes(const uint64_t planes[8], uint8_t bytes[64]) { to_bytes(planes, bytes); }

void append_planes(ByteWriter& out, std::span<const uint32_t> codes, uint32_t plane_count) {
  append_planes_of(out, codes, plane_count);
}

void append_planes(ByteWriter& out, std::span<const uint64_t> codes, uint32_t plane_count) {
  append_planes_of(out, codes, plane_count);
}

uint64_t BitPlanes::encoded_bytes(uint32_t row_count, uint32_t plane_count) {
  return uint64_t{word_count(row_count)} * plane_count * 8;
}

// Reading a whole group of words at the end of the last plane stays inside the padding.
static_assert(AlignedBytes::kPadding >= sizeof(Group));

BitPlanes::BitPlanes(AlignedBytes bytes, uint32_t row_count, uint32_t plane_count)
    : row_count_(row_count), plane_count_(plane_count), stride_(word_count(row_count)), words_(std::move(bytes)) {
  if (plane_count > kMaxPlanes || words_.size() != encoded_bytes(row_count, plane_count)) {
    throw_corrupted("The planes of a column do not have the size they should have.");
  }
  if (row_count % 64 != 0) {
    const uint64_t past_end = ~uint64_t{0} << (row_count % 64);
    for (uint32_t p = 0; p < plane_count; ++p) {
      if ((words_.words()[(p + 1) * stride_ - 1] & past_end) != 0) {
        throw_corrupted("A column has bits past its last row.");
      }
    }
  }
}

BitPlanes read_planes(const SectionReader& section, uint64_t offset, uint32_t row_count, uint32_t plane_count) {
  return BitPlanes(section.read_part(offset, BitPlanes::encoded_bytes(row_count, plane_count)), row_count, plane_count);
}

void BitPlanes::select_ranges(std::span<const CodeRange> ranges, bool complement, uint32_t first_row, uint32_t end_row,
                              uint64_t* result) const {
  end_row = std::min(end_row, row_count_);
  if (first_row >= end_row) return;
  std::vector<RangeTest> tests;
  tests.reserve(ranges.size());
  const uint64_t largest = plane_count_ == 64 ? UINT64_MAX : (uint64_t{1} << plane_count_) - 1;
  for (const CodeRange& range : ranges) {
    if (range.first > range.last || range.first > largest) continue;
    tests.push_back(make_test({range.first, range.last >= largest ? UINT64_MAX : range.last}));
  }
  static const MatchRanges kernel = match_ranges_kernel();
  const size_t first_word = first_row / 64;
  const size_t end_word = word_count(end_row);
  kernel(PlaneSpan{words_.words(), stride_, plane_count_}, tests, first_word, end_word, result);
  if (complement) {
    for (size_t word = first_word; word < end_word; ++word) result[word] = ~result[word];
  }
  trim_ends(first_row, end_row, result);
}

void BitPlanes::select_members(std::span<const uint64_t> members, uint32_t first_row, uint32_t end_row, uint64_t* result) const {
  end_row = std::min(end_row, row_count_);
  if (first_row >= end_row) return;
  std::vector<uint64_t> table(std::max<size_t>(1, (size_t{1} << plane_count_) / 64));
  std::copy_n(members.begin(), std::min(members.size(), table.size()), table.begin());
  uint32_t codes[64];
  const size_t end_word = word_count(end_row);
  for (size_t word = first_row / 64; word < end_word; ++word) {
    decode_word(words_.words() + word, stride_, plane_count_, codes);
    uint64_t matches = 0;
    for (uint32_t i = 0; i < 64; ++i) matches |= (table[codes[i] >> 6] >> (codes[i] & 63) & 1) << i;
    result[word] = matches;
  }
  trim_ends(first_row, end_row, result);
}

void BitPlanes::count(const uint64_t* rows, std::span<uint64_t> counts) const {
  static const CountCodes kernel = count_codes_kernel();
  kernel(PlaneSpan{words_.words(), stride_, plane_count_}, rows, counts);
}

void BitPlanes::decode(std::span<uint32_t> codes) const {
  decode_planes(words_.words(), stride_, plane_count_, codes.first(row_count_));
}

void BitPlanes::decode(std::span<uint64_t> codes) const {
  decode_planes(words_.words(), stride_, plane_count_, codes.first(row_count_));
}

}  // namespace segments
