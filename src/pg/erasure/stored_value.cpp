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

}  // namespace segments::pg
