#include "core/fragment/section.h"

#include "core/fragment/checksum.h"

namespace segments {
namespace {

constexpr uint32_t kMagic = 0x434D4753u;  // "SGMC"
constexpr uint16_t kFormatVersion = 1;
constexpr size_t kPayloadBytesAt = 16;
constexpr size_t kChecksumBytes = sizeof(uint32_t);
constexpr uint64_t kMaxColumnBytes = (uint64_t{1} << 30) - 64;  // what a bytea can hold

struct Header {
  uint8_t detail;
  uint32_t row_count;
  uint32_t directory_bytes;
  uint64_t payload_bytes;
};

Header read_header(BytesView bytes, SectionKind kind) {
  ByteReader reader(bytes);
  if (reader.get<uint32_t>() != kMagic) throw_corrupted("A column does not begin with its magic number.");
  if (reader.get<uint16_t>() != kFormatVersion) throw_corrupted("A column has an unknown format version.");
  if (reader.get<uint8_t>() != static_cast<uint8_t>(kind)) throw_corrupted("A column is of another kind.");
  Header header;
  header.detail = reader.get<uint8_t>();
  header.row_count = reader.get<uint32_t>();
  header.directory_bytes = reader.get<uint32_t>();
  header.payload_bytes = reader.get<uint64_t>();
  if (header.row_count > kMaxFragmentRows) throw_corrupted("A column has too many rows.");
  if (header.directory_bytes < kSectionHeaderBytes + kChecksumBytes || header.payload_bytes < kChecksumBytes) {
    throw_corrupted("A column's lengths are impossible.");
  }
  return header;
}

// The bytes before the CRC that ends `bytes`.
BytesView check_sum(BytesView bytes, uint32_t seal) {
  const BytesView body = bytes.first(bytes.size() - kChecksumBytes);
  if ((crc32c(body) ^ seal) != ByteReader(bytes.last(kChecksumBytes)).get<uint32_t>()) {
    throw_corrupted("A column's checksum does not match.");
  }
  return body;
}

}  // namespace

void throw_corrupted(const char* detail) {
  throw Error(ErrorCode::kDataCorrupted, "stored data of segments is damaged", detail,
              "Rebuild the derived data from the source table.");
}

SectionWriter::SectionWriter(SectionKind kind, uint8_t detail, uint32_t row_count) {
  if (row_count > kMaxFragmentRows) throw Error(ErrorCode::kInternal, "too many rows for one fragment");
  writer_.put(kMagic);
  writer_.put(kFormatVersion);
  writer_.put(static_cast<uint8_t>(kind));
  writer_.put(detail);
  writer_.put(row_count);
  writer_.put(uint32_t{0});
  writer_.put(uint64_t{0});
}

void SectionWriter::end_directory(uint64_t payload_bytes) {
  const uint64_t directory_bytes = writer_.size() + kChecksumBytes;
  if (directory_bytes + payload_bytes + kChecksumBytes > kMaxColumnBytes) {
    throw Error(ErrorCode::kLimitExceeded, "values of a field are too large for one fragment",
                "The column of a field would take more than 1 GB.", "Exclude the field from the interaction type.");
  }
  writer_.patch(kDirectoryBytesAt, static_cast<uint32_t>(directory_bytes));
  writer_.patch(kPayloadBytesAt, payload_bytes + kChecksumBytes);
  writer_.put(crc32c(writer_.view()));
  payload_start_ = writer_.size();
}

Bytes SectionWriter::end_payload() {
  writer_.put(crc32c(writer_.view(payload_start_)));
  return writer_.take();
}

Section open_directory(BytesView bytes, SectionKind kind, uint32_t seal) {
  const Header header = read_header(bytes, kind);
  if (header.directory_bytes > bytes.size()) throw_corrupted("A column's directory ends too early.");
  Section section;
  section.detail = header.detail;
  section.row_count = header.row_count;
  section.directory = check_sum(bytes.first(header.directory_bytes), seal).subspan(kSectionHeaderBytes);
  return section;
}

Section open_section(BytesView bytes, SectionKind kind, uint32_t seal) {
  const Header header = read_header(bytes, kind);
  if (header.directory_bytes > bytes.size() || header.payload_bytes != bytes.size() - header.directory_bytes) {
    throw_corrupted("A column's lengths do not match its size.");
  }
  Section section = open_directory(bytes, kind, seal);
  section.payload = check_sum(bytes.subspan(header.directory_bytes), 0);
  return section;
}

size_t section_directory_bytes(BytesView first_bytes, SectionKind kind) {
  return read_header(first_bytes, kind).directory_bytes;
}

}  // namespace segments
