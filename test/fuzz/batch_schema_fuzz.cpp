// Any bytes either are refused as an invalid schema, or are the one encoding of it; rows of it come back from their batch.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/ingest/batch_schema.h"
#include "core/ingest/row_batch.h"

namespace {

constexpr segments::HashSeed kSeed{1, 2};

void require(bool condition) {
  if (!condition) std::abort();
}

// A row for each byte, so that fields get few and many values.
void add_rows(segments::RowBatch& batch, const std::vector<segments::FieldSchema>& fields, std::string_view bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    const std::string_view rest = bytes.substr(i);
    if (!batch.add_row("contact", rest.substr(0, 3), static_cast<segments::Timestamp>(i))) continue;
    for (uint32_t field = 0; field < fields.size(); ++field) {
      if ((i + field) % 3 == 0) continue;
      switch (fields[field].kind) {
        case segments::ValueKind::kInteger:
          batch.set_integer(field, static_cast<int64_t>(rest.size()) << (field % 60));
          break;
        case segments::ValueKind::kFloat:
          batch.set_float(field, static_cast<double>(rest.front()) / 3);
          break;
        case segments::ValueKind::kBytes:
          batch.set_bytes(field, rest);
          break;
      }
    }
  }
}

}  // namespace

// The first byte tells how many of the others are the schema.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t schema_size = std::min<size_t>(data[0], size - 1);
  const segments::BytesView schema(data + 1, schema_size);
  std::vector<segments::BatchSchemaField> fields;
  try {
    fields = segments::decode_batch_schema(schema);
  } catch (const segments::Error& error) {
    require(error.code() == segments::ErrorCode::kInvalidValue);
    return 0;
  }
  const segments::Bytes again = segments::encode_batch_schema(fields);
  require(std::equal(again.begin(), again.end(), schema.begin(), schema.end()));
  std::vector<segments::FieldSchema> known;
  for (const segments::BatchSchemaField& field : fields) known.push_back({field.field, field.kind});
  segments::RowBatch batch(known, kSeed);
  add_rows(batch, known, {reinterpret_cast<const char*>(data) + 1 + schema_size, std::min<size_t>(size - 1 - schema_size, 200)});
  const segments::Bytes encoded = batch.encode();
  const segments::RowBatch decoded = segments::RowBatch::decode(encoded, kSeed);
  require(decoded.row_count() == batch.row_count() && decoded.unplaced_rows() == batch.unplaced_rows());
  require(decoded.encode() == encoded);
  return 0;
}
