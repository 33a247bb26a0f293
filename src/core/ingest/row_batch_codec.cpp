// A batch as bytes: head, schema, times, records, fields, CRC-32C.  Every row takes at least a byte for its record and
// for each field, so that reading never allocates more than a small multiple of what it was given.
#include <algorithm>
#include <cstring>

#include "core/column/checksum.h"
#include "core/ingest/row_batch_state.h"

namespace segments {
namespace {

constexpr uint32_t kMagic = 0x424D4753u;  // "SGMB"
constexpr uint16_t kFormatVersion = 2;
constexpr size_t kChecksumBytes = sizeof(uint32_t);

void write_numbers(ByteWriter& out, std::span<const uint32_t> numbers, uint32_t largest) {
  const uint32_t width = std::max(1u, narrow_width(largest));
  out.put(static_cast<uint8_t>(width));
  uint8_t* data = out.extend(numbers.size() * width);
  const auto narrow = [&]<class T>(T) {
    for (size_t i = 0; i < numbers.size(); ++i) {
      const T number = static_cast<T>(numbers[i]);
      std::memcpy(data + i * sizeof(T), &number, sizeof(T));
    }
  };
  if (width == 1) narrow(uint8_t{});
  if (width == 2) narrow(uint16_t{});
  if (width == 4) narrow(uint32_t{});
}

// Throws unless all numbers are below `end`.
std::vector<uint32_t> read_numbers(ByteReader& in, uint32_t count, uint64_t end) {
  const uint32_t width = in.get<uint8_t>();
  check_width(width, 4);
  if (width == 0) throw_corrupted("A number has an impossible width.");
  const auto bytes = in.take_array(count, width);
  std::vector<uint32_t> numbers(count);
  uint64_t largest = 0;
  for_each_narrow(bytes, width, count, [&](size_t i, uint64_t number) {
    numbers[i] = static_cast<uint32_t>(number);
    largest = std::max(largest, number);
  });
  if (count != 0 && largest >= end) throw_corrupted("A row of a batch refers to a value that there is not.");
  return numbers;
}

void write_times(ByteWriter& out, std::span<const Timestamp> times) {
  Timestamp base = 0;
  uint64_t largest = 0;
  if (!times.empty()) {
    const auto [first, last] = std::minmax_element(times.begin(), times.end());
    base = *first;
    largest = static_cast<uint64_t>(*last) - static_cast<uint64_t>(base);
  }
  const uint32_t width = narrow_width(largest);
  out.put(base);
  out.put(static_cast<uint8_t>(width));
  uint8_t* data = out.extend(times.size() * width);
  for (size_t i = 0; i < times.size(); ++i) {
    const uint64_t offset = static_cast<uint64_t>(times[i]) - static_cast<uint64_t>(base);
    std::memcpy(data + i * width, &offset, width);
  }
}

std::span<const uint8_t> read_times(ByteReader& in, uint32_t count, Timestamp& base, uint32_t& width) {
  base = in.get<int64_t>();
  width = in.get<uint8_t>();
  check_width(width, 8);
  return in.take_array(count, width);
}

// Few fields have any.
void write_misfits(ByteWriter& out, const std::vector<BatchField>& fields) {
  const auto count = std::ranges::count_if(fields, [](const BatchField& field) { return field.misfits != 0; });
  out.put(static_cast<uint16_t>(count));
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].misfits == 0) continue;
    out.put(static_cast<uint16_t>(i));
    out.put(fields[i].misfits);
  }
}

void read_misfits(ByteReader& in, std::vector<BatchField>& fields) {
  uint32_t first = 0;
  for (auto left = in.get<uint16_t>(); left > 0; --left) {
    const auto index = in.get<uint16_t>();
    if (index < first || index >= fields.size()) throw_corrupted("A batch counts misfits of a field that there is not.");
    first = index + 1u;
    fields[index].misfits = in.get<uint64_t>();
    if (fields[index].misfits == 0) throw_corrupted("A batch counts no misfits.");
  }
}

}  // namespace

Bytes RowBatch::encode() const {
  implementation_->resolve_pending();
  const Implementation& batch = *implementation_;
  ByteWriter out;
  out.put(kMagic);
  out.put(kFormatVersion);
  out.put(static_cast<uint16_t>(batch.fields.size()));
  out.put(batch.row_count);
  out.put(batch.unplaced_rows);
  for (const BatchField& field : batch.fields) {
    out.put(field.schema.field);
    out.put(static_cast<uint8_t>(field.schema.kind));
  }
  write_misfits(out, batch.fields);
  write_times(out, std::span(batch.times).first(batch.row_count));
  batch.records.implementation().write(out);
  write_numbers(out, std::span(batch.record_numbers).first(batch.row_count), std::max(1u, batch.records.size()) - 1);
  for (const BatchField& field : batch.fields) {
    if (field.schema.kind == ValueKind::kBytes) {
      field.strings.write(out);
    } else {
      field.integers.write(out);
    }
    write_numbers(out, std::span(field.codes).first(batch.row_count), field.value_count());
  }
  out.put(crc32c(out.view()));
  return out.take();
}

RowBatch RowBatch::decode(BytesView bytes, HashSeed seed) {
  if (bytes.size() < kChecksumBytes) throw_corrupted("A batch ends too early.");
  const BytesView body = bytes.first(bytes.size() - kChecksumBytes);
  if (crc32c(body) != ByteReader(bytes.last(kChecksumBytes)).get<uint32_t>()) {
    throw_corrupted("A batch's checksum does not match.");
  }
  ByteReader in(body);
  if (in.get<uint32_t>() != kMagic) throw_corrupted("A batch does not begin with its magic number.");
  if (in.get<uint16_t>() != kFormatVersion) throw_corrupted("A batch has an unknown format version.");
  const auto field_count = in.get<uint16_t>();
  const auto row_count = in.get<uint32_t>();
  if (row_count > kMostRows) throw_corrupted("A batch has too many rows.");
  const auto unplaced_rows = in.get<uint64_t>();
  std::vector<FieldSchema> schema;
  for (uint32_t i = 0; i < field_count; ++i) {
    const auto field = in.get<int16_t>();
    const auto kind = in.get<uint8_t>();
    if (kind < 1 || kind > 3) throw_corrupted("A batch has a field of an unknown kind.");
    if (!schema.empty() && schema.back().field >= field) throw_corrupted("The fields of a batch do not ascend.");
    schema.push_back({field, static_cast<ValueKind>(kind)});
  }

  RowBatch result(std::move(schema), seed);
  Implementation& batch = *result.implementation_;
  batch.row_count = row_count;
  batch.unplaced_rows = unplaced_rows;
  read_misfits(in, batch.fields);
  Timestamp base = 0;
  uint32_t width = 0;
  const auto times = read_times(in, row_count, base, width);
  batch.records.implementation().read(in);
  batch.record_numbers = read_numbers(in, row_count, batch.records.size());
  batch.times.resize(row_count);  // only now: the records prove that so many rows are there
  for_each_narrow(times, width, row_count, [&](size_t i, uint64_t offset) {
    batch.times[i] = static_cast<Timestamp>(static_cast<uint64_t>(base) + offset);
  });
  for (BatchField& field : batch.fields) {
    if (field.schema.kind == ValueKind::kBytes) {
      field.strings.read(in);
    } else {
      field.integers.read(in);
    }
    field.codes = read_numbers(in, row_count, uint64_t{field.value_count()} + 1);
  }
  in.expect_end();
  return result;
}

}  // namespace segments
