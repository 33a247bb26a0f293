#include "pg/catalog/array_value.h"

#include <algorithm>

#include "core/column/byte_reader.h"
#include "core/column/element_list.h"
#include "pg/server/datum.h"

namespace segments::pg {
namespace {

constexpr int16 kUuidBytes = 16;

struct ElementLayout {
  int16 length;  // -1: of each its own
  char alignment;
};

ElementLayout layout_of(Oid element) {
  switch (element) {
    case TEXTOID:
    case VARCHAROID:
      return {-1, TYPALIGN_INT};
    case INT2OID:
      return {sizeof(int16), TYPALIGN_SHORT};
    case INT8OID:
      return {sizeof(int64), TYPALIGN_DOUBLE};
    case UUIDOID:
      return {kUuidBytes, TYPALIGN_CHAR};
    default:  // integer, and enums
      return {sizeof(int32), TYPALIGN_INT};
  }
}

[[noreturn]] void refuse_array() { throw_corrupted("An array is not one of its column's type."); }

// Views into the array.
std::vector<std::string_view> elements_in(ArrayType* array, int count, const ElementLayout& layout) {
  const char* at = ARR_DATA_PTR(array);
  const char* end = reinterpret_cast<const char*>(array) + VARSIZE(array);
  const bits8* not_null = ARR_NULLBITMAP(array);
  std::vector<std::string_view> elements;
  elements.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    if (not_null != nullptr && (not_null[i / 8] >> (i % 8) & 1) == 0) continue;
    if (at >= end) refuse_array();
    if (layout.length > 0) {
      elements.emplace_back(at, static_cast<size_t>(layout.length));
    } else {
      if (VARATT_IS_EXTERNAL(at) || VARATT_IS_COMPRESSED(at)) refuse_array();
      const BytesView bytes = plain_bytes(reinterpret_cast<const struct varlena*>(at));
      elements.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    const std::string_view last = elements.back();
    if (last.data() > end || last.size() > static_cast<size_t>(end - last.data())) refuse_array();
    at = last.data() + last.size();
    at = reinterpret_cast<const char*>(att_align_nominal(at, layout.alignment));
  }
  return elements;
}

// Server calls only: within call().  REQUIRES: the bytes were checked.
Datum new_datum(std::string_view image, Oid element) {
  const ElementLayout layout = layout_of(element);
  if (layout.length < 0) return PointerGetDatum(cstring_to_text_with_len(image.data(), static_cast<int>(image.size())));
  if (element == UUIDOID) {
    void* copy = palloc(image.size());
    std::memcpy(copy, image.data(), image.size());
    return PointerGetDatum(copy);
  }
  alignas(Datum) char aligned[sizeof(Datum)] = {};
  std::memcpy(aligned, image.data(), image.size());
  return fetch_att(aligned, true, layout.length);
}

}  // namespace

Oid element_type_of(Oid type) {
  switch (type) {
    case TEXTARRAYOID:
      return TEXTOID;
    case VARCHARARRAYOID:
      return VARCHAROID;
    case INT2ARRAYOID:
      return INT2OID;
    case INT4ARRAYOID:
      return INT4OID;
    case INT8ARRAYOID:
      return INT8OID;
    case UUIDARRAYOID:
      return UUIDOID;
    default:
      return call([&] {
        const Oid element = get_element_type(type);
        return OidIsValid(element) && get_typtype(element) == TYPTYPE_ENUM ? element : InvalidOid;
      });
  }
}

int64_t element_number(std::string_view image) {
  int16 small = 0;
  int32 integer = 0;
  int64_t large = 0;
  switch (image.size()) {
    case sizeof small:
      std::memcpy(&small, image.data(), sizeof small);
      return small;
    case sizeof integer:
      std::memcpy(&integer, image.data(), sizeof integer);
      return integer;
    default:
      std::memcpy(&large, image.data(), sizeof large);
      return large;
  }
}

void check_element(std::string_view image, Oid element) {
  const ElementLayout layout = layout_of(element);
  if (layout.length > 0 && image.size() != static_cast<size_t>(layout.length)) {
    throw_corrupted("An element of an array is not of its type's length.");
  }
}

std::string element_image(Oid element, Datum value) {
  const ElementLayout layout = layout_of(element);
  if (layout.length < 0) return text_of(value);
  if (element == UUIDOID) return {DatumGetPointer(value), static_cast<size_t>(layout.length)};
  char image[sizeof(Datum)];
  store_att_byval(image, value, layout.length);
  return {image, static_cast<size_t>(layout.length)};
}

std::string list_of_array(Datum array, Oid element) {
  int count = 0;
  auto* plain = call([&] {
    ArrayType* whole = DatumGetArrayTypeP(array);
    count = ArrayGetNItems(ARR_NDIM(whole), ARR_DIMS(whole));
    return whole;
  });
  const Oid held = ARR_ELEMTYPE(plain);
  if (held != element && !(is_text_element(held) && is_text_element(element))) refuse_array();
  std::vector<std::string_view> elements = elements_in(plain, count, layout_of(element));
  std::string list = encode_elements(elements);
  if (PointerGetDatum(plain) != array) pfree(plain);
  return list;
}

Datum element_datum(std::string_view image, Oid element) {
  check_element(image, element);
  return call([&] { return new_datum(image, element); });
}

Datum array_of_list(std::string_view list, Oid element) {
  std::vector<std::string_view> images;
  ElementReader reader(list);
  while (const std::optional<std::string_view> image = reader.next()) {
    check_element(*image, element);
    images.push_back(*image);
  }
  if (is_number_element(element)) std::ranges::sort(images, {}, element_number);
  return array_of(std::span<const std::string_view>(images), element,
                  [&](std::string_view image) { return new_datum(image, element); });
}

}  // namespace segments::pg
