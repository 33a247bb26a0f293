#include "core/json/definition_json.h"

#include "core/language/printer.h"
#include "pg/server/json_value.h"
#include "pg/type/definition.h"

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_definition_json) {
  return jsonb_of(definition_to_json(read_definition(definition_text(PG_GETARG_DATUM(0)))));
}

SEGMENTS_FUNCTION(segments_definition_from_json) {
  ServerInterrupt interrupt;
  const std::string canonical = print_definition(definition_from_json(json_of(PG_GETARG_DATUM(0)), interrupt));
  const char* bytes = canonical.data();
  const int length = static_cast<int>(canonical.size());
  return PointerGetDatum(call([&] { return cstring_to_text_with_len(bytes, length); }));
}
