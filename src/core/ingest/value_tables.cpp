#include "core/ingest/value_tables.h"

#include <algorithm>
#include <cstring>

namespace segments {

uint32_t StringTable::Implementation::append(std::string_view text, uint64_t hash) {
  if (blob.size() + text.size() > UINT32_MAX) {
    throw Error(ErrorCode::kLimitExceeded, "values of a batch are too large",
                "The distinct values of a field would take more than 4 GB in one batch of rows.",
                "Shorten such values, or keep them in a table that is not registered.");
  }
  const uint32_t number = size();
  blob.insert(blob.end(), text.begin(), text.end());
  ends.push_back(static_cast<uint32_t>(blob.size()));
  slots.insert(hash, number);
  return number;
}

void StringTable::Implementation::index() {
  slots.reserve(size());
  for (uint32_t number = 0; number < size(); ++number) slots.insert(hash_of(at(number)), number);
  is_indexed = true;
}

void StringTable::Implementation::write(ByteWriter& out) const {
  uint32_t longest = 0;
  uint32_t start = 0;
  for (const uint32_t end : ends) longest = std::max(longest, end - std::exchange(start, end));
  const uint32_t width = std::max(1u, narrow_width(longest));  // so that no table is larger than its bytes
  out.put(size());
  out.put(static_cast<uint8_t>(width));
  uint8_t* lengths = out.extend(size_t{size()} * width);
  start = 0;
  for (const uint32_t end : ends) {
    const uint32_t length = end - std::exchange(start, end);
    std::memcpy(lengths, &length, width);
    lengths += width;
  }
  out.put_text({blob.data(), blob.size()});
}

void StringTable::Implementation::read(ByteReader& in) {
  const auto count = in.get<uint32_t>();
  const uint32_t width = in.get<uint8_t>();
  check_width(width, 4);
  if (width == 0) throw_corrupted("A number has an impossible width.");
  const auto lengths = in.take_array(count, width);
  uint64_t end = 0;
  ends.resize(count);
  for_each_narrow(lengths, width, count, [&](size_t i, uint64_t length) {
    end += length;
    ends[i] = static_cast<uint32_t>(end);
  });
  const auto bytes = in.take(end);
  if (end > UINT32_MAX) throw_corrupted("The values of a batch are too long.");
  blob.assign(bytes.begin(), bytes.end());
  is_indexed = false;
}

StringTable::StringTable(HashSeed seed) : implementation_(std::make_unique<Implementation>(seed)) {}
StringTable::~StringTable() = default;
StringTable::StringTable(StringTable&&) noexcept = default;
StringTable& StringTable::operator=(StringTable&&) noexcept = default;

uint32_t StringTable::insert(std::string_view text) { return implementation_->insert(text); }

uint32_t StringTable::size() const { return implementation_->size(); }

std::string_view StringTable::at(uint32_t number) const { return implementation_->at(number); }

size_t StringTable::memory_bytes() const { return implementation_->memory_bytes(); }

uint32_t IntegerTable::append(int64_t value, uint64_t hash) {
  const uint32_t number = size();
  values_.push_back(value);
  slots_.insert(hash, number);
  return number;
}

void IntegerTable::index() {
  slots_.reserve(size());
  for (uint32_t number = 0; number < size(); ++number) slots_.insert(hash_of(at(number)), number);
  is_indexed_ = true;
}

void IntegerTable::write(ByteWriter& out) const {
  out.put(size());
  out.put_array(std::span<const int64_t>(values_));
}

void IntegerTable::read(ByteReader& in) {
  const auto count = in.get<uint32_t>();
  const auto bytes = in.take_array(count, sizeof(int64_t));
  values_.resize(count);
  if (count != 0) std::memcpy(values_.data(), bytes.data(), bytes.size());
  is_indexed_ = false;
}

}  // namespace segments
