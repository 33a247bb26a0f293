#include "pg/member/member_wrapper.h"

#include "pg/member/foreign_scan.h"
#include "pg/member/member_scan.h"

namespace segments::pg {
namespace {

using Execution = ForeignScanOf<MemberScan>;

void begin_scan(ForeignScanState* node, int flags) {
  guard([&] {
    const auto* scan = reinterpret_cast<ForeignScan*>(node->ss.ps.plan);
    if ((flags & EXEC_FLAG_EXPLAIN_ONLY) != 0) return;
    ScanPlan plan;
    MemberColumns columns{};
    List* conditions = nullptr;
    List* values = nullptr;
    call([&] {
      plan = ScanPlan::read(scan->fdw_private);
      if (node->ss.ss_currentRelation != nullptr) columns = member_columns(RelationGetRelid(node->ss.ss_currentRelation));
      List* states = ExecInitExprList(scan->fdw_exprs, reinterpret_cast<PlanState*>(node));
      for (int i = 0; i < list_length(states); ++i) {
        List*& kind = i < plan.segment_conditions + plan.other_conditions ? conditions : values;
        kind = lappend(kind, list_nth(states, i));
      }
    });
    node->fdw_state = make_in<MemberScan>(node->ss.ps.state->es_query_cxt, node, plan, columns, conditions, values);
  });
}

// ---- several processes, which claim what they read by a counter in their shared memory

Size shared_size(ForeignScanState*, ParallelContext*) { return sizeof(pg_atomic_uint64); }

void share(ForeignScanState* node, ParallelContext*, void* counter) {
  pg_atomic_init_u64(static_cast<pg_atomic_uint64*>(counter), 0);
  if (node->fdw_state != nullptr) Execution::of(node)->share(static_cast<pg_atomic_uint64*>(counter));
}

void share_again(ForeignScanState*, ParallelContext*, void* counter) {
  pg_atomic_write_u64(static_cast<pg_atomic_uint64*>(counter), 0);
}

void join_scan(ForeignScanState* node, shm_toc*, void* counter) {
  if (node->fdw_state != nullptr) Execution::of(node)->share(static_cast<pg_atomic_uint64*>(counter));
}

void end_sharing(ForeignScanState* node) {
  if (node->fdw_state != nullptr) Execution::of(node)->share(nullptr);
}

bool is_parallel_safe(PlannerInfo*, RelOptInfo*, RangeTblEntry*) { return true; }

void estimate(PlannerInfo* root, RelOptInfo* relation, Oid table) {
  guard([&] { estimate_members(root, relation, table); });
}

void add_paths(PlannerInfo* root, RelOptInfo* relation, Oid table) {
  guard([&] { add_member_paths(root, relation, table); });
}

void add_join_paths(PlannerInfo* root, RelOptInfo* join, RelOptInfo* outer, RelOptInfo* inner, JoinType type,
                    JoinPathExtraData* extra) {
  guard([&] { add_member_join_paths(root, join, outer, inner, type, extra); });
}

void add_upper_paths(PlannerInfo* root, UpperRelationKind stage, RelOptInfo* input, RelOptInfo* output, void* extra) {
  guard([&] { add_member_upper_paths(root, stage, input, output, extra); });
}

ForeignScan* plan_scan(PlannerInfo* root, RelOptInfo* relation, Oid table, ForeignPath* path, List* target, List* clauses,
                       Plan* outer) {
  return guard([&] { return plan_member_scan(root, relation, table, path, target, clauses, outer); });
}

// ---- EXPLAIN.  Server calls only.

const char* way_of(const ScanPlan& plan) {
  switch (plan.mode) {
    case ScanMode::kAscending:
      return "by profile_id";
    case ScanMode::kDescending:
      return "by profile_id, descending";
    case ScanMode::kCounts:
      return "counts only";
    case ScanMode::kPairs:
      return "of two segments each";
    case ScanMode::kRows:
      break;
  }
  if (plan.is_array != nullptr) return "of named profiles";
  return plan.needs_ids ? "whole segments" : "whole segments, without ids";
}

void explain_scan(ForeignScanState* node, struct ExplainState* state) {
  guard([&] {
    auto* scan = reinterpret_cast<ForeignScan*>(node->ss.ps.plan);
    call([&] {
      const ScanPlan plan = ScanPlan::read(scan->fdw_private);
      ExplainPropertyText("Members", way_of(plan), state);
      List* pushed = scan->scan.scanrelid == 0 ? scan->fdw_exprs : scan->fdw_recheck_quals;
      const int conditions = plan.segment_conditions + plan.other_conditions;
      explain_conditions("Segment Cond", list_truncate(list_copy(pushed), conditions), scan, state);
      explain_conditions("Profile Cond", list_copy_tail(scan->fdw_recheck_quals, plan.segment_conditions), scan, state);
    });
    if (!state->analyze || node->fdw_state == nullptr) return;
    const auto decoded = static_cast<int64>(Execution::of(node)->rows_decoded());
    const auto chunks = static_cast<int64>(Execution::of(node)->chunks_read());
    call([&] {
      if (!state->timing) return;  // what is kept from before differs, as times do
      ExplainPropertyInteger("Sets Decoded", nullptr, decoded, state);
      ExplainPropertyInteger("Chunks of Ids Read", nullptr, chunks, state);
    });
  });
}

}  // namespace

bool is_member_table(Oid table) { return is_table_of(table, estimate); }

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_member_handler) {
  FdwRoutine* routine = call([] { return makeNode(FdwRoutine); });
  routine->GetForeignRelSize = estimate;
  routine->GetForeignPaths = add_paths;
  routine->GetForeignPlan = plan_scan;
  routine->GetForeignJoinPaths = add_join_paths;
  routine->GetForeignUpperPaths = add_upper_paths;
  routine->BeginForeignScan = begin_scan;
  routine->ExplainForeignScan = explain_scan;
  routine->IsForeignScanParallelSafe = is_parallel_safe;
  Execution::install(routine);
  routine->EstimateDSMForeignScan = shared_size;
  routine->InitializeDSMForeignScan = share;
  routine->ReInitializeDSMForeignScan = share_again;
  routine->InitializeWorkerForeignScan = join_scan;
  routine->ShutdownForeignScan = end_sharing;
  PG_RETURN_POINTER(routine);
}

// There are no options.
SEGMENTS_FUNCTION(segments_member_validator) {
  call([&] {
    List* options = untransformRelOptions(PG_GETARG_DATUM(0));
    if (options == nullptr) return;
    ereport(ERROR, (errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
                    errmsg("invalid option \"%s\"", static_cast<DefElem*>(linitial(options))->defname),
                    errhint("The foreign-data wrapper segments_member has no options.")));
  });
  PG_RETURN_VOID();
}
