// Codes of many rows, bit-sliced: plane p holds bit p of every row's code, 64 rows to a word.
//
// Comparing with a constant reads the planes from the most significant one down, for 512 rows at a time, and stops as
// soon as no row is undecided (O'Neil & Quass, "Improved query performance with variant indexes", 1997; early stopping
// as in Li & Patel, "BitWeaving", 2013).
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/column/column_source.h"

namespace segments {

class ByteWriter;
class SectionReader;

// Codes first … last, both included.
struct CodeRange {
  uint64_t first;
  uint64_t last;
  bool operator==(const CodeRange&) const = default;
};

class BitPlanes {
 public:
  static constexpr uint32_t kMaxPlanes = 64;

  BitPlanes() = default;
  // Throws Error{kDataCorrupted} unless `bytes` is exactly what append_planes() wrote for this shape.
  BitPlanes(AlignedBytes bytes, uint32_t row_count, uint32_t plane_count);

  static uint64_t encoded_bytes(uint32_t row_count, uint32_t plane_count);

  uint32_t row_count() const { return row_count_; }
  uint32_t plane_count() const { return plane_count_; }

  // Sets the bits of rows [first_row, end_row) whose code lies in one of `ranges` (in none of them, if `complement`).
  // `result` holds (row_count + 63) / 64 words, zero so far.
  void select_ranges(std::span<const CodeRange> ranges, bool complement, uint32_t first_row, uint32_t end_row,
                     uint64_t* result) const;
  // The same for codes whose bit is set in `members`; codes past its end are not.  REQUIRES: plane_count() <= 24.
  void select_members(std::span<const uint64_t> members, uint32_t first_row, uint32_t end_row, uint64_t* result) const;

  // Adds to counts[code] how many of the rows that are set in `rows`, (row_count + 63) / 64 words, have the code.
  // REQUIRES: plane_count() <= 24, counts.size() == 2^plane_count().
  void count(const uint64_t* rows, std::span<uint64_t> counts) const;

  // One code per row.
  void decode(std::span<uint32_t> codes) const;  // REQUIRES: plane_count() <= 32
  void decode(std::span<uint64_t> codes) const;

 private:
  uint32_t row_count_ = 0;
  uint32_t plane_count_ = 0;
  size_t stride_ = 0;  // words per plane
  AlignedBytes words_;
};

// The planes that a part of a column holds.
BitPlanes read_planes(const SectionReader& section, uint64_t offset, uint32_t row_count, uint32_t plane_count);

// Clears the bits of the first and last word that lie outside [first_row, end_row).
void trim_ends(uint32_t first_row, uint32_t end_row, uint64_t* result);

// Appends the planes of `codes`, all below 2^plane_count.
void append_planes(ByteWriter& out, std::span<const uint32_t> codes, uint32_t plane_count);
void append_planes(ByteWriter& out, std::span<const uint64_t> codes, uint32_t plane_count);

// Transposes 64 rows of 8 bits each: bit b of bytes[row] is bit `row` of planes[b].
void bytes_to_planes(const uint8_t bytes[64], uint64_t planes[8]);
void planes_to_bytes(const uint64_t planes[8], uint8_t bytes[64]);

}  // namespace segments
