#include "pg/capture/resumable_read.h"

#include "pg/query/query.h"

namespace segments::pg {

std::optional<ResumableRead> find_reading(const RefreshContext& context, const InteractionSource& source,
                                          const SourceLeaf& leaf) {
  Rows rows =
      run("SELECT r.snapshot::text, coalesce(s.end_block, 0), coalesce(s.row_count, 0)::int8, r.unplaced_rows,"
          " r.misfits::text"
          " FROM segments.leaf_reading r"
          " LEFT JOIN LATERAL (SELECT max(end_block) AS end_block, sum(row_count) AS row_count"
          "  FROM segments.leaf_span WHERE leaf_span.leaf = r.leaf) s ON true"
          " WHERE r.leaf = $1 AND r.type_id = $2 AND r.filenode = $3 AND r.triggers = $4 AND r.keys = $6"
          " AND pg_snapshot_xmax(r.snapshot) <= pg_snapshot_xmax($5::pg_snapshot) AND r.column_types = " SEGMENTS_COLUMN_TYPES,
          {oid(leaf.relation), int4(source.type_id), oid(leaf.filenode), text(leaf.triggers), text(context.snapshot_text),
           text(leaf.keys)});
  std::optional<ResumableRead> reading;
  if (!rows.empty()) {
    reading = {rows.text(0, 0), static_cast<uint32_t>(rows.int8(0, 1)), rows.int8(0, 2), rows.int8(0, 3), rows.text(0, 4)};
  }
  rows.release();
  return reading;
}

ResumableRead begin_reading(const RefreshContext& context, const InteractionSource& source, const SourceLeaf& leaf) {
  run("INSERT INTO segments.leaf_reading (leaf, source, type_id, filenode, triggers, snapshot, keys, column_types)"
      " VALUES ($1, $2, $3, $4, $5, $6::pg_snapshot, $7, " SEGMENTS_COLUMN_TYPES ")",
      {oid(leaf.relation), oid(source.relation), int4(source.type_id), oid(leaf.filenode), text(leaf.triggers),
       text(context.snapshot_text), text(leaf.keys)});
  return {.base_snapshot = context.snapshot_text};
}

void add_span(const RefreshContext& context, const SourceLeaf& leaf, const BlockRange& blocks, int64_t row_count,
              int64_t unplaced_rows, const Misfits& misfits) {
  run("INSERT INTO segments.leaf_span (leaf, first_block, end_block, snapshot, row_count) VALUES ($1, $2, $3, $4::pg_snapshot, "
      "$5)",
      {oid(leaf.relation), int8(blocks.first), int8(blocks.end), text(context.snapshot_text), int8(row_count)});
  if (unplaced_rows == 0 && misfits.empty()) return;
  run("UPDATE segments.leaf_reading SET unplaced_rows = unplaced_rows + $2,"
      " misfits = segments_internal.sum_of_counts(misfits, $3::jsonb) WHERE leaf = $1",
      {oid(leaf.relation), int8(unplaced_rows), text(misfits_json(misfits))});
}

void note_mapping_reading(const RefreshContext& context) {
  run("INSERT INTO segments.leaf_reading (leaf, source, filenode, triggers, keys, column_types, snapshot)"
      " SELECT leaf, source, filenode, triggers, keys, '{}', $1::pg_snapshot FROM segments.source_leaf"
      " WHERE source = (SELECT source FROM segments.unification)",
      {text(context.snapshot_text)});
}

std::string mapping_reading() {
  return take_text(run("SELECT snapshot::text FROM segments.leaf_reading WHERE type_id IS NULL LIMIT 1"));
}

void discard_reading(Oid leaf, FragmentStore& fragments) {
  fragments.drop_read_ahead(leaf);
  forget_reading(leaf);
}

void forget_reading(Oid leaf) { run("DELETE FROM segments.leaf_reading WHERE leaf = $1", {oid(leaf)}); }

}  // namespace segments::pg
