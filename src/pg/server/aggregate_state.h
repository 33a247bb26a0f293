// States of aggregates: C++ objects in the aggregate's memory context, passed between its functions as `internal`.
#pragma once
#include "pg/server/boundary.h"
#include "pg/server/live_objects.h"

namespace segments::pg {

// The memory context that states live in.  Raises feature_not_supported when a function is called without aggregate.
inline MemoryContext aggregate_context(FunctionCallInfo fcinfo) {
  MemoryContext context;
  if (likely(AggCheckCallContext(fcinfo, &context) != 0)) return context;
  call([] {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("function of an aggregate called directly"),
                    errhint("Call the aggregate instead.")));
  });
  pg_unreachable();
}

// The state in argument `index`, or null if there is none yet.
template <class State>
State* state_argument(FunctionCallInfo fcinfo, int index) {
  return PG_ARGISNULL(index) ? nullptr : reinterpret_cast<State*>(PG_GETARG_POINTER(index));
}

}  // namespace segments::pg
