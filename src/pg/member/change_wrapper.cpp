#include "pg/member/change_wrapper.h"

#include "pg/member/change_scan.h"
#include "pg/member/foreign_scan.h"

namespace segments::pg {
namespace {

using Execution = ForeignScanOf<ChangeScan>;

void begin_scan(ForeignScanState* node, int flags) {
  guard([&] {
    const auto* scan = reinterpret_cast<ForeignScan*>(node->ss.ps.plan);
    if ((flags & EXEC_FLAG_EXPLAIN_ONLY) != 0) return;
    ChangeScanPlan plan;
    ChangeColumns columns{};
    List* states = nullptr;
    call([&] {
      plan = ChangeScanPlan::read(scan->fdw_private);
      columns = change_columns(RelationGetRelid(node->ss.ss_currentRelation));
      states = ExecInitExprList(scan->fdw_exprs, reinterpret_cast<PlanState*>(node));
    });
    node->fdw_state = make_in<ChangeScan>(node->ss.ps.state->es_query_cxt, node, plan, columns, states);
  });
}

bool is_parallel_safe(PlannerInfo*, RelOptInfo*, RangeTblEntry*) { return false; }

void estimate(PlannerInfo* root, RelOptInfo* relation, Oid table) {
  guard([&] { estimate_changes(root, relation, table); });
}

void add_paths(PlannerInfo* root, RelOptInfo* relation, Oid table) {
  guard([&] { add_change_paths(root, relation, table); });
}

ForeignScan* plan_scan(PlannerInfo* root, RelOptInfo* relation, Oid table, ForeignPath* path, List* target, List* clauses,
                       Plan* outer) {
  return guard([&] { return plan_change_scan(root, relation, table, path, target, clauses, outer); });
}

// ---- EXPLAIN.  Server calls only.

const char* way_of(const ChangeScanPlan& plan) {
  if (plan.is_array != nullptr) return "of named profiles";
  switch (plan.order) {
    case ChangeOrder::kAscending:
      return "run by run, by at";
    case ChangeOrder::kDescending:
      return "run by run, by at, descending";
    case ChangeOrder::kNone:
      break;
  }
  return plan.needs_ids ? "run by run" : "run by run, without ids";
}

void explain_scan(ForeignScanState* node, struct ExplainState* state) {
  guard([&] {
    auto* scan = reinterpret_cast<ForeignScan*>(node->ss.ps.plan);
    call([&] {
      const ChangeScanPlan plan = ChangeScanPlan::read(scan->fdw_private);
      ExplainPropertyText("Changes", way_of(plan), state);
      int first = 0;
      const auto explain = [&](const char* label, int count) {
        explain_conditions(label, list_truncate(list_copy_tail(scan->fdw_recheck_quals, first), count), scan, state);
        first += count;
      };
      explain("Segment Cond", plan.segment_conditions);
      explain("Run Cond", plan.run_conditions);
      explain("Change Cond", plan.change_conditions);
      explain("Profile Cond", list_length(plan.is_array));
    });
    if (!state->analyze || node->fdw_state == nullptr || !state->timing) return;
    const auto rows = static_cast<int64>(Execution::of(node)->rows_read());
    call([&] { ExplainPropertyInteger("Rows of History Read", nullptr, rows, state); });
  });
}

}  // namespace

bool is_change_table(Oid table) { return is_table_of(table, estimate); }

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_change_handler) {
  FdwRoutine* routine = call([] { return makeNode(FdwRoutine); });
  routine->GetForeignRelSize = estimate;
  routine->GetForeignPaths = add_paths;
  routine->GetForeignPlan = plan_scan;
  routine->BeginForeignScan = begin_scan;
  routine->ExplainForeignScan = explain_scan;
  routine->IsForeignScanParallelSafe = is_parallel_safe;
  Execution::install(routine);
  PG_RETURN_POINTER(routine);
}
