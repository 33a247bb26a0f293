-- Fragments: columns of interactions.
-- Rows with from_refresh/to_refresh belong to the published states from_refresh <= n < to_refresh; to_refresh =
-- @FOREVER@ while a row is current.

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
    to_refresh bigint NOT NULL DEFAULT @FOREVER@,
    row_count int4 NOT NULL,
    known_fields int2 NOT NULL,
    min_time timestamptz NOT NULL,
    max_time timestamptz NOT NULL,
    lower_bound bytea,   -- of a field's values, at most 16 bytes, and a checksum of both bounds; null: unknown
    upper_bound bytea,
    data bytea NOT NULL
) PARTITION BY LIST (shard);
COMMENT ON TABLE segments.fragment IS 'columns of fragments: compressed interactions of one type and source leaf';

-- Uncompressed and out of line, so that columns and slices of them are read alone.
ALTER TABLE segments.fragment
    ALTER COLUMN data SET STORAGE EXTERNAL,
    ALTER COLUMN lower_bound SET STORAGE PLAIN,
    ALTER COLUMN upper_bound SET STORAGE PLAIN;

-- Samples of stored bytes would help no plan, and would keep values that an erasure has removed.
ALTER TABLE segments.fragment ALTER COLUMN data SET STATISTICS 0, ALTER COLUMN lower_bound SET STATISTICS 0, ALTER COLUMN upper_bound SET STATISTICS 0;
CREATE UNIQUE INDEX fragment_key ON segments.fragment (shard, fragment_id, field, from_refresh);
CREATE INDEX fragment_type ON segments.fragment (type_id, first_tile, field);
CREATE INDEX fragment_leaf ON segments.fragment (leaf);
-- What garbage collection looks for: rows that have ended.
CREATE INDEX fragment_ended ON segments.fragment (to_refresh) WHERE to_refresh <> @FOREVER@;
