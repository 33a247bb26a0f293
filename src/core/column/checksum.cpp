// The hardware path runs three independent CRCs side by side, because the instruction has a latency of three cycles and
// a throughput of one, and joins them by the operator that appends kLaneBytes zero bytes (Mark Adler's crc32c.c, 2013).
#include "core/column/checksum.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace segments {
namespace {

constexpr uint32_t kPolynomial = 0x82F63B78u;

using ByteTable = std::array<uint32_t, 256>;

constexpr std::array<ByteTable, 8> slicing_tables() {
  std::array<ByteTable, 8> tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? (crc >> 1) ^ kPolynomial : crc >> 1;
    tables[0][byte] = crc;
  }
  for (uint32_t byte = 0; byte < 256; ++byte) {
    for (size_t k = 1; k < 8; ++k) {
      const uint32_t previous = tables[k - 1][byte];
      tables[k][byte] = (previous >> 8) ^ tables[0][previous & 255];
    }
  }
  return tables;
}

constexpr std::array<ByteTable, 8> kSlicing = slicing_tables();

uint32_t update_by_table(uint32_t crc, const uint8_t* data, size_t size) {
  for (; size >= 8; data += 8, size -= 8) {
    uint64_t word;
    std::memcpy(&word, data, 8);
    word ^= crc;
    crc = 0;
    for (size_t k = 0; k < 8; ++k) crc ^= kSlicing[7 - k][word >> (8 * k) & 255];
  }
  for (; size > 0; ++data, --size) crc = (crc >> 8) ^ kSlicing[0][(crc ^ *data) & 255];
  return crc;
}

#if defined(__x86_64__)

constexpr size_t kLaneBytes = 1024;

using Operator = std::array<uint32_t, 32>;  // a 32 x 32 matrix over GF(2), by columns

constexpr uint32_t apply(const Operator& matrix, uint32_t vector) {
  uint32_t result = 0;
  for (size_t i = 0; vector != 0; ++i, vector >>= 1) {
    if ((vector & 1) != 0) result ^= matrix[i];
  }
  return result;
}

// tables[k][byte]: what byte k of a CRC becomes when kLaneBytes zero bytes follow.
constexpr std::array<ByteTable, 4> lane_shift_tables() {
  Operator zeros{};
  zeros[0] = kPolynomial;  // one zero bit
  for (size_t i = 1; i < 32; ++i) zeros[i] = 1u << (i - 1);
  for (size_t bits = 1; bits < kLaneBytes * 8; bits *= 2) {
    Operator square{};
    for (size_t i = 0; i < 32; ++i) square[i] = apply(zeros, zeros[i]);
    zeros = square;
  }
  std::array<ByteTable, 4> tables{};
  for (uint32_t k = 0; k < 4; ++k) {
    for (uint32_t byte = 0; byte < 256; ++byte) tables[k][byte] = apply(zeros, byte << (8 * k));
  }
  return tables;
}

constexpr std::array<ByteTable, 4> kLaneShift = lane_shift_tables();

uint32_t shift_lane(uint32_t crc) {
  return kLaneShift[0][crc & 255] ^ kLaneShift[1][crc >> 8 & 255] ^ kLaneShift[2][crc >> 16 & 255] ^ kLaneShift[3][crc >> 24];
}

uint64_t load(const uint8_t* data) {
  uint64_t word;
  std::memcpy(&word, data, 8);
  return word;
}

__attribute__((target("sse4.2"))) uint32_t update_by_instruction(uint32_t crc, const uint8_t* data, size_t size) {
  for (; size >= 3 * kLaneBytes; data += 3 * kLaneBytes, size -= 3 * kLaneBytes) {
    uint64_t lane0 = crc;
    uint64_t lane1 = 0;
    uint64_t lane2 = 0;
    for (size_t i = 0; i < kLaneBytes; i += 8) {
      lane0 = _mm_crc32_u64(lane0, load(data + i));
      lane1 = _mm_crc32_u64(lane1, load(data + kLaneBytes + i));
      lane2 = _mm_crc32_u64(lane2, load(data + 2 * kLaneBytes + i));
    }
    crc = shift_lane(static_cast<uint32_t>(lane0)) ^ static_cast<uint32_t>(lane1);
    crc = shift_lane(crc) ^ static_cast<uint32_t>(lane2);
  }
  uint64_t wide = crc;
  for (; size >= 8; data += 8, size -= 8) wide = _mm_crc32_u64(wide, load(data));
  crc = static_cast<uint32_t>(wide);
  for (; size > 0; ++data, --size) crc = _mm_crc32_u8(crc, *data);
  return crc;
}

#endif

}  // namespace

uint32_t crc32c_by_table(std::span<const uint8_t> bytes) { return ~update_by_table(~0u, bytes.data(), bytes.size()); }

uint32_t crc32c(std::span<const uint8_t> bytes) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return ~update_by_instruction(~0u, bytes.data(), bytes.size());
#endif
  return crc32c_by_table(bytes);
}

}  // namespace segments
