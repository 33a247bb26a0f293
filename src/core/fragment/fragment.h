// Fragments: immutable columnar blocks of interactions of one type and source leaf.
//
// RowTable is the decoded, mutable form (ingestion, merging); EncodedFragment is what is stored, one table row per
// column. A field of which every value is null has no column.  `known_fields` is the highest attnum the source leaf had
// when the fragment was encoded: a field above it answers with the column's missing value, one at or below it with
// null.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/column/column.h"
#include "core/interrupt.h"

namespace segments {

struct DecodedField {
  int16_t field = 0;
  Dictionary dictionary;
  std::vector<uint32_t> codes;  // one per row; 0 = null
};

struct RowTable {
  std::vector<Ordinal> ordinals;
  std::vector<Timestamp> times;
  std::vector<DecodedField> fields;  // ascending by field; absent: all null
  int16_t known_fields = 0;
  uint32_t row_count() const { return static_cast<uint32_t>(ordinals.size()); }
};

// The smallest and largest non-null value of a column, for pruning without reading data, at most kBoundBytes each:
// kInteger, kFloat: 8 bytes big-endian with the sign bit flipped; kBytes: a prefix.  An upper bound that was cut is
// rounded up; if it cannot be, it is empty with has_upper = false.
inline constexpr size_t kBoundBytes = 16;
struct ValueBounds {
  Bytes lower;
  Bytes upper;
  bool has_upper = true;
};

struct EncodedColumn {
  int16_t field = 0;  // kRowsColumn, kTimeColumn or an attnum
  Bytes bytes;
  std::optional<ValueBounds> bounds;  // fields only
};

struct EncodedFragment {
  uint32_t row_count = 0;
  uint32_t first_tile = 0;
  uint32_t last_tile = 0;
  Timestamp min_time = 0;
  Timestamp max_time = 0;
  int16_t known_fields = 0;
  std::vector<EncodedColumn> columns;
};

// Encodes the rows of `table` that `rows` names (at most kMaxFragmentRows, at least one), in any order.
EncodedFragment encode_fragment(const RowTable& table, std::span<const uint32_t> rows);

// Splits `table` into fragments and encodes them, each within one shard and one node of that shard's tree of tile
// ranges (tile_tree.h): rows that fit into one fragment stay together; more are divided among the node's
// children, and at a single tile by time, into equal pieces of kMaxFragmentRows / 2 … kMaxFragmentRows rows.
void encode_fragments(const RowTable& table, Interrupt& interrupt, const std::function<void(EncodedFragment&&)>& emit);

// Decodes a stored fragment.  `columns` are (field, bytes) pairs, kRowsColumn and kTimeColumn among them.
struct ColumnBytes {
  int16_t field;
  BytesView bytes;
  uint32_t seal = 0;
};
RowTable decode_fragment(std::span<const ColumnBytes> columns, int16_t known_fields);

// Concatenates tables of one leaf; dictionaries are merged.  A table with a lower known_fields than the highest gets
// `missing(field)` for the fields it does not know (nullopt: null).
struct MissingValue {
  ValueKind kind;
  int64_t integer;
  Bytes bytes;
};
// A dictionary of that value alone.
Dictionary dictionary_of(const MissingValue& missing);
using MissingValues = std::function<std::optional<MissingValue>(int16_t field)>;
// Writes the missing values of the fields table.known_fields + 1 … known_fields into the table, which knows those
// fields from now.
void add_missing_values(RowTable& table, int16_t known_fields, const MissingValues& missing);
RowTable concatenate(std::vector<RowTable>&& tables, const MissingValues& missing, Interrupt& interrupt);

// Keeps only the rows for which keep[row] holds.
RowTable filter_rows(const RowTable& table, const std::vector<bool>& keep);

}  // namespace segments
