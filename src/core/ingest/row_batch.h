// A batch of source rows on their way to fragments: records still by key, values dictionary-coded in order of
// appearance.
//
// Workers build batches while they scan a source; the refresh resolves each batch's distinct records to ordinals once,
// and turns batches into a RowTable.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/fragment/fragment.h"
#include "core/ingest/hash_seed.h"

namespace segments {

struct FieldSchema {
  int16_t field = 0;
  ValueKind kind = ValueKind::kBytes;
  bool operator==(const FieldSchema&) const = default;
};

// Distinct byte strings, numbered in order of appearance.
class StringTable {
 public:
  explicit StringTable(HashSeed seed);
  ~StringTable();
  StringTable(StringTable&&) noexcept;
  StringTable& operator=(StringTable&&) noexcept;
  uint32_t insert(std::string_view text);  // its number, new or old
  uint32_t size() const;
  std::string_view at(uint32_t number) const;
  size_t memory_bytes() const;

  struct Implementation;
  Implementation& implementation() { return *implementation_; }
  const Implementation& implementation() const { return *implementation_; }

 private:
  std::unique_ptr<Implementation> implementation_;
};

// A record's key as one byte string: type, NUL, id (neither part of a PostgreSQL text can hold a NUL).
void append_record_key(std::vector<char>& out, std::string_view record_type, std::string_view record_id);
std::pair<std::string_view, std::string_view> split_record_key(std::string_view key);

// What a record's type and id may take together: what an entry of an index can hold, less its overhead.
inline constexpr size_t kMostRecordKeyBytes = 2500;
inline bool is_record_key(std::string_view record_type, std::string_view record_id) {
  return record_type.size() + record_id.size() <= kMostRecordKeyBytes;
}

// Not to be read by several threads at once: a reader may first finish the look-up of the last rows' records.
class RowBatch {
 public:
  RowBatch(std::vector<FieldSchema> schema, HashSeed seed);  // ascending by field
  ~RowBatch();
  RowBatch(RowBatch&&) noexcept;
  RowBatch& operator=(RowBatch&&) noexcept;

  // Adds a row with all fields null; set_… fill its fields by index into the schema.  False if the key is too long to be
  // that of a record: then the row is an unplaced one.
  bool add_row(std::string_view record_type, std::string_view record_id, Timestamp time);
  void set_integer(uint32_t index, int64_t value);
  void set_float(uint32_t index, double value);
  void set_bytes(uint32_t index, std::string_view value);
  // The last row has something for this field that is no value of its type: it stays null, and is counted.
  void count_misfit(uint32_t index);
  // A row that no record or time can be read from: it only counts.
  void add_unplaced_row();

  uint32_t row_count() const;
  uint64_t unplaced_rows() const;
  uint64_t misfits(uint32_t index) const;
  const std::vector<FieldSchema>& schema() const;
  const StringTable& records() const;  // keys, see append_record_key
  size_t memory_bytes() const;

  Bytes encode() const;
  static RowBatch decode(BytesView bytes, HashSeed seed);  // throws Error{kDataCorrupted}

  // Appends `other` (same schema).
  void append(const RowBatch& other);

  // The rows as a table: ordinals[records().number] for each; rows whose record has kNoOrdinal are left out.
  static constexpr Ordinal kNoOrdinal = UINT32_MAX;
  RowTable to_rows(std::span<const Ordinal> ordinals, int16_t known_fields, Interrupt& interrupt) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace segments
