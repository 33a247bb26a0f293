// The parts of a condition, each read from its place in the JSON.
#pragma once
#include "core/json/json_place.h"
#include "core/language/definition.h"

namespace segments {

// "Client", or {"quoted": "Email client"}
Name read_name(const JsonPlace& place);
// ["Client"] or "Client"; ["properties", "plan"]
FieldPath read_field(const JsonPlace& place);
// "a text", 3, true, {"number": "1e3"}, {"date": "2026-03-01"} …
Literal read_literal(const JsonPlace& place);
// {"withinLast": [30, "day"]}; of fields, what is to come, too
Window read_window(const JsonPlace& place, bool of_field);
// [3, "day"], for the count and unit of a window
void read_span(const JsonPlace& place, int64_t smallest, int64_t& count, TimeUnit& unit);
std::unique_ptr<Restriction> read_restriction(const JsonPlace& place);
// {"attribute": ["Source", "Field"], "op": …}: a predicate whose paths begin with the source
Predicate read_attribute(const JsonPlace& place);
// {"count": {"atLeast": 3}}, {"distinct": "day", "count": …}
void read_having(const JsonPlace& place, InteractionCondition& condition);
// {"aggregate": "sum", "field": ["Amount"], "op": ">", "value": 500}
Aggregate read_aggregate(const JsonPlace& place);
// {"ofLast": [4, "week"], "atLeast": 3}, {"inARow": "day", "atLeast": 5}
Periods read_periods(const JsonPlace& place);

// "EmailOpened", {"anyOf": […]}, {"any": true}
void read_types(const JsonPlace& place, InteractionCondition& condition);
// via, where, window, butNot and latest, as far as they are there
void read_clauses(const JsonPlace& place, InteractionCondition& condition);
// {"compare": {"count": {"interaction": "A"}}, "op": ">", "value": 2}
std::unique_ptr<Comparison> read_comparison(const JsonPlace& place);

// Throws Error{kLimitExceeded} where values lie in too many others.
void check_depth(const JsonPlace& place);

}  // namespace segments
