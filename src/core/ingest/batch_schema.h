// The schema argument of the SQL aggregate batch_rows: which fields its rows have, as bytes.  Anybody may call the aggregate, so
// the bytes are read as if an enemy had written them.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/column/column.h"

namespace segments {

struct BatchSchemaField {
  int16_t field;  // > 0
  ValueKind kind;
  uint32_t type;  // the server's number of its type, not 0
  // Of a member of documents: where it is in them, and which of the row's documents that is.  Documents are numbered from 0 on as
  // they occur first, and stand behind the values of fields that are columns.
  std::vector<std::string> path = {};
  uint16_t document = 0;
  bool operator==(const BatchSchemaField&) const = default;
};

// REQUIRES: ascending by field; names are shorter than 64 KiB.
Bytes encode_batch_schema(std::span<const BatchSchemaField> fields);
// Ascending by field.  Throws Error{kInvalidValue}.  Whether the types exist, and are of these kinds, is the caller's to ask.
std::vector<BatchSchemaField> decode_batch_schema(BytesView bytes);

uint32_t document_count(std::span<const BatchSchemaField> fields);

}  // namespace segments
