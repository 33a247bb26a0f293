// Plans and executes one analyzed statement; for the files of this folder.
#pragma once
#include "pg/query/query.h"

namespace segments::pg {

// Returns how many rows it processed.  Only server calls: enter it through call().  REQUIRES: an active snapshot.
inline uint64_t execute_query(Query* query, const char* sql, ParamListInfo parameters, bool parallel, DestReceiver* receiver,
                              QueryEnvironment* environment) {
  PlannedStmt* statement = pg_plan_query(query, sql, parallel ? CURSOR_OPT_PARALLEL_OK : 0, parameters);
  QueryDesc* description =
      CreateQueryDesc(statement, sql, GetActiveSnapshot(), InvalidSnapshot, receiver, parameters, environment, 0);
  ExecutorStart(description, 0);
  run_executor(description);
  const uint64_t processed = description->estate->es_processed;
  ExecutorFinish(description);
  ExecutorEnd(description);
  FreeQueryDesc(description);
  return processed;
}

}  // namespace segments::pg
