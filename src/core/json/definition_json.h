// Definition ↔ JSON: the tree for programs that build definitions.  Its form: doc/reference.md, and the JSON Schema
// sql/install/segments-definition-schema.json.
//
//   definition_from_json(definition_to_json(d)) == d
#pragma once
#include "core/interrupt.h"
#include "core/json/json_value.h"
#include "core/language/definition.h"

namespace segments {

JsonValue definition_to_json(const Definition& definition);

// Trees that are not canonical (core/language/definition.h) become so.  Throws Error{kSyntax} with the JSON path of what is
// wrong; Error{kLimitExceeded}, Error{kOutOfRange} likewise.  What the parser refuses in a condition has the path of the
// condition, and its text with the position there as Error::source().
Definition definition_from_json(const JsonValue& json, Interrupt& interrupt);

}  // namespace segments
