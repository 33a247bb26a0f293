// The SQL type segments.definition: a varlena that holds the canonical text of a definition that parses.
#pragma once
#include <string>
#include <string_view>

#include "core/language/definition.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// The text of a value of type segments.definition or text.
std::string definition_text(Datum value);

// parse_definition(), with cancelling, and with errors that carry the text their position points into.
Definition read_definition(std::string_view text);

}  // namespace segments::pg
