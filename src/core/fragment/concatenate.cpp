#include <algorithm>
#include <map>

#include "core/column/rebuild_hint.h"
#include "core/error.h"
#include "core/fragment/fragment.h"
#include "core/column/sort_key.h"

namespace segments {
namespace {

constexpr size_t kItemsBetweenPolls = 1 << 16;

// One value of one of the dictionaries to be merged.  `key` orders like the first eight bytes of the value.
struct ValueReference {
  uint64_t key;
  uint32_t table;
  uint32_t index;
};

uint64_t key_of(const Dictionary& dictionary, uint32_t index) {
  return dictionary.kind() == ValueKind::kBytes ? sort_key(dictionary.bytes(index)) : sort_key(dictionary.integer(index));
}

// Merges the sorted dictionaries of one field, and tells each one's codes in the result.
class DictionaryMerge {
 public:
  // `dictionaries` holds a null for a table without the field.
  DictionaryMerge(const std::vector<const Dictionary*>& dictionaries, Interrupt& interrupt) : dictionaries_(dictionaries) {
    collect();
    merge_runs(interrupt);
    number(interrupt);
  }
  Dictionary take() { return std::move(merged_); }
  const std::vector<uint32_t>& new_codes(size_t table) const { return new_codes_[table]; }

 private:
  std::string_view text(const ValueReference& value) const { return dictionaries_[value.table]->bytes(value.index); }
  bool less(const ValueReference& a, const ValueReference& b) const {
    if (a.key != b.key) return a.key < b.key;
    return kind_ == ValueKind::kBytes && text(a) < text(b);
  }
  bool equal(const ValueReference& a, const ValueReference& b) const {
    return a.key == b.key && (kind_ != ValueKind::kBytes || text(a) == text(b));
  }

  void collect() {
    bool has_kind = false;
    new_codes_.resize(dictionaries_.size());
    run_ends_.push_back(0);
    for (uint32_t table = 0; table < dictionaries_.size(); ++table) {
      const Dictionary* dictionary = dictionaries_[table];
      if (dictionary == nullptr || dictionary->size() == 0) {
        new_codes_[table] = {0};
        continue;
      }
      if (has_kind && kind_ != dictionary->kind()) {
        throw Error(ErrorCode::kDataCorrupted, "stored data of segments is damaged",
                    "The fragments of a source hold values of different kinds for one field.", kRebuildHint);
      }
      has_kind = true;
      kind_ = dictionary->kind();
      new_codes_[table].resize(dictionary->size() + 1);
      for (uint32_t i = 0; i < dictionary->size(); ++i) values_.push_back({key_of(*dictionary, i), table, i});
      run_ends_.push_back(values_.size());
    }
  }

  // Merges neighbouring runs until one is left.
  void merge_runs(Interrupt& interrupt) {
    std::vector<ValueReference> other(values_.size());
    while (run_ends_.size() > 2) {
      std::vector<size_t> ends = {0};
      for (size_t run = 0; run + 1 < run_ends_.size(); run += 2) {
        interrupt.poll();
        const auto at = [&](size_t end) {
          return values_.begin() + static_cast<ptrdiff_t>(run_ends_[std::min(end, run_ends_.size() - 1)]);
        };
        std::merge(at(run), at(run + 1), at(run + 1), at(run + 2), other.begin() + static_cast<ptrdiff_t>(run_ends_[run]),
                   [&](const ValueReference& a, const ValueReference& b) { return less(a, b); });
        ends.push_back(run_ends_[std::min(run + 2, run_ends_.size() - 1)]);
      }
      values_.swap(other);
      run_ends_.swap(ends);
    }
  }

  void number(Interrupt& interrupt) {
    std::vector<int64_t> integers;
    std::vector<uint32_t> ends;
    Bytes blob;
    uint32_t size = 0;
    for (size_t i = 0; i < values_.size(); ++i) {
      if (i % kItemsBetweenPolls == 0) interrupt.poll();
      const ValueReference& value = values_[i];
      if (i == 0 || !equal(values_[i - 1], value)) {
        ++size;
        if (kind_ == ValueKind::kBytes) {
          const std::string_view bytes = text(value);
          if (blob.size() + bytes.size() > UINT32_MAX) {
            throw Error(ErrorCode::kLimitExceeded, "values of a field are too large to be merged",
                        "The distinct values would take more than 4 GB.",
                        "Shorten such values, or keep them in a table that is not registered.");
          }
          blob.insert(blob.end(), bytes.begin(), bytes.end());
          ends.push_back(static_cast<uint32_t>(blob.size()));
        } else {
          integers.push_back(dictionaries_[value.table]->integer(value.index));
        }
      }
      new_codes_[value.table][value.index + 1] = size;
    }
    merged_ = kind_ == ValueKind::kBytes ? Dictionary::of_bytes(std::move(ends), std::move(blob))
                                         : Dictionary::of_integers(kind_, std::move(integers));
  }

  const std::vector<const Dictionary*>& dictionaries_;
  ValueKind kind_ = ValueKind::kInteger;
  std::vector<ValueReference> values_;
  std::vector<size_t> run_ends_;
  std::vector<std::vector<uint32_t>> new_codes_;
  Dictionary merged_;
};

}  // namespace

Dictionary dictionary_of(const MissingValue& missing) {
  if (missing.kind != ValueKind::kBytes) return Dictionary::of_integers(missing.kind, {missing.integer});
  return Dictionary::of_bytes({static_cast<uint32_t>(missing.bytes.size())}, missing.bytes);
}

void add_missing_values(RowTable& table, int16_t known_fields, const MissingValues& missing) {
  std::vector<DecodedField> added;
  for (int field = table.known_fields + 1; field <= known_fields; ++field) {
    const auto number = static_cast<int16_t>(field);
    const bool has_column =
        std::any_of(table.fields.begin(), table.fields.end(), [&](const DecodedField& f) { return f.field == number; });
    const std::optional<MissingValue> value = has_column ? std::nullopt : missing(number);
    if (value) added.push_back({number, dictionary_of(*value), std::vector<uint32_t>(table.row_count(), 1)});
  }
  if (!added.empty()) {
    std::move(added.begin(), added.end(), std::back_inserter(table.fields));
    std::sort(table.fields.begin(), table.fields.end(),
              [](const DecodedField& a, const DecodedField& b) { return a.field < b.field; });
  }
  table.known_fields = std::max(table.known_fields, known_fields);
}

RowTable concatenate(std::vector<RowTable>&& tables, const MissingValues& missing, Interrupt& interrupt) {
  int16_t known_fields = 0;
  for (const RowTable& table : tables) known_fields = std::max(known_fields, table.known_fields);
  for (RowTable& table : tables) add_missing_values(table, known_fields, missing);
  if (tables.size() == 1) return std::move(tables[0]);

  RowTable result;
  result.known_fields = known_fields;
  size_t row_count = 0;
  for (const RowTable& table : tables) row_count += table.row_count();
  if (row_count > UINT32_MAX) throw Error(ErrorCode::kLimitExceeded, "too many rows to be merged at once");
  result.ordinals.reserve(row_count);
  result.times.reserve(row_count);
  std::map<int16_t, std::vector<DecodedField*>> fields;
  for (size_t i = 0; i < tables.size(); ++i) {
    interrupt.poll();
    result.ordinals.insert(result.ordinals.end(), tables[i].ordinals.begin(), tables[i].ordinals.end());
    result.times.insert(result.times.end(), tables[i].times.begin(), tables[i].times.end());
    for (DecodedField& field : tables[i].fields) {
      auto& columns = fields[field.field];
      columns.resize(tables.size());
      columns[i] = &field;
    }
  }
  for (const auto& [number, columns] : fields) {
    std::vector<const Dictionary*> dictionaries;
    for (const DecodedField* column : columns) dictionaries.push_back(column == nullptr ? nullptr : &column->dictionary);
    DictionaryMerge merge(dictionaries, interrupt);
    DecodedField merged{number, merge.take(), {}};
    merged.codes.reserve(row_count);
    for (size_t i = 0; i < tables.size(); ++i) {
      interrupt.poll();
      if (columns[i] == nullptr) {
        merged.codes.resize(merged.codes.size() + tables[i].row_count(), 0);
        continue;
      }
      const std::vector<uint32_t>& new_codes = merge.new_codes(i);
      for (const uint32_t code : columns[i]->codes) merged.codes.push_back(new_codes[code]);
      *columns[i] = {};
    }
    result.fields.push_back(std::move(merged));
  }
  return result;
}

}  // namespace segments
