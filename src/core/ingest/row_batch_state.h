// What a RowBatch holds.
#pragma once
#include "core/ingest/row_batch.h"
#include "core/ingest/value_tables.h"

namespace segments {

// Row numbers fit into 32 bits with room to spare.
inline constexpr uint32_t kMostRows = 1u << 30;

struct BatchField {
  BatchField(const FieldSchema& field_schema, HashSeed seed) : schema(field_schema), strings(seed), integers(seed) {}
  uint32_t value_count() const { return schema.kind == ValueKind::kBytes ? strings.size() : integers.size(); }

  FieldSchema schema;
  std::vector<uint32_t> codes;  // 0: null, else number + 1 in `strings` (kBytes) or `integers`
  StringTable::Implementation strings;
  IntegerTable integers;  // floats by float_to_ordered
  uint64_t misfits = 0;
  uint32_t last_code = 0;  // neighbouring rows are often alike
};

// The keys of the last rows.  They are looked up together, long after their slots were asked for, so that the cache
// misses of a large table of records overlap with reading the next rows.
struct PendingKeys {
  static constexpr uint32_t kMost = 16;
  std::vector<char> text;
  uint32_t count = 0;
  uint64_t hashes[kMost];
  uint32_t ends[kMost];

  std::string_view at(uint32_t i) const {
    const uint32_t start = i == 0 ? 0 : ends[i - 1];
    return {text.data() + start, ends[i] - start};
  }
};

// The columns are as long as the capacity; what lies past row_count is null.
struct RowBatch::Implementation {
  explicit Implementation(HashSeed seed) : records(seed) {}
  void grow(size_t capacity);
  void add_key(std::string_view record_type, std::string_view record_id);
  // Gives the last rows their record numbers.  Whoever reads `records` or `record_numbers` calls it before.
  void resolve_pending();

  uint32_t row_count = 0;
  uint64_t unplaced_rows = 0;
  std::vector<Timestamp> times;
  std::vector<uint32_t> record_numbers;
  StringTable records;
  std::vector<FieldSchema> schema;
  std::vector<BatchField> fields;
  PendingKeys pending;  // of rows row_count - pending.count …
};

}  // namespace segments
