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
