// Raises where a statement is run with a list of no parameters: tests prove that null is passed instead.
#include "pg/server/boundary.h"

namespace segments::pg {
namespace {

ExecutorStart_hook_type next_start = nullptr;

void checked_start(QueryDesc* query, int flags) {
  if (query->params != nullptr && query->params->numParams == 0) {
    ereport(ERROR, (errcode(ERRCODE_ASSERT_FAILURE), errmsg("an empty list of parameters is not null"),
                    errdetail("%s", query->sourceText)));
  }
  if (next_start != nullptr) return next_start(query, flags);
  standard_ExecutorStart(query, flags);
}

}  // namespace
}  // namespace segments::pg

using namespace segments::pg;

SEGMENTS_FUNCTION(segments_debug_check_parameters) {
  if (ExecutorStart_hook != checked_start) {
    next_start = ExecutorStart_hook;
    ExecutorStart_hook = checked_start;
  }
  PG_RETURN_VOID();
}
