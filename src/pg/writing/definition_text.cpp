// Definitions as texts for people and for other programs: segments.definition_text.
#include "core/language/printer.h"
#include "core/text/lexer.h"
#include "pg/catalog/translated_names.h"
#include "pg/segment/segment.h"
#include "pg/type/definition.h"
#include "pg/writing/expanded_references.h"

namespace segments::pg {
namespace {

NameStyle style_of(const std::string& names) {
  if (names == "technical") return NameStyle::kTechnical;
  if (names == "display") return NameStyle::kDisplay;
  throw Error(ErrorCode::kInvalidValue, "unknown names " + in_quotes(names), "Names are technical or display.",
              "Write names => 'technical' or names => 'display'.");
}

void tell_kept(const KeptReference& kept) {
  const char* texts[] = {kept.name.c_str(), kept.reason.c_str(), kept.hint.c_str()};
  call([&] {
    ereport(NOTICE, (errmsg("segment \"%s\" is not expanded", texts[0]), errdetail("%s", texts[1]),
                     texts[2][0] == '\0' ? 0 : errhint("%s", texts[2])));
  });
}

// Canonical again: connectives that came together are one.
Definition expanded(const std::string& text, Oid caller) {
  Definition definition = read_definition(text);
  expand_references(definition, caller, tell_kept);
  return read_definition(print_definition(definition));
}

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_definition_text) {
  const std::string written = definition_text(PG_GETARG_DATUM(0));
  const NameStyle style = style_of(text_of(PG_GETARG_DATUM(1)));
  const bool expand = PG_GETARG_BOOL(2);
  const std::string printed = as_owner([&](Oid caller) {
    Definition definition = expand ? expanded(written, caller) : read_definition(written);
    translate_names(definition, style, caller);
    return print_definition(definition);
  });
  return segments::pg::text(printed).value;
}
