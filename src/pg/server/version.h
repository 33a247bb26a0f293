// Differences between the supported versions of PostgreSQL (15, 17, 18): the only file that names PG_VERSION_NUM.
// Included by server.h, after the server's headers.
#pragma once

#if PG_VERSION_NUM < 150000
#error "segments needs PostgreSQL 15 or newer"
#endif

extern "C" {
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif
}

namespace segments::pg {

// Starts a scan that yields a bitmap.
inline IndexScanDesc begin_bitmap_scan(Relation index, Snapshot snapshot, int key_count) {
#if PG_VERSION_NUM >= 180000
  return index_beginscan_bitmap(index, snapshot, nullptr, key_count);
#else
  return index_beginscan_bitmap(index, snapshot, key_count);
#endif
}

// Starts a scan by keys that index_rescan() gives.
inline IndexScanDesc begin_index_scan(Relation table, Relation index, Snapshot snapshot, int key_count) {
#if PG_VERSION_NUM >= 180000
  return index_beginscan(table, index, snapshot, nullptr, key_count, 0);
#else
  return index_beginscan(table, index, snapshot, key_count, 0);
#endif
}

// Whether a path key of a B-tree family is ascending.
inline bool is_ascending(const PathKey* key) {
#if PG_VERSION_NUM >= 180000
  return key->pk_cmptype == COMPARE_LT;
#else
  return key->pk_strategy == BTLessStrategyNumber;
#endif
}

inline double estimate_array_size([[maybe_unused]] PlannerInfo* root, ::Node* array) {
#if PG_VERSION_NUM >= 170000
  return estimate_array_length(root, array);
#else
  return estimate_array_length(array);
#endif
}

// What a foreign scan is expected to take.
struct ScanCost {
  double rows;
  double startup;
  double total;
};

inline Path* make_foreign_path(PlannerInfo* root, RelOptInfo* relation, const ScanCost& cost, List* path_keys,
                               Relids required_outer, List* fdw_private) {
#if PG_VERSION_NUM >= 180000
  return reinterpret_cast<Path*>(create_foreignscan_path(root, relation, nullptr, cost.rows, 0, cost.startup, cost.total,
                                                         path_keys, required_outer, nullptr, nullptr, fdw_private));
#elif PG_VERSION_NUM >= 170000
  return reinterpret_cast<Path*>(create_foreignscan_path(root, relation, nullptr, cost.rows, cost.startup, cost.total, path_keys,
                                                         required_outer, nullptr, nullptr, fdw_private));
#else
  return reinterpret_cast<Path*>(create_foreignscan_path(root, relation, nullptr, cost.rows, cost.startup, cost.total, path_keys,
                                                         required_outer, nullptr, fdw_private));
#endif
}

inline Path* make_foreign_join_path(PlannerInfo* root, RelOptInfo* join, const ScanCost& cost, List* fdw_private) {
#if PG_VERSION_NUM >= 180000
  return reinterpret_cast<Path*>(create_foreign_join_path(root, join, nullptr, cost.rows, 0, cost.startup, cost.total, nullptr,
                                                          nullptr, nullptr, nullptr, fdw_private));
#elif PG_VERSION_NUM >= 170000
  return reinterpret_cast<Path*>(create_foreign_join_path(root, join, nullptr, cost.rows, cost.startup, cost.total, nullptr,
                                                          nullptr, nullptr, nullptr, fdw_private));
#else
  return reinterpret_cast<Path*>(
      create_foreign_join_path(root, join, nullptr, cost.rows, cost.startup, cost.total, nullptr, nullptr, nullptr, fdw_private));
#endif
}

inline Path* make_foreign_upper_path(PlannerInfo* root, RelOptInfo* relation, PathTarget* target, const ScanCost& cost,
                                     List* fdw_private) {
#if PG_VERSION_NUM >= 180000
  return reinterpret_cast<Path*>(create_foreign_upper_path(root, relation, target, cost.rows, 0, cost.startup, cost.total,
                                                           nullptr, nullptr, nullptr, fdw_private));
#elif PG_VERSION_NUM >= 170000
  return reinterpret_cast<Path*>(create_foreign_upper_path(root, relation, target, cost.rows, cost.startup, cost.total, nullptr,
                                                           nullptr, nullptr, fdw_private));
#else
  return reinterpret_cast<Path*>(
      create_foreign_upper_path(root, relation, target, cost.rows, cost.startup, cost.total, nullptr, nullptr, fdw_private));
#endif
}

// Calls `visit` with the blocks of a bitmap, ascending.
template <class Visit>
void for_each_block(TIDBitmap* bitmap, Visit visit) {
#if PG_VERSION_NUM >= 180000
  TBMPrivateIterator* iterator = tbm_begin_private_iterate(bitmap);
  for (TBMIterateResult result; tbm_private_iterate(iterator, &result);) visit(result.blockno);
  tbm_end_private_iterate(iterator);
#else
  TBMIterator* iterator = tbm_begin_iterate(bitmap);
  while (const TBMIterateResult* result = tbm_iterate(iterator)) visit(result->blockno);
  tbm_end_iterate(iterator);
#endif
}

// Sees the chunks of values whose rows are visible.  `room` may hold it.
inline Snapshot toast_snapshot([[maybe_unused]] SnapshotData* room) {
#if PG_VERSION_NUM >= 180000
  return get_toast_snapshot();
#else
  init_toast_snapshot(room);
  return room;
#endif
}

// Pins `buffer` if it holds the block.
inline bool pin_if_in(Buffer buffer, Relation relation, BlockNumber block) {
#if PG_VERSION_NUM >= 160000
  return ReadRecentBuffer(relation->rd_locator, MAIN_FORKNUM, block, buffer);
#else
  return ReadRecentBuffer(relation->rd_node, MAIN_FORKNUM, block, buffer);
#endif
}

inline bool may_use_schema(Oid schema, Oid role) {
#if PG_VERSION_NUM >= 160000
  return object_aclcheck(NamespaceRelationId, schema, role, ACL_USAGE) == ACLCHECK_OK;
#else
  return pg_namespace_aclcheck(schema, role, ACL_USAGE) == ACLCHECK_OK;
#endif
}

inline void run_executor(QueryDesc* query) {
#if PG_VERSION_NUM >= 180000
  ExecutorRun(query, ForwardScanDirection, 0);
#else
  ExecutorRun(query, ForwardScanDirection, 0, true);
#endif
}

}  // namespace segments::pg

#if PG_VERSION_NUM >= 180000
extern "C" {
#include "commands/explain_format.h"
#include "commands/explain_state.h"
}
#endif

namespace segments::pg {

// Calls `visit` with the parts of an expression until it returns true; the server has declared its walker without parameters.
inline bool walk_expression(::Node* node, bool (*visit)(::Node*, void*), void* context) {
#if PG_VERSION_NUM >= 160000
  return expression_tree_walker(node, visit, context);
#else
  return expression_tree_walker(node, reinterpret_cast<bool (*)()>(reinterpret_cast<void*>(visit)), context);
#endif
}

// The same of what the parser has made.
inline bool walk_parsed(::Node* node, bool (*visit)(::Node*, void*), void* context) {
#if PG_VERSION_NUM >= 160000
  return raw_expression_tree_walker(node, visit, context);
#else
  return raw_expression_tree_walker(node, reinterpret_cast<bool (*)()>(reinterpret_cast<void*>(visit)), context);
#endif
}

}  // namespace segments::pg
