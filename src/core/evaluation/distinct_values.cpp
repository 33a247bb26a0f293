#include "core/evaluation/distinct_values.h"

#include <cstring>

#include "core/ingest/hash.h"

namespace segments {

std::string_view DistinctValues::at(uint32_t number) const {
  const size_t start = number == 0 ? 0 : ends_[number - 1];
  return {bytes_.data() + start, ends_[number] - start};
}

std::string_view DistinctValues::number_key(const Dictionary& dictionary, uint32_t index) {
  const bool is_integer = dictionary.kind() == ValueKind::kInteger;
  read_number(dictionary, index, is_integer ? NumberForm::kInteger : NumberForm::kNumeric, number_);
  key_.assign({static_cast<char>(number_.kind), static_cast<char>(number_.negative ? 1 : 0)});
  if (number_.groups.empty()) return {key_.data(), 1};  // no sign of 0
  const auto append = [&](const auto& value) {
    const auto* bytes = reinterpret_cast<const char*>(&value);
    key_.insert(key_.end(), bytes, bytes + sizeof value);
  };
  append(number_.weight);
  for (const uint16_t group : number_.groups) append(group);
  return {key_.data(), key_.size()};
}

std::string_view DistinctValues::key(const Dictionary& dictionary, uint32_t index, ValueEquality equality) {
  if (equality == ValueEquality::kNumbers) return number_key(dictionary, index);
  if (dictionary.kind() != ValueKind::kBytes) {
    const int64_t value = dictionary.integer(index);
    key_.resize(sizeof value);
    std::memcpy(key_.data(), &value, sizeof value);
    return {key_.data(), key_.size()};
  }
  std::string_view bytes = dictionary.bytes(index);
  if (equality == ValueEquality::kPadded) bytes = bytes.substr(0, bytes.find_last_not_of(' ') + 1);
  return bytes;
}

uint32_t DistinctValues::number(const Dictionary& dictionary, uint32_t index, ValueEquality equality) {
  const std::string_view bytes = key(dictionary, index, equality);
  const bool by_server = equality == ValueEquality::kServer;
  const uint64_t hash = by_server ? identity_->hash(bytes, seed_.first) : hash_bytes(bytes, seed_);
  if (!part_.contains(hash)) return kElsewhere;
  const uint32_t found = slots_.find(hash, [&](uint32_t number) {
    const std::string_view known = at(number);
    return known == bytes || (by_server && identity_->equal(known, bytes));
  });
  if (found != SlotTable::kAbsent) return found;
  const uint32_t number = size();
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  ends_.push_back(bytes_.size());
  slots_.insert(hash, number);
  return number;
}

}  // namespace segments
