#include "core/fragment/fragment.h"

#include <algorithm>

#include "core/column/byte_reader.h"
#include "core/fragment/value_bounds.h"

namespace segments {
namespace {

template <class T>
std::vector<T> gather(const std::vector<T>& values, std::span<const uint32_t> rows) {
  std::vector<T> gathered(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) gathered[i] = values[rows[i]];
  return gathered;
}

void check_row_count(uint32_t row_count, uint32_t expected) {
  if (row_count != expected) throw_corrupted("The columns of a fragment differ in their number of rows.");
}

}  // namespace

EncodedFragment encode_fragment(const RowTable& table, std::span<const uint32_t> rows) {
  EncodedFragment fragment;
  fragment.row_count = static_cast<uint32_t>(rows.size());
  fragment.known_fields = table.known_fields;

  const std::vector<Ordinal> ordinals = gather(table.ordinals, rows);
  const auto [first, last] = std::minmax_element(ordinals.begin(), ordinals.end());
  fragment.first_tile = tile_of(*first);
  fragment.last_tile = tile_of(*last);
  std::vector<uint32_t> order;
  fragment.columns.push_back({kRowsColumn, encode_rows(ordinals, order), {}});
  for (uint32_t& index : order) index = rows[index];

  const std::vector<Timestamp> times = gather(table.times, order);
  const auto [earliest, latest] = std::minmax_element(times.begin(), times.end());
  fragment.min_time = *earliest;
  fragment.max_time = *latest;
  fragment.columns.push_back({kTimeColumn, encode_times(times), {}});

  for (const DecodedField& field : table.fields) {
    const std::vector<uint32_t> codes = gather(field.codes, order);
    std::optional<ValueBounds> bounds = bounds_of(field.dictionary, codes);
    if (!bounds) continue;
    fragment.columns.push_back({field.field, encode_field(field.dictionary, codes), std::move(bounds)});
  }
  return fragment;
}

RowTable decode_fragment(std::span<const ColumnBytes> columns, int16_t known_fields) {
  RowTable table;
  table.known_fields = known_fields;
  const auto find = [&](int16_t field) {
    const auto found = std::find_if(columns.begin(), columns.end(), [&](const ColumnBytes& c) { return c.field == field; });
    if (found == columns.end()) throw_corrupted("A fragment has no column of ordinals or none of times.");
    return BytesSource(found->bytes, found->seal);
  };
  BytesSource rows = find(kRowsColumn);
  BytesSource times = find(kTimeColumn);
  table.ordinals = RowsColumn(rows).ordinals();
  table.times = TimeColumn(times).times();
  check_row_count(static_cast<uint32_t>(table.times.size()), table.row_count());
  for (const ColumnBytes& column : columns) {
    if (column.field == kRowsColumn || column.field == kTimeColumn) continue;
    BytesSource source(column.bytes, column.seal);
    FieldColumn decoded(source);
    check_row_count(decoded.row_count(), table.row_count());
    table.fields.push_back({column.field, decoded.dictionary(), decoded.codes()});
  }
  std::sort(table.fields.begin(), table.fields.end(),
            [](const DecodedField& a, const DecodedField& b) { return a.field < b.field; });
  for (size_t i = 1; i < table.fields.size(); ++i) {
    if (table.fields[i - 1].field == table.fields[i].field) throw_corrupted("A fragment has two columns of one field.");
  }
  return table;
}

RowTable filter_rows(const RowTable& table, const std::vector<bool>& keep) {
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; row < table.row_count(); ++row) {
    if (keep[row]) rows.push_back(row);
  }
  RowTable filtered;
  filtered.known_fields = table.known_fields;
  filtered.ordinals = gather(table.ordinals, rows);
  filtered.times = gather(table.times, rows);
  for (const DecodedField& field : table.fields) {
    filtered.fields.push_back({field.field, field.dictionary, gather(field.codes, rows)});
  }
  return filtered;
}

}  // namespace segments
