// Bounds that no value lies between.
#pragma once
#include "pg/catalog/type_catalog.h"
#include "pg/evaluation/literal_reader.h"

namespace segments::pg {

// Throws Error{kInvalidValue} if an aggregate is compared with a range whose first bound is the greater one.  `field`: what it is
// made of.  Bounds that move with as_of are let through.  REQUIRES: the bounds are values that it can be compared with.
void check_bounds(const Aggregate& aggregate, const FieldColumnName& field, LiteralReader& reader);

}  // namespace segments::pg
