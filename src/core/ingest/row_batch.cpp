#include "core/ingest/row_batch.h"

#include <algorithm>

#include "core/ingest/row_batch_state.h"

namespace segments {

void append_record_key(std::vector<char>& out, std::string_view record_type, std::string_view record_id) {
  out.reserve(out.size() + record_type.size() + 1 + record_id.size());
  out.insert(out.end(), record_type.begin(), record_type.end());
  out.push_back('\0');
  out.insert(out.end(), record_id.begin(), record_id.end());
}

std::pair<std::string_view, std::string_view> split_record_key(std::string_view key) {
  const size_t end = key.find('\0');
  if (end == std::string_view::npos) return {key, {}};
  return {key.substr(0, end), key.substr(end + 1)};
}

RowBatch::RowBatch(std::vector<FieldSchema> schema, HashSeed seed) : implementation_(std::make_unique<Implementation>(seed)) {
  for (const FieldSchema& field : schema) implementation_->fields.emplace_back(field, seed);
  implementation_->schema = std::move(schema);
}
RowBatch::~RowBatch() = default;
RowBatch::RowBatch(RowBatch&&) noexcept = default;
RowBatch& RowBatch::operator=(RowBatch&&) noexcept = default;

void RowBatch::Implementation::grow(size_t capacity) {
  times.resize(capacity);
  record_numbers.resize(capacity);
  for (BatchField& field : fields) field.codes.resize(capacity);
}

void RowBatch::Implementation::add_key(std::string_view record_type, std::string_view record_id) {
  if (pending.count == PendingKeys::kMost) resolve_pending();
  append_record_key(pending.text, record_type, record_id);
  pending.ends[pending.count] = static_cast<uint32_t>(pending.text.size());
  const uint64_t hash = records.implementation().hash_of(pending.at(pending.count));
  records.implementation().prefetch(hash);
  pending.hashes[pending.count++] = hash;
}

void RowBatch::Implementation::resolve_pending() {
  const uint32_t first_row = row_count - pending.count;
  for (uint32_t i = 0; i < pending.count; ++i) {
    record_numbers[first_row + i] = records.implementation().insert(pending.at(i), pending.hashes[i]);
  }
  pending.count = 0;
  pending.text.clear();
}

bool RowBatch::add_row(std::string_view record_type, std::string_view record_id, Timestamp time) {
  Implementation& batch = *implementation_;
  if (!is_record_key(record_type, record_id)) {
    add_unplaced_row();
    return false;
  }
  if (batch.row_count == batch.times.size()) {
    if (batch.row_count >= kMostRows) {
      throw Error(ErrorCode::kLimitExceeded, "too many rows in one batch");
    }
    batch.grow(std::max<size_t>(256, batch.times.size() * 2));
  }
  batch.add_key(record_type, record_id);
  batch.times[batch.row_count] = time;
  ++batch.row_count;
  return true;
}

void RowBatch::set_integer(uint32_t index, int64_t value) {
  BatchField& field = implementation_->fields[index];
  if (field.last_code == 0 || field.integers.at(field.last_code - 1) != value) {
    field.last_code = field.integers.insert(value) + 1;
  }
  field.codes[implementation_->row_count - 1] = field.last_code;
}

void RowBatch::set_float(uint32_t index, double value) { set_integer(index, float_to_ordered(value)); }

void RowBatch::set_bytes(uint32_t index, std::string_view value) {
  BatchField& field = implementation_->fields[index];
  if (field.last_code == 0 || field.strings.at(field.last_code - 1) != value) {
    field.last_code = field.strings.insert(value) + 1;
  }
  field.codes[implementation_->row_count - 1] = field.last_code;
}

void RowBatch::count_misfit(uint32_t index) { ++implementation_->fields[index].misfits; }

void RowBatch::add_unplaced_row() { ++implementation_->unplaced_rows; }

uint32_t RowBatch::row_count() const { return implementation_->row_count; }

uint64_t RowBatch::unplaced_rows() const { return implementation_->unplaced_rows; }

uint64_t RowBatch::misfits(uint32_t index) const { return implementation_->fields[index].misfits; }

const std::vector<FieldSchema>& RowBatch::schema() const { return implementation_->schema; }

const StringTable& RowBatch::records() const {
  implementation_->resolve_pending();
  return implementation_->records;
}

size_t RowBatch::memory_bytes() const {
  const Implementation& batch = *implementation_;
  size_t bytes = batch.times.capacity() * sizeof(Timestamp) + batch.record_numbers.capacity() * sizeof(uint32_t) +
                 batch.records.memory_bytes();
  for (const BatchField& field : batch.fields) {
    bytes += field.codes.capacity() * sizeof(uint32_t) + field.strings.memory_bytes() + field.integers.memory_bytes();
  }
  return bytes;
}

void RowBatch::append(const RowBatch& other) {
  Implementation& batch = *implementation_;
  const Implementation& added = *other.implementation_;
  batch.resolve_pending();
  other.implementation_->resolve_pending();
  const size_t first = batch.row_count;
  const size_t row_count = first + added.row_count;
  if (row_count > kMostRows) {
    throw Error(ErrorCode::kLimitExceeded, "too many rows in one batch");
  }
  if (batch.fields.size() != added.fields.size()) throw Error(ErrorCode::kInternal, "batches of different schemas");
  for (size_t i = 0; i < batch.fields.size(); ++i) {
    if (batch.fields[i].schema != added.fields[i].schema) throw Error(ErrorCode::kInternal, "batches of different schemas");
  }
  if (row_count > batch.times.size()) batch.grow(std::max(row_count, batch.times.size() * 2));

  std::copy_n(added.times.begin(), added.row_count, batch.times.begin() + static_cast<ptrdiff_t>(first));
  std::vector<uint32_t> numbers(added.records.size());
  for (uint32_t i = 0; i < numbers.size(); ++i) numbers[i] = batch.records.insert(added.records.at(i));
  for (size_t row = 0; row < added.row_count; ++row) batch.record_numbers[first + row] = numbers[added.record_numbers[row]];
  for (size_t i = 0; i < batch.fields.size(); ++i) {
    BatchField& field = batch.fields[i];
    const BatchField& source = added.fields[i];
    field.misfits += source.misfits;
    std::vector<uint32_t> codes = {0};
    for (uint32_t number = 0; number < source.value_count(); ++number) {
      codes.push_back(1 + (field.schema.kind == ValueKind::kBytes ? field.strings.insert(source.strings.at(number))
                                                                  : field.integers.insert(source.integers.at(number))));
    }
    for (size_t row = 0; row < added.row_count; ++row) field.codes[first + row] = codes[source.codes[row]];
  }
  batch.row_count = static_cast<uint32_t>(row_count);
  batch.unplaced_rows += added.unplaced_rows;
}

}  // namespace segments
