#include "pg/capture/json_members.h"

#include "core/calendar/iso_time.h"
#include "core/column/element_list.h"
#include "core/text/characters.h"
#include "core/text/number_text.h"
#include "pg/catalog/array_value.h"
#include "pg/server/datum.h"
#include "pg/server/json_elements.h"

namespace segments::pg {
namespace {

// An element's number in an array.  Server calls may not throw, so this one does not.
bool element_number(const std::string& name, uint32& number) {
  constexpr size_t kMostDigits = 9;
  if (name.empty() || name.size() > kMostDigits || (name[0] == '0' && name.size() > 1)) return false;
  number = 0;
  for (const char c : name) {
    if (!is_digit(c)) return false;
    number = number * 10 + static_cast<uint32>(c - '0');
  }
  return true;
}

// Server calls only.  jbvNull if there is nothing.
void find_member(JsonbContainer* document, const std::string* path, size_t depth, JsonbValue* found) {
  JsonbContainer* container = document;
  for (size_t i = 0; i < depth; ++i) {
    const std::string& name = path[i];
    JsonbValue* next = nullptr;
    if (JsonContainerIsObject(container)) {
      next = getKeyJsonValueFromContainer(container, name.data(), static_cast<int>(name.size()), found);
    } else if (uint32 number = 0;
               JsonContainerIsArray(container) && !JsonContainerIsScalar(container) && element_number(name, number)) {
      next = getIthJsonbValueFromContainer(container, number);
      if (next != nullptr) *found = *next;
    }
    const bool is_last = i + 1 == depth;
    if (next == nullptr || (!is_last && found->type != jbvBinary)) {
      found->type = jbvNull;
      return;
    }
    if (!is_last) container = found->val.binary.data;
  }
}

std::string_view string_of(const JsonbValue& value) { return {value.val.string.val, static_cast<size_t>(value.val.string.len)}; }

std::string_view payload_of(Numeric number) {
  const BytesView bytes = plain_bytes(NumericGetDatum(number));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Empty: there is none.
std::string number_of_string(const JsonbValue& value) {
  return value.type == jbvString ? std::string(number_in(string_of(value))) : std::string();
}
std::string number_of(const JsonbValue& value) {
  return value.type == jbvNumeric ? digits_of(value.val.numeric) : number_of_string(value);
}

std::optional<std::string> text_of_scalar(const JsonbValue& value) {
  switch (value.type) {
    case jbvString:
      return std::string(string_of(value));
    case jbvNumeric:
      return digits_of(value.val.numeric);
    case jbvBool:
      return value.val.boolean ? "true" : "false";
    default:
      return std::nullopt;
  }
}

// The bytes of an element; nothing if it is none of the type.
std::optional<std::string> image_of(const JsonbValue& value, Oid element) {
  if (element == TEXTOID) return text_of_scalar(value);
  const std::string number = number_of(value);
  const std::optional<int64_t> whole = number.empty() ? std::nullopt : whole_number(number);
  if (!whole) return std::nullopt;
  return element_image(element, Int64GetDatum(*whole));
}

// What a batch holds of an array; nothing if it has other elements.
std::optional<std::string> list_of(const JsonbValue& array, Oid element) {
  if (!is_json_array(array)) return std::nullopt;
  std::vector<std::string> images;
  JsonElements walk(array.val.binary.data);
  bool fits = true;
  for (JsonbValue value; fits && walk.next(value);) {
    std::optional<std::string> image = image_of(value, element);
    fits = image.has_value();
    if (fits) images.push_back(std::move(*image));
  }
  walk.free();
  if (!fits || walk.has_object()) return std::nullopt;
  std::vector<std::string_view> views(images.begin(), images.end());
  return encode_elements(views);
}

// Sets the field to a value; false if it is none of the type.
class ValueReader {
 public:
  ValueReader(RowBatch& batch, uint32_t index) : batch_(batch), index_(index) {}

  bool read(const JsonbValue& value, Oid type) {
    switch (type) {
      case TEXTOID:
        return read_text(value);
      case BOOLOID:
        return read_boolean(value);
      case NUMERICOID:
        return read_numeric(value);
      case INT8OID:
        return read_integer(value);
      case FLOAT8OID:
        return read_float(value);
      case TIMESTAMPTZOID:
        return value.type == jbvString && set(timestamp_of_iso(string_of(value)));
      case DATEOID:
        return value.type == jbvString && set(day_of_iso(string_of(value)));
      case TEXTARRAYOID:
      case INT8ARRAYOID:
        return set_bytes(list_of(value, element_type_of(type)));
      default:
        return false;
    }
  }

 private:
  bool read_text(const JsonbValue& value) {
    if (value.type != jbvString) return set_bytes(text_of_scalar(value));
    batch_.set_bytes(index_, string_of(value));
    return true;
  }

  bool read_boolean(const JsonbValue& value) {
    if (value.type == jbvBool) {
      batch_.set_integer(index_, value.val.boolean ? 1 : 0);
      return true;
    }
    std::string text;
    if (value.type == jbvString) text = string_of(value);
    if (value.type == jbvNumeric) text = digits_of(value.val.numeric);
    const std::string_view word = without_blanks(text);
    bool truth = false;
    if (word.empty() || !parse_bool_with_len(word.data(), word.size(), &truth)) return false;
    batch_.set_integer(index_, truth ? 1 : 0);
    return true;
  }

  bool read_numeric(const JsonbValue& value) {
    if (value.type == jbvNumeric) {
      batch_.set_bytes(index_, payload_of(value.val.numeric));
      return true;
    }
    const std::string number = number_of_string(value);
    if (number.empty()) return false;
    const Datum read = call([&] {
      return DirectFunctionCall3(numeric_in, CStringGetDatum(number.c_str()), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
    });
    batch_.set_bytes(index_, payload_of(DatumGetNumeric(read)));
    pfree(DatumGetPointer(read));
    return true;
  }

  bool read_integer(const JsonbValue& value) {
    const std::string number = number_of(value);
    return !number.empty() && set(whole_number(number));
  }

  bool read_float(const JsonbValue& value) {
    const std::string number = number_of(value);
    const std::optional<double> read = number.empty() ? std::nullopt : double_of(number);
    if (read) batch_.set_float(index_, *read);
    return read.has_value();
  }

  bool set_bytes(const std::optional<std::string>& bytes) {
    if (bytes) batch_.set_bytes(index_, *bytes);
    return bytes.has_value();
  }

  template <class Integer>
  bool set(const std::optional<Integer>& value) {
    if (value) batch_.set_integer(index_, *value);
    return value.has_value();
  }

  RowBatch& batch_;
  uint32_t index_;
};

}  // namespace

bool is_member_type(Oid type) {
  switch (type) {
    case TEXTOID:
    case BOOLOID:
    case NUMERICOID:
    case INT8OID:
    case FLOAT8OID:
    case TIMESTAMPTZOID:
    case DATEOID:
    case TEXTARRAYOID:
    case INT8ARRAYOID:
      return true;
    default:
      return false;
  }
}

void JsonMembers::add(uint32_t index, Oid type, const std::vector<std::string>& path) {
  members_.push_back({index, type, path});
  found_.emplace_back();
}

void JsonMembers::read(Datum document, RowBatch& batch) {
  const struct varlena* plain = call([&] {
    const struct varlena* value = plain_value(document);
    auto* root = &const_cast<Jsonb*>(reinterpret_cast<const Jsonb*>(value))->root;
    for (size_t i = 0; i < members_.size(); ++i) {
      find_member(root, members_[i].path.data(), members_[i].path.size(), &found_[i]);
    }
    return value;
  });
  for (size_t i = 0; i < members_.size(); ++i) {
    if (found_[i].type == jbvNull) continue;
    const Member& member = members_[i];
    if (!ValueReader(batch, member.index).read(found_[i], member.type)) batch.count_misfit(member.index);
  }
  if (PointerGetDatum(plain) != document) pfree(const_cast<struct varlena*>(plain));
}

}  // namespace segments::pg
