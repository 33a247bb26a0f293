// What may stand where somebody is writing, before names and values are looked up; and names as they are written and searched
// for.
#include "core/completion/completion.h"

#include "core/language/clause_printer.h"
#include "core/text/keywords.h"
#include "core/text/lexer.h"
#include "core/text/nearest.h"
#include "pg/query/query.h"

namespace segments::pg {
namespace {

const char* place_word(PlaceKind kind) {
  switch (kind) {
    case PlaceKind::kType:
      return "type";
    case PlaceKind::kRelation:
      return "relation";
    case PlaceKind::kField:
      return "field";
    case PlaceKind::kMember:
      return "member";
    case PlaceKind::kValue:
      return "value";
    case PlaceKind::kSegment:
      return "segment";
    case PlaceKind::kTime:
      return "time";
    case PlaceKind::kNothing:
      break;
  }
  return "nothing";
}

int characters_in(std::string_view bytes) {
  return call([&] { return pg_mbstrlen_with_len(bytes.data(), static_cast<int>(bytes.size())); });
}

// The byte offset behind so many characters.
size_t offset_behind(const std::string& definition, int32_t characters) {
  const char* bytes = definition.data();
  const int length = static_cast<int>(definition.size());
  return static_cast<size_t>(call([&] { return pg_mbcharcliplen(bytes, length, characters); }));
}

Datum array_of_keywords(const Completion& completion) { return text_array(completion.keywords).value; }

Datum array_of_types(const Completion& completion) {
  std::vector<std::string_view> names;
  for (const Name& type : completion.types) names.emplace_back(type.text);
  return text_array(names).value;
}

// A column by its name alone, as field_values takes both.
std::string field_before(const Completion& completion) {
  if (completion.place != PlaceKind::kMember && completion.field.members.empty()) return completion.field.column.text;
  std::string written;
  print(completion.field, written);
  return written;
}

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_completion) {
  if (PG_ARGISNULL(0)) PG_RETURN_NULL();
  const std::string definition(text_view(PG_GETARG_DATUM(0)));
  const size_t position =
      PG_ARGISNULL(1) ? definition.size() : offset_behind(definition, std::max<int32_t>(0, PG_GETARG_INT32(1)));
  ServerInterrupt interrupt;
  const Completion completion = complete(definition, position, interrupt);
  const int32_t start = characters_in(std::string_view(definition).substr(0, completion.start));
  const Datum keywords = array_of_keywords(completion);
  const Datum types = array_of_types(completion);
  const char* typed = completion.typed.c_str();
  const char* place = place_word(completion.place);
  const std::string written = field_before(completion);
  const char* field = written.c_str();
  const char* predicate = completion.predicate.c_str();
  const bool is_field_too = completion.is_field_too;
  return call([&] {
    TupleDesc descriptor;
    if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE) elog(ERROR, "return type must be a row");
    Datum values[] = {Int32GetDatum(start),       CStringGetTextDatum(typed),
                      BoolGetDatum(is_field_too), keywords,
                      CStringGetTextDatum(place), types,
                      CStringGetTextDatum(field), CStringGetTextDatum(predicate)};
    bool nulls[] = {false, false, false, false, false, false, false, false};
    return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls));
  });
}

SEGMENTS_FUNCTION(segments_edit_distance) {
  const std::string_view a = text_view(PG_GETARG_DATUM(0));
  const std::string_view b = text_view(PG_GETARG_DATUM(1));
  PG_RETURN_INT32(static_cast<int32_t>(edit_distance(a, b)));
}
