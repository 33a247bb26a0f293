#include "pg/query/key_normalization.h"

#include "pg/query/query.h"
#include "pg/server/datum.h"

namespace segments::pg {

KeyNormalization key_normalization(std::string_view words) {
  return {words.find("lower") != std::string_view::npos, words.find("trim") != std::string_view::npos};
}

std::string normalized_sql(const std::string& expression, KeyNormalization normalization) {
  constexpr const char* kCollation = " COLLATE pg_catalog.\"default\"";
  const std::string trimmed = normalization.trim ? "pg_catalog.btrim(" + expression + ")" : expression;
  return normalization.lower ? "pg_catalog.lower(" + trimmed + kCollation + ")" : trimmed + kCollation;
}

std::string normalized(std::string id, KeyNormalization normalization) {
  if (normalization.trim) {
    id.erase(id.find_last_not_of(' ') + 1);
    id.erase(0, id.find_first_not_of(' '));
  }
  if (!normalization.lower) return id;
  const char* bytes = id.data();
  const auto size = static_cast<int>(id.size());
  const Datum lowered = call([&] {
    struct varlena* whole = cstring_to_text_with_len(bytes, size);
    const Datum result = DirectFunctionCall1Coll(lower, DEFAULT_COLLATION_OID, PointerGetDatum(whole));
    pfree(whole);
    return result;
  });
  std::string result = text_of(lowered);
  call([&] { pfree(DatumGetPointer(lowered)); });
  return result;
}

}  // namespace segments::pg

SEGMENTS_FUNCTION(segments_normalized_id) {
  using namespace segments::pg;
  return segments::pg::text(normalized(text_of(PG_GETARG_DATUM(0)), key_normalization(text_of(PG_GETARG_DATUM(1))))).value;
}
