#include "pg/insight/field_dictionary.h"

#include <algorithm>

#include "pg/catalog/equal_values.h"
#include "pg/catalog/field_value.h"
#include "pg/store/stored_dictionary.h"

namespace segments::pg {

FieldDictionary::FieldDictionary(int32_t type_id, const SourceField& field, std::optional<MissingValue> missing,
                                 int64_t refresh_id)
    : field_(field) {
  values_.type_id = type_id;
  values_.field = field.attnum;
  values_.kind = field.kind;
  if (missing && missing->kind != field.kind) missing.reset();
  if (missing) collect(*missing);
  visit_dictionaries({type_id, field.attnum, refresh_id, [](const ValueBounds&) { return true; }},
                     [&](const Dictionary& dictionary) {
                       collect(dictionary);
                       return !is_too_large_;
                     });
  if (!is_too_large_) make_values(missing);
}

bool FieldDictionary::holds_numbers() const {
  switch (field_.type) {
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case FLOAT4OID:
    case FLOAT8OID:
    case NUMERICOID:
      return true;
    default:
      return false;
  }
}

void FieldDictionary::collect(const MissingValue& missing) {
  if (missing.kind == ValueKind::kBytes) {
    texts_.emplace(missing.bytes.begin(), missing.bytes.end());
  } else {
    integers_.insert(missing.integer);
  }
}

void FieldDictionary::collect(const Dictionary& dictionary) {
  if (dictionary.kind() != field_.kind)
    throw Error(ErrorCode::kDataCorrupted, "a stored dictionary holds values of another kind");
  for (uint32_t i = 0; i < dictionary.size() && !is_too_large_; ++i) {
    if (field_.kind == ValueKind::kBytes) {
      texts_.emplace(dictionary.bytes(i));
    } else {
      integers_.insert(dictionary.integer(i));
    }
    is_too_large_ = texts_.size() + integers_.size() > kMostValues;
  }
}

void FieldDictionary::make_values(const std::optional<MissingValue>& missing) {
  values_.integers.assign(integers_.begin(), integers_.end());
  values_.texts.assign(texts_.begin(), texts_.end());
  const auto count = static_cast<uint32_t>(values_.integers.size() + values_.texts.size());
  ValueGroups groups = group_equal_values(
      count, [&](uint32_t value) { return datum(value); }, field_.type, field_.collation);
  values_.groups = std::move(groups.group_of);
  shown_ = std::move(groups.shown);
  values_.group_count = static_cast<uint32_t>(shown_.size());
  if (!missing) return;
  const size_t place = missing->kind == ValueKind::kBytes
                           ? static_cast<size_t>(std::distance(
                                 texts_.begin(), texts_.find(std::string(missing->bytes.begin(), missing->bytes.end()))))
                           : static_cast<size_t>(std::distance(integers_.begin(), integers_.find(missing->integer)));
  values_.missing_group = values_.groups.at(place);
}

Datum FieldDictionary::datum(uint32_t value) const {
  if (field_.kind == ValueKind::kBytes) return datum_of_bytes(values_.texts[value], field_.type);
  return datum_of(Dictionary::of_integers(field_.kind, {values_.integers[value]}), 0, field_.type);
}

std::string FieldDictionary::text_of_group(uint32_t group) const { return value_text(datum(shown_.at(group)), field_.type); }

}  // namespace segments::pg
