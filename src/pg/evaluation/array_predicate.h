// Predicates over arrays: contains any of, contains all of.
#pragma once
#include "core/plan/plan.h"
#include "pg/catalog/type_catalog.h"
#include "pg/evaluation/literal_reader.h"

namespace segments::pg {

// REQUIRES: the field is an array, the predicate asks for no part of it.  Throws as resolve_predicate() (field_predicate.h).
FieldPredicate resolve_array(const Predicate& predicate, const FieldColumnName& field, LiteralReader& reader);

// Throws Error{kTypeMismatch}, which says how to ask for values of a field that is no array.
[[noreturn]] void throw_no_array(const Predicate& predicate, const FieldColumnName& field);

}  // namespace segments::pg
