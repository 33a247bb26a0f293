// RowBatch::to_rows: sorts the values of every field into a dictionary, and renumbers codes.
#include <algorithm>

#include "core/column/sort_key.h"
#include "core/ingest/row_batch_state.h"

namespace segments {
namespace {

constexpr size_t kRowsBetweenPolls = 1 << 16;

// `key` orders like the first eight bytes of the value.
struct SortItem {
  uint64_t key;
  uint32_t number;
};

std::vector<SortItem> sorted_numbers(const BatchField& field) {
  std::vector<SortItem> items(field.value_count());
  if (field.schema.kind != ValueKind::kBytes) {
    for (uint32_t i = 0; i < items.size(); ++i) items[i] = {sort_key(field.integers.at(i)), i};
    std::sort(items.begin(), items.end(), [](const SortItem& a, const SortItem& b) { return a.key < b.key; });
    return items;
  }
  for (uint32_t i = 0; i < items.size(); ++i) items[i] = {sort_key(field.strings.at(i)), i};
  std::sort(items.begin(), items.end(), [&](const SortItem& a, const SortItem& b) {
    return a.key != b.key ? a.key < b.key : field.strings.at(a.number) < field.strings.at(b.number);
  });
  return items;
}

// The sorted dictionary of a field; new_codes[code] is what a code becomes.  Bytes that were read may repeat a value.
Dictionary sort_values(const BatchField& field, std::vector<uint32_t>& new_codes) {
  const std::vector<SortItem> items = sorted_numbers(field);
  new_codes.assign(items.size() + 1, 0);
  if (field.schema.kind != ValueKind::kBytes) {
    std::vector<int64_t> integers;
    integers.reserve(items.size());
    for (const SortItem& item : items) {
      const int64_t value = field.integers.at(item.number);
      if (integers.empty() || integers.back() != value) integers.push_back(value);
      new_codes[item.number + 1] = static_cast<uint32_t>(integers.size());
    }
    return Dictionary::of_integers(field.schema.kind, std::move(integers));
  }
  std::vector<uint32_t> ends;
  Bytes blob;
  ends.reserve(items.size());
  blob.reserve(field.strings.blob.size());
  std::string_view last;
  for (const SortItem& item : items) {
    const std::string_view value = field.strings.at(item.number);
    if (ends.empty() || last != value) {
      blob.insert(blob.end(), value.begin(), value.end());
      ends.push_back(static_cast<uint32_t>(blob.size()));
      last = value;
    }
    new_codes[item.number + 1] = static_cast<uint32_t>(ends.size());
  }
  return Dictionary::of_bytes(std::move(ends), std::move(blob));
}

}  // namespace

RowTable RowBatch::to_rows(std::span<const Ordinal> ordinals, int16_t known_fields, Interrupt& interrupt) const {
  implementation_->resolve_pending();
  const Implementation& batch = *implementation_;
  RowTable table;
  table.known_fields = known_fields;
  std::vector<uint32_t> rows;
  rows.reserve(batch.row_count);
  table.ordinals.reserve(batch.row_count);
  table.times.reserve(batch.row_count);
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    if (row % kRowsBetweenPolls == 0) interrupt.poll();
    const Ordinal ordinal = ordinals[batch.record_numbers[row]];
    if (ordinal == kNoOrdinal) continue;
    rows.push_back(row);
    table.ordinals.push_back(ordinal);
    table.times.push_back(batch.times[row]);
  }
  for (const BatchField& field : batch.fields) {
    interrupt.poll();
    if (field.value_count() == 0) continue;
    std::vector<uint32_t> new_codes;
    DecodedField decoded{field.schema.field, sort_values(field, new_codes), std::vector<uint32_t>(rows.size())};
    for (size_t i = 0; i < rows.size(); ++i) decoded.codes[i] = new_codes[field.codes[rows[i]]];
    table.fields.push_back(std::move(decoded));
  }
  return table;
}

}  // namespace segments
