#include "pg/capture/block_ranges.h"

#include "pg/catalog/source.h"

namespace segments::pg {
namespace {

// A gap of this many blocks costs less to read than another range costs to plan.
constexpr uint32_t kSmallGap = 32;
constexpr size_t kMostRanges = 512;
constexpr size_t kBitmapBytes = size_t{16} << 20;
constexpr double kGuessedRowsPerBlock = 100;
// Text that is stored compressed is about this much longer.
constexpr double kCompression = 2;

// The transactions that a snapshot does not show: those in progress, and all from xmax on.
struct Unseen {
  std::vector<uint64_t> in_progress;
  uint64_t xmax;
};

// Reads xmin:xmax:xip,xip…
Unseen unseen_by(const std::string& snapshot) {
  const auto first_colon = snapshot.find(':');
  const auto second_colon = snapshot.find(':', first_colon + 1);
  Unseen unseen;
  unseen.xmax = std::stoull(snapshot.substr(first_colon + 1, second_colon - first_colon - 1));
  for (size_t at = second_colon + 1; at < snapshot.size();) {
    size_t digits = 0;
    unseen.in_progress.push_back(std::stoull(snapshot.substr(at), &digits));
    at += digits + 1;
  }
  return unseen;
}

bool indexes_stamp(Relation index, AttrNumber stamp) {
  return index->rd_rel->relam == BRIN_AM_OID && index->rd_index->indisvalid && index->rd_index->indnkeyatts == 1 &&
         index->rd_index->indkey.values[0] == stamp && heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, nullptr);
}

// The BRIN index over the stamp, or InvalidOid.
Oid stamp_index(Relation leaf) {
  const AttrNumber stamp = get_attnum(RelationGetRelid(leaf), kStampColumn);
  if (stamp <= 0 || get_atttype(RelationGetRelid(leaf), stamp) != XID8OID) return InvalidOid;
  Oid found = InvalidOid;
  List* indexes = RelationGetIndexList(leaf);
  ListCell* cell;
  foreach (cell, indexes) {
    Relation index = index_open(lfirst_oid(cell), AccessShareLock);
    if (indexes_stamp(index, stamp)) found = RelationGetRelid(index);
    index_close(index, AccessShareLock);
  }
  list_free(indexes);
  return found;
}

// Waiting for the lock would cancel autovacuum again and again, or wait for VACUUM; unsummarized blocks are merely read.
void summarize(Oid leaf, Oid index) {
  if (!ConditionalLockRelationOid(leaf, ShareUpdateExclusiveLock)) return;
  DirectFunctionCall1(brin_summarize_new_values, ObjectIdGetDatum(index));
  UnlockRelationOid(leaf, ShareUpdateExclusiveLock);
}

void add_matches(Relation index, Snapshot snapshot, TIDBitmap* bitmap, StrategyNumber strategy, RegProcedure compare,
                 uint64_t bound) {
  ScanKeyData key;
  ScanKeyEntryInitialize(&key, 0, 1, strategy, XID8OID, InvalidOid, compare,
                         FullTransactionIdGetDatum(FullTransactionIdFromU64(bound)));
  IndexScanDesc scan = begin_bitmap_scan(index, snapshot, 1);
  index_rescan(scan, &key, 1, nullptr, 0);
  index_getbitmap(scan, bitmap);
  index_endscan(scan);
}

TIDBitmap* unseen_blocks(Oid index_oid, Snapshot snapshot, const uint64_t* in_progress, size_t in_progress_count, uint64_t xmax) {
  constexpr StrategyNumber kEqual = 3;
  constexpr StrategyNumber kNotBelow = 4;
  TIDBitmap* bitmap = tbm_create(kBitmapBytes, nullptr);
  Relation index = index_open(index_oid, AccessShareLock);
  add_matches(index, snapshot, bitmap, kNotBelow, F_XID8GE, xmax);
  for (size_t i = 0; i < in_progress_count; ++i) add_matches(index, snapshot, bitmap, kEqual, F_XID8EQ, in_progress[i]);
  index_close(index, AccessShareLock);
  return bitmap;
}

uint32_t block_count(Oid leaf) {
  return call([&] {
    Relation relation = relation_open(leaf, AccessShareLock);
    const BlockNumber blocks = RelationGetNumberOfBlocks(relation);
    relation_close(relation, AccessShareLock);
    return blocks;
  });
}

void join_near(std::vector<BlockRange>& ranges) {
  for (uint32_t gap = kSmallGap; ranges.size() > 1; gap *= 2) {
    std::vector<BlockRange> joined;
    for (const BlockRange& range : ranges) {
      if (!joined.empty() && range.first - joined.back().end <= gap) {
        joined.back().end = range.end;
      } else {
        joined.push_back(range);
      }
    }
    ranges = std::move(joined);
    if (ranges.size() <= kMostRanges) break;
  }
}

}  // namespace

std::vector<BlockRange> all_blocks(Oid leaf) {
  const uint32_t blocks = block_count(leaf);
  if (blocks == 0) return {};
  return {{0, blocks}};
}

std::vector<BlockRange> changed_blocks(Oid leaf, const std::string& previous, Snapshot snapshot) {
  const uint32_t blocks = block_count(leaf);
  if (blocks == 0) return {};
  const Oid index = call([&] {
    Relation relation = relation_open(leaf, AccessShareLock);
    const Oid found = stamp_index(relation);
    relation_close(relation, AccessShareLock);
    return found;
  });
  if (!OidIsValid(index)) return {{0, blocks}};
  const Unseen unseen = unseen_by(previous);
  const uint64_t* in_progress = unseen.in_progress.data();
  const size_t in_progress_count = unseen.in_progress.size();
  TIDBitmap* bitmap = call([&] {
    summarize(leaf, index);
    return unseen_blocks(index, snapshot, in_progress, in_progress_count, unseen.xmax);
  });
  std::vector<uint32_t> candidates;
  candidates.reserve(blocks);
  std::vector<uint32_t>* found = &candidates;
  call([&] {
    for_each_block(bitmap, [&](BlockNumber block) {
      if (block < blocks) found->push_back(block);  // within the capacity: allocates nothing
    });
    tbm_free(bitmap);
  });
  std::vector<BlockRange> ranges;
  for (uint32_t block : candidates) {
    if (!ranges.empty() && ranges.back().end == block) {
      ++ranges.back().end;
    } else {
      ranges.push_back({block, block + 1});
    }
  }
  join_near(ranges);
  return ranges;
}

BlockDensity block_density(Oid leaf) {
  return call([&] {
    BlockDensity density{kGuessedRowsPerBlock, BLCKSZ};
    Relation relation = relation_open(leaf, AccessShareLock);
    const double blocks = RelationGetNumberOfBlocks(relation);
    if (relation->rd_rel->relpages > 0 && relation->rd_rel->reltuples > 0) {
      density.rows = std::max(1.0, static_cast<double>(relation->rd_rel->reltuples) / relation->rd_rel->relpages);
    }
    if (OidIsValid(relation->rd_rel->reltoastrelid) && blocks > 0) {
      Relation toast = relation_open(relation->rd_rel->reltoastrelid, AccessShareLock);
      density.bytes += kCompression * RelationGetNumberOfBlocks(toast) * BLCKSZ / blocks;
      relation_close(toast, AccessShareLock);
    }
    relation_close(relation, AccessShareLock);
    return density;
  });
}

}  // namespace segments::pg
