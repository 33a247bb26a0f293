#include "core/evaluation/value_counts.h"

#include <algorithm>
#include <compare>
#include <string_view>

#include "core/column/byte_reader.h"
#include "core/evaluation/fragment_reader.h"
#include "core/evaluation/profile_map.h"

namespace segments {
namespace {

// How the values of dictionaries of one kind are compared and copied.
class Integers {
 public:
  explicit Integers(ValueKind kind) : kind_(kind) {}
  static int64_t value(const Dictionary& dictionary, uint32_t index) { return dictionary.integer(index); }
  void push(const Dictionary& dictionary, uint32_t index) { values_.push_back(dictionary.integer(index)); }
  Dictionary take() { return Dictionary::of_integers(kind_, std::move(values_)); }

 private:
  ValueKind kind_;
  std::vector<int64_t> values_;
};

class Texts {
 public:
  static std::string_view value(const Dictionary& dictionary, uint32_t index) { return dictionary.bytes(index); }
  void push(const Dictionary& dictionary, uint32_t index) {
    const std::string_view bytes = dictionary.bytes(index);
    blob_.insert(blob_.end(), bytes.begin(), bytes.end());
    ends_.push_back(static_cast<uint32_t>(blob_.size()));
  }
  Dictionary take() { return Dictionary::of_bytes(std::move(ends_), std::move(blob_)); }

 private:
  std::vector<uint32_t> ends_;
  Bytes blob_;
};

// Adds what is known already; returns the codes of the others.
template <class Values>
std::vector<uint32_t> add_known(ValueCounts& known, const Dictionary& dictionary, std::span<const uint64_t> counts) {
  std::vector<uint32_t> unknown;
  uint32_t at = 0;
  const uint32_t size = known.values.size();
  for (uint32_t i = 0, end = dictionary.size(); i < end; ++i) {
    if (counts[i + 1] == 0) continue;
    const auto value = Values::value(dictionary, i);
    auto order = std::strong_ordering::greater;
    for (; at < size; ++at) {
      order = Values::value(known.values, at) <=> value;
      if (order >= 0) break;
    }
    if (at < size && order == 0) {
      known.rows[at++] += counts[i + 1];
    } else {
      unknown.push_back(i);
    }
  }
  return unknown;
}

template <class Values>
void add_unknown(ValueCounts& known, const Dictionary& dictionary, std::span<const uint64_t> counts,
                 std::span<const uint32_t> unknown, Values merged) {
  std::vector<uint64_t> rows;
  rows.reserve(known.rows.size() + unknown.size());
  uint32_t at = 0;
  for (const uint32_t i : unknown) {
    const auto value = Values::value(dictionary, i);
    for (; at < known.values.size() && Values::value(known.values, at) < value; ++at) {
      merged.push(known.values, at);
      rows.push_back(known.rows[at]);
    }
    merged.push(dictionary, i);
    rows.push_back(counts[i + 1]);
  }
  for (; at < known.values.size(); ++at) {
    merged.push(known.values, at);
    rows.push_back(known.rows[at]);
  }
  known.values = merged.take();
  known.rows = std::move(rows);
}

template <class Values>
void add_values(ValueCounts& known, const Dictionary& dictionary, std::span<const uint64_t> counts, Values merged) {
  const std::vector<uint32_t> unknown = add_known<Values>(known, dictionary, counts);
  if (unknown.empty()) return;
  if (known.rows.size() + unknown.size() > ValueCounts::kMostValues) {
    known = ValueCounts{};
    known.is_too_large = true;
    return;
  }
  add_unknown(known, dictionary, counts, unknown, std::move(merged));
}

}  // namespace

void ValueCounts::add(const Dictionary& dictionary, std::span<const uint64_t> counts) {
  if (is_too_large || dictionary.size() == 0) return;
  if (!rows.empty() && values.kind() != dictionary.kind()) throw_corrupted("A dictionary holds values of another kind.");
  if (dictionary.kind() == ValueKind::kBytes) {
    add_values(*this, dictionary, counts, Texts{});
  } else {
    add_values(*this, dictionary, counts, Integers{dictionary.kind()});
  }
}

void ValueCounts::add(const ValueCounts& other) {
  if (is_too_large) return;
  if (other.is_too_large) {
    *this = ValueCounts{};
    is_too_large = true;
    return;
  }
  std::vector<uint64_t> counts = {0};
  counts.insert(counts.end(), other.rows.begin(), other.rows.end());
  add(other.values, counts);
}

bool ValueCounts::operator==(const ValueCounts& other) const {
  if (is_too_large != other.is_too_large || rows != other.rows) return false;
  if (rows.empty()) return true;
  if (values.kind() != other.values.kind()) return false;
  for (uint32_t i = 0; i < values.size(); ++i) {
    const bool same = values.kind() == ValueKind::kBytes ? values.bytes(i) == other.values.bytes(i)
                                                         : values.integer(i) == other.values.integer(i);
    if (!same) return false;
  }
  return true;
}

void count_values(const CountedField& field, const CounterPlan& counter, const PreparedTest* test, FragmentReader& reader,
                  const FragmentSource& source, const ProfileMap& map, ValueCounts& counts) {
  if (counts.is_too_large || reader.fold_window(counter.window) == Truth::kNone || reader.blocks().empty()) return;
  const bool is_stored = source.has_column(field.field);
  if (!is_stored && (field.field <= source.known_fields() || !field.missing)) return;
  RowSet rows;
  reader.select_members(map.linked(), rows);
  if (reader.fold_window(counter.window) == Truth::kSome) rows &= reader.select_window(counter.window);
  RowSet satisfying;
  const Truth truth = test == nullptr ? Truth::kAll : reader.select(*test, satisfying);
  if (truth == Truth::kNone) return;
  if (truth == Truth::kSome) rows &= satisfying;
  if (is_stored) {
    FieldColumn& column = reader.field(field.field);
    if (column.dictionary().size() > 0 && column.dictionary().kind() != field.kind) {
      throw_corrupted("A dictionary holds values of another kind.");
    }
    return counts.add(column.dictionary(), column.count(rows));
  }
  const uint64_t counted[] = {0, rows.cardinality()};
  counts.add(dictionary_of(*field.missing), counted);
}

}  // namespace segments
