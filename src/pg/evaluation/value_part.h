// Predicates over parts of values: hour of …, anniversary of …, length of ….
#pragma once
#include "core/evaluation/value_matcher.h"
#include "core/language/definition.h"
#include "pg/catalog/type_catalog.h"
#include "pg/evaluation/literal_reader.h"

namespace segments::pg {

// REQUIRES: predicate.part != FieldPart::kWhole.  Throws as resolve_predicate() (field_predicate.h).
FieldPredicate resolve_part(const Predicate& predicate, const FieldColumnName& field, LiteralReader& reader);

// The same over the interaction's own time.
FieldPredicate resolve_part_of_time(const Predicate& predicate, const FieldColumnName& field, LiteralReader& reader);

// REQUIRES: predicate.method == PredicateMethod::kPart.
std::unique_ptr<ValueMatcher> make_part_matcher(const FieldPredicate& predicate, MemoryContext context);

}  // namespace segments::pg
