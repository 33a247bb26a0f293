// Random rows, and rows as plain values: what fragments, batches and merges are compared with.
#pragma once
#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "core/fragment/fragment.h"
#include "core/ingest/hash_seed.h"

namespace segments {

inline constexpr HashSeed kSeed{0x2D358DCCAA6C78A5, 0x8BB84B93962EACC9};

using PlainValue = std::variant<int64_t, std::string>;  // floats by float_to_ordered

struct PlainRow {
  Ordinal ordinal = 0;
  Timestamp time = 0;
  std::map<int16_t, PlainValue> values;  // nulls are absent
  auto operator<=>(const PlainRow&) const = default;
};

inline std::vector<PlainRow> plain_rows(const RowTable& table) {
  std::vector<PlainRow> rows(table.row_count());
  for (uint32_t row = 0; row < table.row_count(); ++row) {
    rows[row].ordinal = table.ordinals[row];
    rows[row].time = table.times[row];
    for (const DecodedField& field : table.fields) {
      const uint32_t code = field.codes[row];
      if (code == 0) continue;
      if (field.dictionary.kind() == ValueKind::kBytes) {
        rows[row].values[field.field] = std::string(field.dictionary.bytes(code - 1));
      } else {
        rows[row].values[field.field] = field.dictionary.integer(code - 1);
      }
    }
  }
  return rows;
}

inline std::vector<PlainRow> sorted(std::vector<PlainRow> rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

// Builds a table the naive way.  `kinds` names every field that may occur.
inline RowTable table_of(const std::vector<PlainRow>& rows, const std::map<int16_t, ValueKind>& kinds, int16_t known_fields) {
  RowTable table;
  table.known_fields = known_fields;
  for (const PlainRow& row : rows) {
    table.ordinals.push_back(row.ordinal);
    table.times.push_back(row.time);
  }
  for (const auto& [number, kind] : kinds) {
    std::map<PlainValue, uint32_t> codes;
    for (const PlainRow& row : rows) {
      if (const auto found = row.values.find(number); found != row.values.end()) codes[found->second] = 0;
    }
    DecodedField field{number, {}, {}};
    std::vector<int64_t> integers;
    std::vector<uint32_t> ends;
    Bytes blob;
    for (auto& [value, code] : codes) {
      if (kind == ValueKind::kBytes) {
        const std::string& text = std::get<std::string>(value);
        blob.insert(blob.end(), text.begin(), text.end());
        ends.push_back(static_cast<uint32_t>(blob.size()));
        code = static_cast<uint32_t>(ends.size());
      } else {
        integers.push_back(std::get<int64_t>(value));
        code = static_cast<uint32_t>(integers.size());
      }
    }
    field.dictionary = kind == ValueKind::kBytes ? Dictionary::of_bytes(ends, blob) : Dictionary::of_integers(kind, integers);
    for (const PlainRow& row : rows) {
      const auto found = row.values.find(number);
      field.codes.push_back(found == row.values.end() ? 0 : codes[found->second]);
    }
    table.fields.push_back(std::move(field));
  }
  return table;
}

inline const std::map<int16_t, ValueKind> kSampleKinds = {
    {2, ValueKind::kBytes}, {3, ValueKind::kInteger}, {5, ValueKind::kFloat}, {9, ValueKind::kBytes}};

// Rows over `tiles` tiles with nulls, repeats, infinities, extreme numbers, empty strings and strings with NUL bytes.
inline std::vector<PlainRow> sample_rows(std::mt19937_64& random, size_t count, uint32_t tiles,
                                         uint32_t ordinals_per_tile = 5000) {
  const std::vector<Timestamp> times = {kMinusInfinity, kPlusInfinity, 0, kFirstTimestamp, kEndTimestamp - 1};
  const std::vector<int64_t> integers = {INT64_MIN, INT64_MAX, 0, -1, 1};
  const std::vector<double> floats = {-0.0, 0.0, 1.5, -1e300, std::numeric_limits<double>::infinity(), std::nan("")};
  const std::vector<std::string> texts = {"", std::string(1, '\0'), std::string("a\0b", 3), "a", "Ä", std::string(40, '\xFF')};
  std::vector<PlainRow> rows(count);
  for (PlainRow& row : rows) {
    row.ordinal = first_ordinal(static_cast<uint32_t>(random() % tiles)) + static_cast<Ordinal>(random() % ordinals_per_tile);
    row.time = random() % 50 == 0 ? times[random() % times.size()] : static_cast<Timestamp>(random() % 1'000'000);
    if (random() % 3 != 0) {
      row.values[2] = random() % 10 == 0 ? texts[random() % texts.size()] : "v" + std::to_string(random() % 300);
    }
    if (random() % 3 != 0) {
      row.values[3] = random() % 10 == 0 ? integers[random() % integers.size()] : static_cast<int64_t>(random() % 40);
    }
    if (random() % 3 != 0) row.values[5] = float_to_ordered(floats[random() % floats.size()]);
  }
  return rows;
}

inline MissingValues no_missing_values() {
  return [](int16_t) -> std::optional<MissingValue> { return std::nullopt; };
}

inline std::vector<ColumnBytes> column_bytes(const EncodedFragment& fragment) {
  std::vector<ColumnBytes> columns;
  for (const EncodedColumn& column : fragment.columns) columns.push_back({column.field, column.bytes});
  return columns;
}

}  // namespace segments
