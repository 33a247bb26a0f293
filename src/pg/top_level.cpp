#include "pg/top_level.h"

namespace segments::pg {
namespace {

// The tree must outlive the transactions that the statement ends.
List* plan(const RawStmt* statement, const char* sql) {
  PushActiveSnapshot(GetTransactionSnapshot());
  List* queries = pg_analyze_and_rewrite_fixedparams(const_cast<RawStmt*>(statement), sql, nullptr, 0, nullptr);
  List* plans = pg_plan_queries(queries, sql, 0, nullptr);
  PopActiveSnapshot();
  return plans;
}

void execute(const char* sql, MemoryContext context) {
  StartTransactionCommand();
  MemoryContextSwitchTo(context);
  List* statements = pg_parse_query(sql);
  Assert(list_length(statements) == 1);
  const auto* statement = static_cast<const RawStmt*>(linitial(statements));
  List* plans = plan(statement, sql);
  Portal portal = CreatePortal("", true, true);
  portal->visible = false;
  PortalDefineQuery(portal, nullptr, sql, CreateCommandTag(statement->stmt), plans, nullptr);
  PortalStart(portal, nullptr, 0, InvalidSnapshot);
  DestReceiver* nowhere = CreateDestReceiver(DestNone);
  run_portal(portal, nowhere);
  PortalDrop(portal, false);
  CommitTransactionCommand();
}

}  // namespace

void run_as_client(const char* sql) {
  call([&] {
    MemoryContext context = AllocSetContextCreate(TopMemoryContext, "statement", ALLOCSET_DEFAULT_SIZES);
    debug_query_string = sql;
    SetCurrentStatementStartTimestamp();
    pgstat_report_activity(STATE_RUNNING, sql);
    // The server arms it for statements of clients only.
    if (StatementTimeout > 0) enable_timeout_after(STATEMENT_TIMEOUT, StatementTimeout);
    execute(sql, context);
    if (StatementTimeout > 0) disable_timeout(STATEMENT_TIMEOUT, false);
    pgstat_report_stat(true);
    pgstat_report_activity(STATE_IDLE, nullptr);
    debug_query_string = nullptr;
    MemoryContextDelete(context);
  });
}

}  // namespace segments::pg
