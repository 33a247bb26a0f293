#include "pg/erasure/dictionary_traces.h"

#include <algorithm>
#include <set>

#include "core/column/element_list.h"
#include "pg/catalog/array_value.h"
#include "pg/erasure/stored_value.h"
#include "pg/query/query.h"

namespace segments::pg {
namespace {

bool is_text_type(Oid type) { return type == TEXTOID || type == VARCHAROID || type == BPCHAROID || type == NAMEOID; }

bool equals_bytes(std::string_view entry, const MissingValue& value) {
  return std::equal(entry.begin(), entry.end(), value.bytes.begin(), value.bytes.end(),
                    [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
}

bool matches_bytes(std::string_view entry, const FieldSearch& search, const Wanted& wanted) {
  const std::string id = search.normalization.any() ? normalized(std::string(entry), search.normalization) : std::string();
  const std::string_view compared = search.normalization.any() ? id : entry;
  const auto equals = [&](const MissingValue& value) { return value.kind == ValueKind::kBytes && equals_bytes(compared, value); };
  const auto holds = [&](const std::string& value) { return entry.find(value) != std::string_view::npos; };
  return std::ranges::any_of(search.exact, equals) || (search.is_text && std::ranges::any_of(wanted.values, holds));
}

bool matches_entry(const Dictionary& dictionary, uint32_t index, const FieldSearch& search, const Wanted& wanted) {
  if (dictionary.kind() != ValueKind::kBytes) {
    return std::ranges::any_of(search.exact, [&](const MissingValue& value) {
      return value.kind == dictionary.kind() && value.integer == dictionary.integer(index);
    });
  }
  if (!OidIsValid(search.element)) return matches_bytes(dictionary.bytes(index), search, wanted);
  ElementReader elements(dictionary.bytes(index));
  while (const std::optional<std::string_view> element = elements.next()) {
    if (matches_bytes(*element, search, wanted)) return true;
  }
  return false;
}

// The relation that leads to records by ids in the column; null: none that refreshes read.
const InteractionSource* relation_by(const InteractionSource& source, const std::string& id_column) {
  const InteractionSource* found = nullptr;
  source.for_each_relation([&](const InteractionSource& relation) {
    if (relation.record_id_column == id_column) found = &relation;
  });
  return found;
}

}  // namespace

FieldSearches field_searches(const std::vector<InteractionSource>& sources, const Wanted& wanted) {
  Rows rows = run("SELECT type_id, record_id_column::text, coalesce(normalize_ids, '') FROM segments.interaction_relation");
  std::map<std::pair<int32_t, std::string>, KeyNormalization> references;
  for (uint64_t i = 0; i < rows.size(); ++i) references[{rows.int4(i, 0), rows.text(i, 1)}] = key_normalization(rows.text(i, 2));
  rows.release();
  FieldSearches searches;
  const auto add_fields = [&](const InteractionSource& source, const InteractionSource& seen_by) {
    for (const SourceField& field : seen_by.fields) {
      FieldSearch& search = searches[{seen_by.rows_id, field.attnum}];
      search.element = element_type_of(field.type);
      const bool is_array = OidIsValid(search.element);
      const Oid type = is_array ? search.element : field.type;
      search.is_text = is_text_type(type);
      std::vector<std::string> contents;
      if (!search.is_text) contents = wanted.values;
      // IDs of records are looked for in columns that lead to records, where rows are seen by another relation.
      search.relation = relation_by(source, field.column);
      if (search.relation != nullptr) {
        search.source = &source;
        search.ids = StoredIds(type, wanted.records, search.relation->normalization);
      } else if (const auto known = references.find({seen_by.type_id, field.column}); known != references.end()) {
        search.normalization = known->second;
        for (uint32_t i = 0; i < wanted.records.size(); ++i) {
          contents.emplace_back(split_record_key(wanted.records.at(i)).second);
        }
      }
      for (const std::string& content : contents) {
        if (auto value = stored_value(type, content, is_array)) search.exact.push_back(std::move(*value));
      }
    }
  };
  for (const InteractionSource& source : sources) {
    source.for_each_relation([&](const InteractionSource& seen_by) { add_fields(source, seen_by); });
  }
  return searches;
}

uint64_t count_entries(const Dictionary& dictionary, const FieldSearch& search, const Wanted& wanted) {
  uint64_t count = 0;
  for (uint32_t i = 0; i < dictionary.size(); ++i) {
    if (matches_entry(dictionary, i, search, wanted)) ++count;
  }
  return count;
}

}  // namespace segments::pg
