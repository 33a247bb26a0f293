// The operators of definitions: as they are written, and what they are in a plan.
#pragma once
#include "core/language/definition.h"
#include "core/plan/plan.h"

namespace segments::pg {

const char* operator_text(PredicateOperator op);
ValueOperator value_operator(PredicateOperator op);

}  // namespace segments::pg
