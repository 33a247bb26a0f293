#include "pg/type/definition.h"

#include "core/language/parser.h"
#include "core/language/printer.h"
#include "pg/server/datum.h"

namespace segments::pg {
namespace {

Datum stored(const std::string& text) {
  const char* bytes = text.data();
  const int length = static_cast<int>(text.size());
  return PointerGetDatum(call([&] { return cstring_to_text_with_len(bytes, length); }));
}

Datum store_canonical(std::string_view text) { return stored(print_definition(read_definition(text))); }

}  // namespace

std::string definition_text(Datum value) { return text_of(value); }

Definition read_definition(std::string_view text) {
  ServerInterrupt interrupt;
  try {
    return parse_definition(text, interrupt);
  } catch (Error& error) {
    error.set_source(text);
    throw;
  }
}

}  // namespace segments::pg

using namespace segments::pg;

SEGMENTS_FUNCTION(segments_definition_in) { return store_canonical(PG_GETARG_CSTRING(0)); }

SEGMENTS_FUNCTION(segments_definition_out) {
  return call([&] { return CStringGetDatum(TextDatumGetCString(PG_GETARG_DATUM(0))); });
}

SEGMENTS_FUNCTION(segments_definition_recv) {
  auto* message = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
  int length = 0;
  const char* bytes = call([&] { return pq_getmsgtext(message, message->len - message->cursor, &length); });
  return store_canonical({bytes, static_cast<size_t>(length)});
}

SEGMENTS_FUNCTION(segments_definition_send) {
  return call([&] { return textsend(fcinfo); });
}
