// The frame of every stored column: a header, a directory and a payload, the latter two ended by a CRC-32C each.
//
//   0  magic u32 | 4  version u16 | 6  kind u8 | 7  detail u8 | 8  row count u32 | 12  directory bytes u32 |
//   16 payload bytes u64 | 24  directory … crc u32 | payload … crc u32
//
// `directory bytes` counts from the start of the column to the end of the directory's CRC, which covers the header too.
#pragma once
#include <cstdint>

#include "core/fragment/byte_reader.h"
#include "core/fragment/byte_writer.h"
#include "core/fragment/column.h"

namespace segments {

enum class SectionKind : uint8_t { kRows = 1, kTimes = 2, kField = 3 };

inline constexpr size_t kSectionHeaderBytes = 24;
inline constexpr size_t kDirectoryBytesAt = 12;

struct Section {
  uint8_t detail = 0;
  uint32_t row_count = 0;
  BytesView directory;  // without header and CRC
  BytesView payload;    // without CRC; empty from open_directory
};

class SectionWriter {
 public:
  SectionWriter(SectionKind kind, uint8_t detail, uint32_t row_count);
  ByteWriter& body() { return writer_; }
  // Exactly `payload_bytes` must follow before end_payload().
  void end_directory(uint64_t payload_bytes);
  Bytes end_payload();

 private:
  ByteWriter writer_;
  size_t payload_start_ = 0;
};

// Checks frame and checksums; `seal` was mixed into that of the directory (fragment/seal.h).
Section open_section(BytesView bytes, SectionKind kind, uint32_t seal);
// The directory alone; bytes after it are ignored.
Section open_directory(BytesView bytes, SectionKind kind, uint32_t seal);
// How many bytes open_directory() needs, from the first kSectionHeaderBytes.
size_t section_directory_bytes(BytesView first_bytes, SectionKind kind);

}  // namespace segments
