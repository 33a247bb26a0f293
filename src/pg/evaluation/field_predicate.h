// A predicate of a definition over a column → what is tested on the values of fragments.
#pragma once
#include "core/plan/plan.h"
#include "core/language/definition.h"
#include "pg/evaluation/literal_reader.h"
#include "pg/catalog/type_catalog.h"

namespace segments::pg {

// The positive predicate (`predicate.negated` is the caller's).  REQUIRES: field.role == kField.
// Throws Error{kTypeMismatch} for an operator or literal that does not fit the column, at its position.
FieldPredicate resolve_predicate(const Predicate& predicate, const FieldColumnName& field, LiteralReader& reader);

// Says now what the server would refuse later: regular expressions that are none, what a collation cannot do.
void check_with_server(const Predicate& predicate, const FieldPredicate& resolved);

// The times that satisfy a predicate over the interaction's own time, ascending and disjoint.
std::vector<TimeRange> resolve_times(const Predicate& predicate, const FieldColumnName& field, LiteralReader& reader);

}  // namespace segments::pg
