#include "pg/erasure/dictionary_traces.h"

#include <algorithm>
#include <set>

#include "core/column/element_list.h"
#include "pg/catalog/array_value.h"
#include "pg/catalog/field_value.h"
#include "pg/query/query.h"
#include "pg/server/subtransaction.h"

namespace segments::pg {
namespace {

bool is_text_type(Oid type) { return type == TEXTOID || type == VARCHAROID || type == BPCHAROID || type == NAMEOID; }

std::optional<MissingValue> as_value_of(Oid type, const std::string& content, bool is_element) {
  std::optional<MissingValue> value;
  in_subtransaction([&] {
    const char* characters = content.c_str();
    const Datum datum = call([&] {
      Oid input;
      Oid parameter;
      getTypeInputInfo(type, &input, &parameter);
      return OidInputFunctionCall(input, const_cast<char*>(characters), parameter, -1);
    });
    if (!is_element) {
      value = missing_value_of(type, datum);
      return;
    }
    const std::string image = element_image(type, datum);
    value = MissingValue{ValueKind::kBytes, 0, {image.begin(), image.end()}};
  });
  return value;
}

bool equals_bytes(std::string_view entry, const MissingValue& value) {
  return std::equal(entry.begin(), entry.end(), value.bytes.begin(), value.bytes.end(),
                    [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
}

bool matches_bytes(std::string_view entry, const FieldSearch& search, const Wanted& wanted) {
  const auto equals = [&](const MissingValue& value) { return value.kind == ValueKind::kBytes && equals_bytes(entry, value); };
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

}  // namespace

FieldSearches field_searches(const std::vector<InteractionSource>& sources, const Wanted& wanted) {
  Rows rows = run("SELECT type_id, record_id_column::text FROM segments.interaction_relation WHERE NOT is_default");
  std::set<std::pair<int32_t, std::string>> references;
  for (uint64_t i = 0; i < rows.size(); ++i) references.insert({rows.int4(i, 0), rows.text(i, 1)});
  rows.release();
  FieldSearches searches;
  for (const InteractionSource& source : sources) {
    for (const SourceField& field : source.fields) {
      FieldSearch& search = searches[{source.type_id, field.attnum}];
      search.element = element_type_of(field.type);
      const bool is_array = OidIsValid(search.element);
      const Oid type = is_array ? search.element : field.type;
      search.is_text = is_text_type(type);
      std::vector<std::string> contents;
      if (!search.is_text) contents = wanted.values;
      // IDs of records are looked for in columns that lead to records by another relation than the default one.
      if (references.contains({source.type_id, field.column})) {
        for (uint32_t i = 0; i < wanted.records.size(); ++i) {
          contents.emplace_back(split_record_key(wanted.records.at(i)).second);
        }
      }
      for (const std::string& content : contents) {
        if (auto value = as_value_of(type, content, is_array)) search.exact.push_back(std::move(*value));
      }
    }
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
