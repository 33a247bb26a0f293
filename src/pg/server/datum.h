// Values of the server as C++ reads and makes them.
//
// A view is valid as long as the datum, or, if that was compressed or stored out of line, the current memory context.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "core/column/column.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// The payload of a value that is in memory, whole and uncompressed.
inline BytesView plain_bytes(const struct varlena* value) {
  return {reinterpret_cast<const uint8_t*>(VARDATA_ANY(value)), VARSIZE_ANY_EXHDR(value)};
}
inline BytesView plain_bytes(Datum value) { return plain_bytes(reinterpret_cast<const struct varlena*>(DatumGetPointer(value))); }

inline struct varlena* detoasted(Datum value) {
  auto* stored = reinterpret_cast<struct varlena*>(DatumGetPointer(value));
  if (likely(!VARATT_IS_COMPRESSED(stored) && !VARATT_IS_EXTERNAL(stored))) return stored;
  return call([&] { return pg_detoast_datum_packed(stored); });
}

// Server calls only: within call().  Copies in the current memory context, uncompressed.
inline Datum plain_copy(Datum value) {
  return PointerGetDatum(pg_detoast_datum_copy(reinterpret_cast<struct varlena*>(DatumGetPointer(value))));
}
// The value itself if it is uncompressed and in memory.
inline const struct varlena* plain_value(Datum value) {
  return pg_detoast_datum(reinterpret_cast<struct varlena*>(DatumGetPointer(value)));
}

inline BytesView bytes_view(Datum value) { return plain_bytes(detoasted(value)); }
inline std::string_view text_view(Datum value) {
  const struct varlena* text = detoasted(value);
  return {VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text)};
}

// Copies: they leave nothing behind in the memory context.
std::string text_of(Datum value);
Bytes bytes_of(Datum value);

// As a value's type writes it under the session's settings.
std::string output_text(Datum value, Oid type);
// All digits.  Leaves nothing behind in the memory context.
std::string digits_of(Numeric number);

struct ArrayElements {
  Datum* values = nullptr;
  bool* nulls = nullptr;
  int count = 0;
};
// Of an array of any shape.
ArrayElements elements_of(Datum array, Oid element_type);
// Null elements are left out.
std::vector<std::string> text_elements(Datum array);

// Server calls only: within call().  Frees the elements, and what they point to.
Datum make_array(Datum* elements, size_t count, Oid element_type);

// `to_datum` makes server calls only; what it allocates is freed.
template <class T, class ToDatum>
Datum array_of(std::span<const T> values, Oid element_type, ToDatum to_datum) {
  const size_t count = values.size();
  const T* data = values.data();
  return call([&] {
    auto* elements = static_cast<Datum*>(palloc_extended(sizeof(Datum) * (count + 1), MCXT_ALLOC_HUGE));
    for (size_t i = 0; i < count; ++i) elements[i] = to_datum(data[i]);
    return make_array(elements, count, element_type);
  });
}

}  // namespace segments::pg
