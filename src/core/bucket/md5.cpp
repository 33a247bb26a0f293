#include "core/bucket/md5.h"

#include <algorithm>
#include <utility>

namespace segments {
namespace {

constexpr size_t kBlockBytes = 64;
constexpr size_t kLengthBytes = 8;  // of the message, in bits, at the end of its last block
constexpr uint8_t kEnd = 0x80;      // behind the message

template <class Word>
using State = std::array<Word, 4>;

constexpr State<uint32_t> kInitial = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

// floor(2^32 * |sin(step + 1)|)
constexpr std::array<uint32_t, 64> kSines = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af,
    0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa,
    0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8,
    0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97,
    0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1,
    0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

constexpr uint32_t kTurns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

constexpr int word_of(int step) {
  constexpr int factors[] = {1, 5, 3, 7};
  constexpr int starts[] = {0, 1, 5, 0};
  return (factors[step / 16] * step + starts[step / 16]) % 16;
}

template <int kStep, class Word>
[[gnu::always_inline]] inline void mix(Word& a, const Word& b, const Word& c, const Word& d, const std::array<Word, 16>& block) {
  Word mixed;
  if constexpr (kStep < 16) {
    mixed = d ^ (b & (c ^ d));
  } else if constexpr (kStep < 32) {
    mixed = c ^ (d & (b ^ c));
  } else if constexpr (kStep < 48) {
    mixed = b ^ c ^ d;
  } else {
    mixed = c ^ (b | ~d);
  }
  constexpr uint32_t turn = kTurns[kStep / 16][kStep % 4];
  const Word sum = a + mixed + block[word_of(kStep)] + kSines[kStep];
  a = b + ((sum << turn) | (sum >> (32 - turn)));
}

// Words are numbers, or vectors of them: one message each.
template <class Word, int... kFours>
[[gnu::always_inline]] inline void add_block(State<Word>& state, const std::array<Word, 16>& block,
                                             std::integer_sequence<int, kFours...>) {
  auto [a, b, c, d] = state;
  ((mix<4 * kFours>(a, b, c, d, block), mix<4 * kFours + 1>(d, a, b, c, block), mix<4 * kFours + 2>(c, d, a, b, block),
    mix<4 * kFours + 3>(b, c, d, a, block)),
   ...);
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

using Fours = std::make_integer_sequence<int, 16>;

constexpr uint32_t little_endian(const uint8_t* bytes) {
  return bytes[0] | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 | uint32_t{bytes[3]} << 24;
}

constexpr uint64_t turned(uint32_t word) { return word >> 24 | (word >> 8 & 0xff00) | (word << 8 & 0xff0000) | word << 24; }

constexpr uint64_t beginning_of(uint32_t first, uint32_t second) { return turned(first) << 32 | turned(second); }

std::array<uint32_t, 16> words_of(const uint8_t* bytes) {
  std::array<uint32_t, 16> words;
  for (size_t i = 0; i < words.size(); ++i) words[i] = little_endian(bytes + 4 * i);
  return words;
}

// REQUIRES: a message, zeros behind it, and room for the length at the end.
void close(uint8_t* end_of_message, uint8_t* end_of_block, uint64_t message_bytes) {
  *end_of_message = kEnd;
  for (size_t i = 0; i < kLengthBytes; ++i) *(end_of_block - kLengthBytes + i) = static_cast<uint8_t>(message_bytes * 8 >> 8 * i);
}

}  // namespace

uint64_t md5_beginning(std::string_view message) {
  State<uint32_t> state = kInitial;
  const auto* bytes = reinterpret_cast<const uint8_t*>(message.data());
  size_t left = message.size();
  for (; left >= kBlockBytes; left -= kBlockBytes, bytes += kBlockBytes) add_block(state, words_of(bytes), Fours());
  std::array<uint8_t, 2 * kBlockBytes> last = {};
  std::copy_n(bytes, left, last.data());
  const size_t size = left + 1 + kLengthBytes <= kBlockBytes ? kBlockBytes : 2 * kBlockBytes;
  close(last.data() + left, last.data() + size, message.size());
  for (size_t at = 0; at < size; at += kBlockBytes) add_block(state, words_of(last.data() + at), Fours());
  return beginning_of(state[0], state[1]);
}

void ShortMd5::put(size_t lane, std::string_view beginning, std::string_view rest) {
  std::array<uint8_t, kBlockBytes> bytes = {};
  uint8_t* const end = std::copy(rest.begin(), rest.end(), std::copy(beginning.begin(), beginning.end(), bytes.data()));
  close(end, bytes.data() + kBlockBytes, beginning.size() + rest.size());
  const std::array<uint32_t, 16> words = words_of(bytes.data());
  for (size_t i = 0; i < words.size(); ++i) block_[i][lane] = words[i];
}

std::array<uint64_t, ShortMd5::kLanes> ShortMd5::beginnings() const {
  State<Lanes> state;
  for (size_t i = 0; i < state.size(); ++i) state[i] = Lanes{} + kInitial[i];
  add_block(state, block_, Fours());
  std::array<uint64_t, kLanes> beginnings;
  for (size_t lane = 0; lane < kLanes; ++lane) beginnings[lane] = beginning_of(state[0][lane], state[1][lane]);
  return beginnings;
}

}  // namespace segments
