// The keys of the rows of a look-up that satisfy something, and a field that has one of them.
#pragma once
#include <string>
#include <vector>

#include "core/plan/plan.h"
#include "pg/catalog/type_catalog.h"

namespace segments::pg {

// A plan that finds the records of the rows of a type that satisfy a test.  `ordinal_sets`: those that the test names.
EvaluationPlan plan_of_rows(int32_t type_id, RowTest&& test, const std::vector<ProfileSet>& ordinal_sets);

// The ids of the records that such a plan finds in the state `refresh_id`, in order.
// REQUIRES: within with_spi, as the extension's owner.
std::vector<std::string> record_ids_of(const EvaluationPlan& plan, int64_t refresh_id);

// That a column has one of the keys, which are ids of records.  Throws Error{kNotReady} for keys of another type, which the
// look-up's key had when it was read.
FieldPredicate predicate_for_keys(const FieldColumnName& field, const std::vector<std::string>& keys, uint32_t position);

}  // namespace segments::pg
