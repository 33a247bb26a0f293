#include "pg/refresh/step_reading.h"

#include "pg/capture/leaf_capture.h"
#include "pg/catalog/counted_rows.h"
#include "pg/identity/mapping.h"
#include "pg/identity/unification.h"
#include "pg/query/saved_statement.h"
#include "pg/refresh/source_part.h"

namespace segments::pg {
namespace {

// Half a gigabyte, some seconds: so much is read again at most.  The fewer steps, the larger their fragments.
constexpr int kDefaultStepBlocks = 1 << 16;
int step_blocks_setting = kDefaultStepBlocks;

// Without waiting for whoever has locked the leaf: it may be large, so it gets a step of its own, which does wait.
int64_t blocks_of(Oid leaf) {
  if (!call([&] { return ConditionalLockRelationOid(leaf, AccessShareLock); })) return step_blocks_setting;
  const bool exists = call([&] { return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(leaf)); });
  const std::vector<BlockRange> blocks = exists ? all_blocks(leaf) : std::vector<BlockRange>();
  call([&] { UnlockRelationOid(leaf, AccessShareLock); });
  return blocks.empty() ? 0 : blocks.back().end;
}

}  // namespace

// Whether a leaf really is not as it was is found out when it is locked.
void StepReading::plan() {
  static SavedStatement statement(
      "WITH RECURSIVE tree AS ("
      "  SELECT type_id, source::oid AS relation FROM segments.interaction_type"
      "  UNION ALL SELECT tree.type_id, inhrelid FROM tree JOIN pg_inherits ON inhparent = tree.relation)"
      " SELECT c.oid, tree.type_id, coalesce(span.end_block, 0), coalesce(span.row_count, 0)::int8,"
      "  CASE WHEN c.relpages > 0 AND c.reltuples > 0 THEN c.reltuples / c.relpages ELSE 100 END::float8"
      " FROM tree JOIN pg_class c ON c.oid = tree.relation AND c.relkind = 'r'"
      " LEFT JOIN segments.source_leaf known ON known.leaf = c.oid"
      " LEFT JOIN segments.leaf_reading reading ON reading.leaf = c.oid AND reading.filenode = pg_relation_filenode(c.oid)"
      " LEFT JOIN LATERAL (SELECT max(end_block) AS end_block, sum(row_count) AS row_count FROM segments.leaf_span"
      "  WHERE leaf_span.leaf = reading.leaf) span ON true"
      " WHERE $1 OR known.leaf IS NULL OR known.filenode <> pg_relation_filenode(c.oid)"
      "  OR known.triggers <> " SEGMENTS_TRIGGERS_OF_LEAF " ORDER BY tree.type_id, c.oid",
      {BOOLOID});
  Rows rows = statement.run({boolean(context_.previous_snapshot_text.empty())}, false);
  uint64_t blocks_left = 0;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    const int64_t blocks = blocks_of(rows.oid(i, 0));
    const int64_t read = std::min(blocks, rows.int8(i, 2));
    rows_read_ += rows.int8(i, 3);
    rows_expected_ +=
        rows.int8(i, 3) + static_cast<int64_t>(static_cast<double>(blocks - read) * DatumGetFloat8(rows.value(i, 4)));
    if (read == blocks) continue;
    blocks_left += static_cast<uint64_t>(blocks - read);
    leaves_.push_back({rows.oid(i, 0), rows.int4(i, 1), static_cast<uint32_t>(blocks), static_cast<uint32_t>(read)});
  }
  rows.release();
  if (blocks_left <= static_cast<uint64_t>(step_blocks_setting)) leaves_.clear();
}

void StepReading::unify_first() {
  if (context_.previous_refresh != 0 || records_.tiles().ordinals_used() != 0) return;
  // One that cannot be read is frozen by the refresh itself.
  if (lock_mapping(context_.lock_budget)) return;
  take_snapshot(context_);
  FragmentStore none(context_, {}, kReadAhead);
  begin_phase(context_, "unifying", 0);
  run_source_part(context_, kUnificationId, "", records_, none, [&] {
    if (Mapping(context_).is_empty()) return;
    apply_unification(context_, records_);
    records_.flush();
    note_mapping_reading(context_);
  });
  drop_snapshot(context_);
}

std::map<Oid, int32_t> StepReading::next_leaves() const {
  std::map<Oid, int32_t> next;
  int64_t room = step_blocks_setting;
  for (const Leaf& leaf : leaves_) {
    if (room <= 0) break;
    next.emplace(leaf.relation, leaf.type_id);
    room -= leaf.blocks - leaf.blocks_read;
  }
  return next;
}

void StepReading::begin_reading_phase() {
  if (std::string_view(context_.progress.phase) != "reading") begin_phase(context_, "reading", rows_expected_, rows_read_);
}

void StepReading::read_some() {
  begin_reading_phase();
  const std::map<Oid, int32_t> next = next_leaves();
  const std::vector<LockedSource> sources = lock_leaves(context_.lock_budget, next).interactions;
  take_snapshot(context_);
  auto room = static_cast<uint32_t>(step_blocks_setting);
  std::set<Oid> met;
  std::set<int32_t> frozen;
  for (const LockedSource& locked : sources) {
    frozen.insert(locked.source.type_id);
    if (locked.failure) continue;
    FragmentStore fragments(context_, std::span(&locked.source, 1), kReadAhead);
    run_source_part(context_, locked.source.type_id, locked.source.name, records_, fragments, [&] {
      for (const SourceLeaf& leaf : locked.leaves) read_leaf(locked.source, leaf, fragments, room);
    });
    if (context_.failures.contains(locked.source.type_id)) continue;
    frozen.erase(locked.source.type_id);
    for (const SourceLeaf& leaf : locked.leaves) met.insert(leaf.relation);
  }
  drop_snapshot(context_);
  std::erase_if(leaves_, [&](const Leaf& leaf) {
    const bool is_gone = next.contains(leaf.relation) && !met.contains(leaf.relation);
    return is_gone || frozen.contains(leaf.type_id) || leaf.blocks_read >= leaf.blocks;
  });
}

void StepReading::read_leaf(const InteractionSource& source, const SourceLeaf& leaf, FragmentStore& fragments, uint32_t& room) {
  Leaf& planned = *std::ranges::find(leaves_, leaf.relation, &Leaf::relation);
  const std::string counted = counted_sql(source);
  LeafCapture capture(context_, source, leaf, counted, records_, fragments);
  std::optional<ResumableRead> reading = find_reading(context_, source, leaf);
  if (!reading) {
    discard_reading(leaf.relation, fragments);
    if (capture.has_foreign_stamps()) {
      planned.blocks = 0;  // the refresh reads it whole, as always
      return;
    }
    reading = begin_reading(context_, source, leaf);
  }
  // What was added since the plan was made comes with the refresh.
  const std::vector<BlockRange> present = all_blocks(leaf.relation);
  planned.blocks = std::min(planned.blocks, present.empty() ? 0 : present.back().end);
  const uint32_t end = std::min(planned.blocks, reading->end_block + std::min(room, planned.blocks));
  if (reading->end_block < end) {
    capture.read_span(*reading, {reading->end_block, end});
    room -= end - reading->end_block;
  }
  planned.blocks_read = std::max(end, reading->end_block);
}

void define_step_reading_settings() {
  call([] {
    DefineCustomIntVariable("segments.refresh_step_size", "How much of the sources a refresh reads in one transaction.",
                            "In blocks of the server. If more has to be read whole, that is done in steps, which outlive a "
                            "refresh that is cancelled or killed.",
                            &step_blocks_setting, kDefaultStepBlocks, 1, INT_MAX, PGC_USERSET, GUC_UNIT_BLOCKS, nullptr, nullptr,
                            nullptr);
  });
}

}  // namespace segments::pg
