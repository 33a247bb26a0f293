// The frame of every stored column: a header, a directory that says what follows, and the parts of the payload.
//
//   0  magic u32 | 4  version u16 | 6  kind u8 | 7  detail u8 | 8  row count u32 | 12  directory bytes u32 |
//   16 payload bytes u64 | 24  directory … crc u32 | part … | part …
//
// `directory bytes` counts from the start of the column to the end of the directory's CRC-32C, which covers the header
// too; in a row of a table it is mixed with the row's seal (seal.h).  A part is its body, zeros up to a multiple of 8
// bytes, its CRC-32C and four zeros: so parts can be read alone, and the words of parts that are read together stay
// aligned.
#pragma once
#include <cstdint>

#include "core/column/byte_reader.h"
#include "core/column/byte_writer.h"
#include "core/column/column_source.h"

namespace segments {

enum class SectionKind : uint8_t { kRows = 1, kTimes = 2, kField = 3 };

inline constexpr uint32_t kMaxFragmentRows = 1u << 18;
inline constexpr size_t kSectionHeaderBytes = 24;
inline constexpr size_t kDirectoryBytesAt = 12;

// The stored size of a part whose body has `body_bytes` bytes.
constexpr uint64_t part_bytes(uint64_t body_bytes) { return (body_bytes + 7) / 8 * 8 + 8; }

class SectionWriter {
 public:
  SectionWriter(SectionKind kind, uint8_t detail, uint32_t row_count);
  ByteWriter& body() { return writer_; }
  void end_directory();
  void end_part();
  Bytes end();

 private:
  ByteWriter writer_;
  size_t directory_bytes_ = 0;
  size_t part_start_ = 0;
};

// Reads the header and the directory at once, parts when asked for.  Throws Error{kDataCorrupted} on damage.
class SectionReader {
 public:
  // `source` must outlive this.
  SectionReader(ColumnSource& source, SectionKind kind);

  // The size of the directory, for which only the start of the column is read.
  static size_t directory_bytes(ColumnSource& source, SectionKind kind);

  uint8_t detail() const { return detail_; }
  uint32_t row_count() const { return row_count_; }
  BytesView directory() const;

  // Bytes of the payload, checksums included: check_part() every part of it.
  AlignedBytes read(uint64_t offset, uint64_t length) const;
  // The body of the part that lies `offset` bytes into `bytes`.
  BytesView check_part(const AlignedBytes& bytes, uint64_t offset, uint64_t body_bytes) const;
  // The body of one part alone.
  AlignedBytes read_part(uint64_t offset, uint64_t body_bytes) const;
  // The directory tells how many bytes the parts have together.
  void expect_payload(uint64_t bytes) const;

 private:
  ColumnSource* source_;
  AlignedBytes start_;  // at least the directory
  uint8_t detail_ = 0;
  uint32_t row_count_ = 0;
  uint32_t directory_bytes_ = 0;
  uint64_t payload_bytes_ = 0;
};

}  // namespace segments
