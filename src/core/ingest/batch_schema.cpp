#include "core/ingest/batch_schema.h"

#include <algorithm>

#include "core/column/byte_reader.h"
#include "core/column/byte_writer.h"
#include "core/error.h"

namespace segments {
namespace {

// A kind with this bit is followed by a document and a path.
constexpr uint16_t kHasPath = 0x8000;

bool is_kind(uint16_t kind) {
  return kind >= static_cast<uint16_t>(ValueKind::kInteger) && kind <= static_cast<uint16_t>(ValueKind::kBytes);
}

[[noreturn]] void refuse() { throw Error(ErrorCode::kInvalidValue, "invalid schema of batch_rows"); }

std::vector<std::string> read_path(ByteReader& reader) {
  std::vector<std::string> path(reader.get<uint16_t>());
  if (path.empty()) refuse();
  for (std::string& name : path) {
    const BytesView bytes = reader.take(reader.get<uint16_t>());
    name.assign(bytes.begin(), bytes.end());
  }
  return path;
}

std::vector<BatchSchemaField> read_fields(ByteReader& reader) {
  std::vector<BatchSchemaField> fields;
  int16_t previous = 0;
  uint32_t documents = 0;
  while (reader.remaining() > 0) {
    BatchSchemaField field{};
    field.field = reader.get<int16_t>();
    const auto kind = reader.get<uint16_t>();
    const auto plain = static_cast<uint16_t>(kind & ~kHasPath);
    field.type = reader.get<uint32_t>();
    if (field.field <= previous || !is_kind(plain) || field.type == 0) refuse();
    field.kind = static_cast<ValueKind>(plain);
    previous = field.field;
    if ((kind & kHasPath) != 0) {
      field.document = reader.get<uint16_t>();
      if (field.document > documents) refuse();
      documents = std::max(documents, uint32_t{field.document} + 1);
      field.path = read_path(reader);
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace

Bytes encode_batch_schema(std::span<const BatchSchemaField> fields) {
  ByteWriter writer;
  for (const BatchSchemaField& field : fields) {
    const auto kind = static_cast<uint16_t>(field.kind);
    writer.put(field.field);
    writer.put(static_cast<uint16_t>(field.path.empty() ? kind : kind | kHasPath));
    writer.put(field.type);
    if (field.path.empty()) continue;
    writer.put(field.document);
    writer.put(static_cast<uint16_t>(field.path.size()));
    for (const std::string& name : field.path) {
      writer.put(static_cast<uint16_t>(name.size()));
      writer.put_array(std::span(name));
    }
  }
  return writer.take();
}

std::vector<BatchSchemaField> decode_batch_schema(BytesView bytes) {
  ByteReader reader(bytes);
  try {
    return read_fields(reader);
  } catch (const Error&) {
    refuse();
  }
}

uint32_t document_count(std::span<const BatchSchemaField> fields) {
  uint32_t count = 0;
  for (const BatchSchemaField& field : fields) {
    if (!field.path.empty()) count = std::max(count, uint32_t{field.document} + 1);
  }
  return count;
}

}  // namespace segments
