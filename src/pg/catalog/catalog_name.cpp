#include "pg/catalog/catalog_name.h"

#include "core/text/keywords.h"
#include "core/text/lexer.h"
#include "core/text/nearest.h"
#include "pg/catalog/field_value.h"
#include "pg/catalog/present_type.h"
#include "pg/query/query.h"
#include "pg/server/datum.h"

namespace segments::pg {

// No name is longer: whoever asks for one that is does not make the server fold it once for each that there is.
constexpr size_t kMostFoldedBytes = 8192;

std::string fold_name(std::string_view name) {
  std::string folded(name);
  if (name.size() > kMostFoldedBytes) return folded;
  const bool ascii = std::all_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii) {
    for (char& c : folded) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
    return folded;
  }
  return text_of(call([&] {
    const Datum text = PointerGetDatum(cstring_to_text_with_len(name.data(), static_cast<int>(name.size())));
    return DirectFunctionCall1Coll(lower, DEFAULT_COLLATION_OID, text);
  }));
}

std::string as_written(const std::string& name) { return is_plain_name(name) ? name : in_quotes(name); }

std::vector<std::string> as_written(std::vector<std::string> names) {
  for (std::string& name : names) name = as_written(name);
  return names;
}

std::vector<std::string> as_arguments(std::vector<std::string> names) {
  for (std::string& name : names) name = in_quotes(name, '\'');
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_fold_name) { return segments::pg::text(fold_name(text_view(PG_GETARG_DATUM(0)))).value; }

// Keywords are none of the catalog's business: definitions hold them in quotes.
SEGMENTS_FUNCTION(segments_is_plain_name) { PG_RETURN_BOOL(is_word(text_view(PG_GETARG_DATUM(0)))); }

SEGMENTS_FUNCTION(segments_written_name) { return segments::pg::text(as_written(text_of(PG_GETARG_DATUM(0)))).value; }

SEGMENTS_FUNCTION(segments_nearest_names) {
  const std::vector<std::string> near = nearest_names(text_view(PG_GETARG_DATUM(0)), text_elements(PG_GETARG_DATUM(1)));
  const std::vector<std::string_view> views(near.begin(), near.end());
  return text_array(views).value;
}

// Domains over domains, too.
SEGMENTS_FUNCTION(segments_base_type) {
  const Oid type = PG_GETARG_OID(0);
  if (!is_type(type)) PG_RETURN_NULL();
  PG_RETURN_OID(base_type_of(type));
}

SEGMENTS_FUNCTION(segments_is_testable) {
  const Oid type = PG_GETARG_OID(0);
  PG_RETURN_BOOL(is_type(type) && value_kind_of(type).has_value());
}
