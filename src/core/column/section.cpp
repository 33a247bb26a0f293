#include "core/column/section.h"

#include <algorithm>

#include "core/column/checksum.h"
#include "core/column/rebuild_hint.h"

namespace segments {
namespace {

constexpr uint32_t kMagic = 0x434D4753u;  // "SGMC"
constexpr uint16_t kFormatVersion = 2;
constexpr size_t kPayloadBytesAt = 16;
constexpr size_t kChecksumBytes = sizeof(uint32_t);
constexpr uint64_t kMaxColumnBytes = (uint64_t{1} << 30) - 64;  // what a bytea can hold
// What is read of a column at first: the directories of most.
constexpr size_t kFirstBytes = 1900;

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
  if (header.directory_bytes < kSectionHeaderBytes + kChecksumBytes) {
    throw_corrupted("A column's lengths are impossible.");
  }
  return header;
}

void check_sum(BytesView bytes, BytesView stored, uint32_t seal) {
  if ((crc32c(bytes) ^ seal) != ByteReader(stored).get<uint32_t>()) throw_corrupted("A column's checksum does not match.");
}

AlignedBytes read_start(ColumnSource& source) { return source.read(0, std::min(source.size(), kFirstBytes)); }

}  // namespace

void throw_corrupted(const char* detail) {
  throw Error(ErrorCode::kDataCorrupted, "stored data of segments is damaged", detail, kRebuildHint);
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

void SectionWriter::end_directory() {
  writer_.put(uint32_t{0});
  part_start_ = directory_bytes_ = writer_.size();
}

void SectionWriter::end_part() {
  const uint32_t crc = crc32c(writer_.view(part_start_));
  writer_.extend(part_bytes(writer_.size() - part_start_) - 8 - (writer_.size() - part_start_));
  writer_.put(crc);
  writer_.put(uint32_t{0});
  part_start_ = writer_.size();
}

Bytes SectionWriter::end() {
  if (writer_.size() > kMaxColumnBytes) {
    throw Error(ErrorCode::kLimitExceeded, "values of a field are too large for one fragment",
                "The column of a field would take more than 1 GB.",
                "Shorten such values, or keep them in a table that is not registered.");
  }
  writer_.patch(kDirectoryBytesAt, static_cast<uint32_t>(directory_bytes_));
  writer_.patch(kPayloadBytesAt, static_cast<uint64_t>(writer_.size() - directory_bytes_));
  writer_.patch(directory_bytes_ - kChecksumBytes, crc32c(writer_.view().first(directory_bytes_ - kChecksumBytes)));
  return writer_.take();
}

SectionReader::SectionReader(ColumnSource& source, SectionKind kind) : source_(&source), start_(read_start(source)) {
  const Header header = read_header(start_.view(), kind);
  detail_ = header.detail;
  row_count_ = header.row_count;
  directory_bytes_ = header.directory_bytes;
  payload_bytes_ = header.payload_bytes;
  if (directory_bytes_ > source.size() || payload_bytes_ != source.size() - directory_bytes_) {
    throw_corrupted("A column's lengths do not match its size.");
  }
  if (directory_bytes_ > start_.size()) start_ = source.read(0, directory_bytes_);
  if (source.is_verified()) return;
  const BytesView start = start_.view().first(directory_bytes_);
  check_sum(start.first(directory_bytes_ - kChecksumBytes), start.last(kChecksumBytes), source.seal());
}

BytesView SectionReader::directory() const {
  return start_.view().subspan(kSectionHeaderBytes, directory_bytes_ - kSectionHeaderBytes - kChecksumBytes);
}

size_t SectionReader::directory_bytes(ColumnSource& source, SectionKind kind) {
  return read_header(source.read(0, std::min(source.size(), kSectionHeaderBytes)).view(), kind).directory_bytes;
}

AlignedBytes SectionReader::read(uint64_t offset, uint64_t length) const {
  if (offset > payload_bytes_ || length > payload_bytes_ - offset) throw_corrupted("A column ends too early.");
  const uint64_t first = directory_bytes_ + offset;
  if (first + length <= start_.size()) return AlignedBytes(start_.view().subspan(first, length));
  return source_->read(first, length);
}

BytesView SectionReader::check_part(const AlignedBytes& bytes, uint64_t offset, uint64_t body_bytes) const {
  const BytesView part = bytes.view().subspan(offset, part_bytes(body_bytes));
  const BytesView body = part.first(body_bytes);
  if (source_->is_verified()) return body;
  const BytesView crc = part.subspan(part.size() - 8, kChecksumBytes);
  check_sum(body, crc, 0);
  const auto is_zero = [](uint8_t byte) { return byte == 0; };
  const BytesView gap = part.subspan(body_bytes, part.size() - 8 - body_bytes);
  if (!std::all_of(gap.begin(), gap.end(), is_zero) || !std::all_of(part.end() - 4, part.end(), is_zero)) {
    throw_corrupted("A part of a column is not padded with zeros.");
  }
  return body;
}

AlignedBytes SectionReader::read_part(uint64_t offset, uint64_t body_bytes) const {
  AlignedBytes bytes = read(offset, part_bytes(body_bytes));
  check_part(bytes, 0, body_bytes);
  bytes.shrink(body_bytes);
  return bytes;
}

void SectionReader::expect_payload(uint64_t bytes) const {
  if (bytes != payload_bytes_) throw_corrupted("A column has more or fewer bytes than its directory says.");
}

}  // namespace segments
