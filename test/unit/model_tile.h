// Tiles whose rows are known one by one.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/evaluation/profile_map.h"
#include "core/evaluation/tile_evaluator.h"
#include "core/plan/plan.h"
#include "unit/counted_source.h"

namespace segments::model {

// Fields 1 … kFieldCount: integer, text, float, integer.
inline constexpr int16_t kFieldCount = 4;
inline ValueKind kind_of(int16_t field) {
  constexpr ValueKind kKinds[] = {ValueKind::kInteger, ValueKind::kBytes, ValueKind::kFloat, ValueKind::kInteger};
  return kKinds[field - 1];
}

struct Value {
  int64_t integer = 0;  // floats: ordered
  std::string text;
  bool operator<(const Value& other) const { return std::tie(integer, text) < std::tie(other.integer, other.text); }
  bool operator==(const Value&) const = default;
};

struct Row {
  Ordinal ordinal = 0;
  Timestamp time = 0;
  std::array<std::optional<Value>, kFieldCount> values;
};

struct Fragment {
  int32_t type_id = 0;
  int16_t known_fields = kFieldCount;
  bool with_bounds = true;
  std::vector<Row> rows;
};

struct Tile {
  uint32_t number = 0;
  std::vector<std::vector<uint32_t>> profiles;  // offsets of their records, ascending
  ProfileMap map;
  std::vector<Fragment> fragments;
};

inline Bytes integer_bound(int64_t value) {
  Bytes bytes(8);
  const uint64_t flipped = static_cast<uint64_t>(value) ^ uint64_t { 1 } << 63;
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<uint8_t>(flipped >> (56 - 8 * i));
  return bytes;
}

// A stored fragment, in memory.
class StoredFragment final : public FragmentSource {
 public:
  explicit StoredFragment(const Fragment& fragment) : fragment_(fragment) {
    std::vector<Ordinal> ordinals;
    for (const Row& row : fragment.rows) ordinals.push_back(row.ordinal);
    std::vector<uint32_t> order;
    columns_[kRowsColumn] = encode_rows(ordinals, order);
    std::vector<Timestamp> times;
    for (const uint32_t row : order) times.push_back(fragment.rows[row].time);
    columns_[kTimeColumn] = encode_times(times);
    const auto [first, last] = std::ranges::minmax(times);
    min_time_ = first;
    max_time_ = last;
    for (int16_t field = 1; field <= fragment.known_fields; ++field) add_field(field, order);
    for (const auto& [field, bytes] : columns_) sources_.try_emplace(field, bytes);
  }

  int32_t type_id() const override { return fragment_.type_id; }
  uint32_t row_count() const override { return static_cast<uint32_t>(fragment_.rows.size()); }
  Timestamp min_time() const override { return min_time_; }
  Timestamp max_time() const override { return max_time_; }
  int16_t known_fields() const override { return fragment_.known_fields; }
  bool has_column(int16_t field) const override { return columns_.contains(field); }
  const ValueBounds* bounds(int16_t field) const override {
    const auto found = bounds_.find(field);
    return fragment_.with_bounds && found != bounds_.end() ? &found->second : nullptr;
  }
  ColumnSource& column(int16_t field) override { return sources_.at(field); }

  // By column, of those that were read.
  std::map<int16_t, size_t> read_bytes() const {
    std::map<int16_t, size_t> bytes;
    for (const auto& [field, source] : sources_) {
      if (source.read_bytes != 0) bytes[field] = source.read_bytes;
    }
    return bytes;
  }

 private:
  void add_field(int16_t field, const std::vector<uint32_t>& order) {
    std::map<Value, uint32_t> code_of;
    for (const Row& row : fragment_.rows) {
      if (row.values[field - 1]) code_of[*row.values[field - 1]] = 0;
    }
    if (code_of.empty()) return;
    std::vector<int64_t> integers;
    std::vector<uint32_t> ends;
    Bytes blob;
    uint32_t next = 0;
    for (auto& [value, code] : code_of) {
      code = ++next;
      integers.push_back(value.integer);
      blob.insert(blob.end(), value.text.begin(), value.text.end());
      ends.push_back(static_cast<uint32_t>(blob.size()));
    }
    std::vector<uint32_t> codes;
    for (const uint32_t row : order) {
      const auto& value = fragment_.rows[row].values[field - 1];
      codes.push_back(value ? code_of[*value] : 0);
    }
    const bool bytes = kind_of(field) == ValueKind::kBytes;
    columns_[field] =
        encode_field(bytes ? Dictionary::of_bytes(ends, blob) : Dictionary::of_integers(kind_of(field), integers), codes);
    ValueBounds& bounds = bounds_[field];
    if (bytes) {
      const std::string& lower = code_of.begin()->first.text;
      const std::string& upper = code_of.rbegin()->first.text;
      bounds.lower.assign(lower.begin(), lower.begin() + std::min(kBoundBytes, lower.size()));
      bounds.has_upper = upper.size() <= kBoundBytes;
      if (bounds.has_upper) bounds.upper.assign(upper.begin(), upper.end());
    } else {
      bounds.lower = integer_bound(code_of.begin()->first.integer);
      bounds.upper = integer_bound(code_of.rbegin()->first.integer);
    }
  }

  Fragment fragment_;
  Timestamp min_time_ = 0;
  Timestamp max_time_ = 0;
  std::map<int16_t, Bytes> columns_;
  std::map<int16_t, CountedSource> sources_;
  std::map<int16_t, ValueBounds> bounds_;
  std::unique_ptr<Bytes> handed_out_;
};

}  // namespace segments::model
