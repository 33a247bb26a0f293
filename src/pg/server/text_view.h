// The bytes of a text value without a copy.
#pragma once
#include <string_view>

#include "pg/server/boundary.h"

namespace segments::pg {

// Valid as long as the datum, or (if it was compressed or stored out of line) the current memory context.
inline std::string_view text_view(Datum value) {
  auto* text = reinterpret_cast<struct varlena*>(DatumGetPointer(value));
  if (unlikely(VARATT_IS_COMPRESSED(text) || VARATT_IS_EXTERNAL(text))) {
    text = call([&] { return pg_detoast_datum_packed(text); });
  }
  return {VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text)};
}

}  // namespace segments::pg
