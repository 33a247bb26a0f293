-- What is derived: records and their ordinals, tiles, fragments, memberships, and what a refresh has seen.
-- Nothing here is dumped; one rebuild makes it anew.  Rows with from_refresh/to_refresh belong to the published states
-- from_refresh <= n < to_refresh; to_refresh = 9223372036854775807 while a row is current.

CREATE TABLE segments.refresh (
    refresh_id bigint PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('refreshing', 'successful', 'failed', 'cancelled')),
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    snapshot pg_snapshot,              -- what this refresh has seen of the sources
    as_of timestamptz,                 -- where the windows of saved segments end
    data_through timestamptz,          -- the newest state of the sources that is included
    rows_added bigint NOT NULL DEFAULT 0,
    rows_removed bigint NOT NULL DEFAULT 0,
    records_added bigint NOT NULL DEFAULT 0,
    records_changed bigint NOT NULL DEFAULT 0,
    fragments_written bigint NOT NULL DEFAULT 0,
    fragments_merged bigint NOT NULL DEFAULT 0,
    segments_run bigint NOT NULL DEFAULT 0,
    error text
);
COMMENT ON TABLE segments.refresh IS 'one row per refresh';

-- The number that publishing advances.  No row: never refreshed.
CREATE TABLE segments.published (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    refresh_id bigint NOT NULL REFERENCES segments.refresh
);
COMMENT ON TABLE segments.published IS 'the refresh whose state everybody reads';

-- One row per captured leaf table of a registered source; written only when it changes.
CREATE TABLE segments.source_leaf (
    leaf oid PRIMARY KEY,
    source oid NOT NULL,               -- the registered table: the leaf itself, or the partitioned table above it
    filenode oid NOT NULL,             -- another one: the leaf was rewritten or truncated, and is read whole
    triggers text NOT NULL,            -- others: changes may have been missed, as while it was detached; read whole
    column_types oid[] NOT NULL,       -- by attnum; a type that changed without a rewrite: read whole
    captured_by bigint NOT NULL,       -- the refresh that read it whole
    unplaced_rows bigint NOT NULL DEFAULT 0  -- rows with a null time or record, or too long a key: they only count
);
CREATE INDEX source_leaf_source ON segments.source_leaf (source);
COMMENT ON TABLE segments.source_leaf IS 'leaf tables whose rows are in fragments, as of the published refresh';

-- Columns of interaction types as refreshes have seen them.  Numbers of columns are never used twice.
CREATE TABLE segments.source_column (
    type_id int NOT NULL REFERENCES segments.interaction_type ON DELETE CASCADE,
    field int2 NOT NULL,               -- attnum in the registered table
    type oid NOT NULL,                 -- its base type
    seen_by bigint NOT NULL,           -- the first refresh that knew the column, with this type
    missing bytea,                     -- what rows older than the column answer with; null: null
    PRIMARY KEY (type_id, field)
);
COMMENT ON TABLE segments.source_column IS 'columns of interaction types as refreshes have seen them, with their missing values';

-- Updated and deleted rows of sources, logged by row triggers, consumed and removed by refreshes.
CREATE TABLE segments.change_log (
    change_id bigint GENERATED ALWAYS AS IDENTITY,
    leaf oid NOT NULL,
    stamp xid8,                        -- of the old row: who wrote it (null: before registration)
    removed_by xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    old_row bytea NOT NULL             -- a RowBatch of one row (interactions), or the record's key (unification)
);
CREATE INDEX change_log_leaf ON segments.change_log (leaf, removed_by);
COMMENT ON TABLE segments.change_log IS 'rows that were updated or deleted in source tables since the last refresh';

-- Records and their ordinals.  Unified or not, every record an interaction or the mapping names has one.
CREATE TABLE segments.record (
    ordinal bigint NOT NULL,
    record_type text COLLATE "C" NOT NULL,
    record_id text COLLATE "C" NOT NULL,
    profile_id text COLLATE "C"        -- null: not unified
);
CREATE UNIQUE INDEX record_key ON segments.record (record_id, record_type);
CREATE UNIQUE INDEX record_ordinal ON segments.record (ordinal);
CREATE INDEX record_profile ON segments.record (profile_id) WHERE profile_id IS NOT NULL;
COMMENT ON TABLE segments.record IS 'records, their ordinals, and the profiles they belong to';

-- Where the rows of records that moved to another tile were copied: the old ordinal is dead, but fragments that were not merged
-- since still hold its rows, which an erasure must find.
CREATE TABLE segments.moved_record (
    to_ordinal bigint NOT NULL,
    from_ordinal bigint NOT NULL
);
CREATE INDEX moved_record_to ON segments.moved_record (to_ordinal);
COMMENT ON TABLE segments.moved_record IS 'ordinals that records had before they moved to another tile';

-- One row per tile and version.  next_ordinal: the first ordinal of the tile that was never used.
CREATE TABLE segments.tile (
    shard int2 NOT NULL,
    tile int4 NOT NULL,
    from_refresh bigint NOT NULL,
    to_refresh bigint NOT NULL DEFAULT 9223372036854775807,
    next_ordinal bigint NOT NULL,
    profile_count int4 NOT NULL,
    profile_map bytea NOT NULL
) PARTITION BY LIST (shard);
COMMENT ON TABLE segments.tile IS 'profile maps: which ordinals of a tile belong to which profile';

-- One row per column of a fragment.  field: 0 rows (ordinals), -1 time, else the attnum.
CREATE SEQUENCE segments.fragment_id;
COMMENT ON SEQUENCE segments.fragment_id IS 'numbers of fragments';
CREATE TABLE segments.fragment (
    shard int2 NOT NULL,
    first_tile int4 NOT NULL,
    last_tile int4 NOT NULL,
    type_id int4 NOT NULL,
    leaf oid NOT NULL,
    fragment_id bigint NOT NULL,
    field int2 NOT NULL,
    from_refresh bigint NOT NULL,
    to_refresh bigint NOT NULL DEFAULT 9223372036854775807,
    row_count int4 NOT NULL,
    known_fields int2 NOT NULL,
    min_time timestamptz NOT NULL,
    max_time timestamptz NOT NULL,
    lower_bound bytea,   -- of a field's values, at most 16 bytes; null: unknown
    upper_bound bytea,
    data bytea NOT NULL
) PARTITION BY LIST (shard);
COMMENT ON TABLE segments.fragment IS 'columns of fragments: compressed interactions of one type and source leaf';

-- One row per segment and tile; a tile without members has none.  Written only where it changed.
CREATE TABLE segments.membership (
    shard int2 NOT NULL,
    tile int4 NOT NULL,
    segment_id int4 NOT NULL,
    from_refresh bigint NOT NULL,
    to_refresh bigint NOT NULL DEFAULT 9223372036854775807,
    member_count int4 NOT NULL,
    members bytea NOT NULL
) PARTITION BY LIST (shard);
COMMENT ON TABLE segments.membership IS 'members of saved segments, as portable Roaring bitmaps of ordinals';

-- Uncompressed and out of line, so that columns and slices of them are read alone.  (Partitions inherit it.)
ALTER TABLE segments.tile ALTER COLUMN profile_map SET STORAGE EXTERNAL;
ALTER TABLE segments.fragment
    ALTER COLUMN data SET STORAGE EXTERNAL,
    ALTER COLUMN lower_bound SET STORAGE PLAIN,
    ALTER COLUMN upper_bound SET STORAGE PLAIN;
ALTER TABLE segments.membership ALTER COLUMN members SET STORAGE EXTERNAL;

-- Samples of stored bytes would help no plan, and would keep values that an erasure has removed.
ALTER TABLE segments.change_log ALTER COLUMN old_row SET STATISTICS 0;
ALTER TABLE segments.tile ALTER COLUMN profile_map SET STATISTICS 0;
ALTER TABLE segments.fragment
    ALTER COLUMN data SET STATISTICS 0,
    ALTER COLUMN lower_bound SET STATISTICS 0,
    ALTER COLUMN upper_bound SET STATISTICS 0;
ALTER TABLE segments.membership ALTER COLUMN members SET STATISTICS 0;

DO $$
BEGIN
    FOR shard IN 0 .. 7 LOOP
        EXECUTE format('CREATE TABLE segments.tile_%1$s PARTITION OF segments.tile FOR VALUES IN (%1$s)', shard);
        EXECUTE format('CREATE TABLE segments.fragment_%1$s PARTITION OF segments.fragment FOR VALUES IN (%1$s)', shard);
        EXECUTE format('CREATE TABLE segments.membership_%1$s PARTITION OF segments.membership FOR VALUES IN (%1$s)', shard);
        EXECUTE format('ALTER TABLE segments.tile_%s ALTER COLUMN profile_map SET STATISTICS 0', shard);
        EXECUTE format('ALTER TABLE segments.fragment_%s ALTER COLUMN data SET STATISTICS 0, '
            'ALTER COLUMN lower_bound SET STATISTICS 0, ALTER COLUMN upper_bound SET STATISTICS 0', shard);
        EXECUTE format('ALTER TABLE segments.membership_%s ALTER COLUMN members SET STATISTICS 0', shard);
    END LOOP;
END
$$;
CREATE UNIQUE INDEX tile_key ON segments.tile (shard, tile, from_refresh);
CREATE UNIQUE INDEX fragment_key ON segments.fragment (shard, fragment_id, field, from_refresh);
CREATE INDEX fragment_type ON segments.fragment (type_id, first_tile, field);
CREATE INDEX fragment_leaf ON segments.fragment (leaf);
CREATE UNIQUE INDEX membership_key ON segments.membership (shard, segment_id, tile, from_refresh);

-- The state of a segment's last run.
CREATE TABLE segments.segment_state (
    segment_id int PRIMARY KEY REFERENCES segments.segment ON DELETE CASCADE,
    as_of timestamptz,                 -- of the last good run
    data_through timestamptz,
    member_count bigint,
    last_run_at timestamptz,
    duration interval,
    last_sqlstate text,                -- of the last run, if it failed
    last_error text
);
COMMENT ON TABLE segments.segment_state IS 'when segments were last run, and how that went';
