// Two fields of a row, compared: what both are compared as, and the numbers that stand for their values.
#pragma once
#include "core/evaluation/value_matcher.h"
#include "core/language/definition.h"
#include "pg/catalog/type_catalog.h"
#include "pg/evaluation/literal_reader.h"

namespace segments::pg {

// The positive predicate over two fields, or a field and the interaction's own time, as SQL compares them (the greater of two
// types). Throws Error{kTypeMismatch} for what cannot be compared, at the operator's position.
PairPredicate resolve_pair(const Predicate& predicate, const FieldColumnName& left, const FieldColumnName& right,
                           const LiteralReader& reader);

// What matchers need of the server is allocated in `context`, which must outlive them.
std::unique_ptr<PairMatcher> make_pair_matcher(const PairPredicate& pair, MemoryContext context);

}  // namespace segments::pg
