#include "pg/server/datum.h"

namespace segments::pg {
namespace {

void free_copy(const struct varlena* plain, Datum value) {
  if (plain != reinterpret_cast<const struct varlena*>(DatumGetPointer(value))) {
    call([&] { pfree(const_cast<struct varlena*>(plain)); });
  }
}

}  // namespace

std::string text_of(Datum value) {
  const struct varlena* plain = detoasted(value);
  std::string text(VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain));
  free_copy(plain, value);
  return text;
}

Bytes bytes_of(Datum value) {
  const struct varlena* plain = detoasted(value);
  const BytesView view = plain_bytes(plain);
  Bytes bytes(view.begin(), view.end());
  free_copy(plain, value);
  return bytes;
}

std::string output_text(Datum value, Oid type) {
  return call([&]() -> const char* {
    Oid output = InvalidOid;
    bool is_varlena = false;
    getTypeOutputInfo(type, &output, &is_varlena);
    return OidOutputFunctionCall(output, value);
  });
}

std::string digits_of(Numeric number) {
  const char* written = call([&] { return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(number))); });
  std::string digits(written);
  pfree(const_cast<char*>(written));
  return digits;
}

ArrayElements elements_of(Datum array, Oid element_type) {
  return call([&] {
    ArrayElements elements;
    int16 length;
    bool by_value;
    char alignment;
    get_typlenbyvalalign(element_type, &length, &by_value, &alignment);
    deconstruct_array(DatumGetArrayTypeP(array), element_type, length, by_value, alignment, &elements.values, &elements.nulls,
                      &elements.count);
    return elements;
  });
}

std::vector<std::string> text_elements(Datum array) {
  const ArrayElements elements = elements_of(array, TEXTOID);
  std::vector<std::string> texts;
  for (int i = 0; i < elements.count; ++i) {
    if (!elements.nulls[i]) texts.emplace_back(text_view(elements.values[i]));
  }
  return texts;
}

Datum make_array(Datum* elements, size_t count, Oid element_type) {
  int16 length;
  bool by_value;
  char alignment;
  get_typlenbyvalalign(element_type, &length, &by_value, &alignment);
  ArrayType* array = construct_array(elements, static_cast<int>(count), element_type, length, by_value, alignment);
  for (size_t i = 0; !by_value && i < count; ++i) pfree(DatumGetPointer(elements[i]));
  pfree(elements);
  return PointerGetDatum(array);
}

}  // namespace segments::pg
