#include "pg/erasure/stored_value.h"

#include "pg/catalog/array_value.h"
#include "pg/catalog/field_value.h"
#include "pg/server/subtransaction.h"

namespace segments::pg {

std::optional<MissingValue> stored_value(Oid type, const std::string& content, bool is_element) {
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

bool equals_entry(const Dictionary& dictionary, uint32_t index, const MissingValue& value) {
  if (dictionary.kind() != value.kind) return false;
  if (dictionary.kind() != ValueKind::kBytes) return dictionary.integer(index) == value.integer;
  const std::string_view entry = dictionary.bytes(index);
  return std::equal(entry.begin(), entry.end(), value.bytes.begin(), value.bytes.end(),
                    [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
}

StoredIds::StoredIds(Oid type, const StringTable& records, KeyNormalization normalization)
    : has_many_forms_(type == BPCHAROID || normalization.any()) {
  for (uint32_t i = 0; i < records.size(); ++i) {
    auto value = stored_value(type, std::string(split_record_key(records.at(i)).second));
    if (value) values_.push_back(std::move(*value));
  }
}

bool StoredIds::may_be_in(const Dictionary& dictionary) const {
  if (values_.empty()) return false;
  if (has_many_forms_) return dictionary.size() != 0;
  for (uint32_t i = 0; i < dictionary.size(); ++i) {
    const auto is_entry = [&](const MissingValue& value) { return equals_entry(dictionary, i, value); };
    if (std::ranges::any_of(values_, is_entry)) return true;
  }
  return false;
}

}  // namespace segments::pg
