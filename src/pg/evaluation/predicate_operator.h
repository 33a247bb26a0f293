// The operators of definitions: as they are written, and what they are in a plan.
#pragma once
#include "core/language/definition.h"
#include "core/plan/plan.h"
#include "pg/catalog/type_catalog.h"

namespace segments::pg {

const char* operator_text(PredicateOperator op);
ValueOperator value_operator(PredicateOperator op);

// Throws Error{kTypeMismatch}.
[[noreturn]] void throw_operator_mismatch(const Predicate& predicate, const FieldColumnName& field, const std::string& hint);

}  // namespace segments::pg
