// Windows of profile sources: what their time column holds is a field, compared as it is.
#pragma once
#include <vector>

#include "core/plan/plan.h"
#include "pg/catalog/source_time.h"

namespace segments::pg {

// The values of a time column whose instants lie in a range; ascending and disjoint.  `type`: the column's base type, one that
// profile sources are registered with.
std::vector<IntegerRange> values_within(const TimeRange& instants, const SourceTime& time, Oid type);

}  // namespace segments::pg
