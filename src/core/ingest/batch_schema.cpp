#include "core/ingest/batch_schema.h"

#include <cstring>

#include "core/error.h"

namespace segments {
namespace {

struct Entry {
  int16_t field;
  uint16_t kind;
  uint32_t type;
};
static_assert(sizeof(Entry) == 8);

bool is_kind(uint16_t kind) {
  return kind >= static_cast<uint16_t>(ValueKind::kInteger) && kind <= static_cast<uint16_t>(ValueKind::kBytes);
}

}  // namespace

Bytes encode_batch_schema(std::span<const BatchSchemaField> fields) {
  Bytes bytes(fields.size() * sizeof(Entry));
  for (size_t i = 0; i < fields.size(); ++i) {
    const Entry entry{fields[i].field, static_cast<uint16_t>(fields[i].kind), fields[i].type};
    std::memcpy(bytes.data() + i * sizeof entry, &entry, sizeof entry);
  }
  return bytes;
}

std::vector<BatchSchemaField> decode_batch_schema(BytesView bytes) {
  const auto refuse = [] { throw Error(ErrorCode::kInvalidValue, "invalid schema of batch_rows"); };
  if (bytes.size() % sizeof(Entry) != 0) refuse();
  std::vector<BatchSchemaField> fields;
  int16_t previous = 0;
  for (size_t at = 0; at < bytes.size(); at += sizeof(Entry)) {
    Entry entry;
    std::memcpy(&entry, bytes.data() + at, sizeof entry);
    if (entry.field <= previous || !is_kind(entry.kind) || entry.type == 0) refuse();
    previous = entry.field;
    fields.push_back({entry.field, static_cast<ValueKind>(entry.kind), entry.type});
  }
  return fields;
}

}  // namespace segments
