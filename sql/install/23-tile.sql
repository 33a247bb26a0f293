-- Tiles and their profile maps.
-- Rows with from_refresh/to_refresh belong to the published states from_refresh <= n < to_refresh; to_refresh =
-- @FOREVER@ while a row is current.

-- One row per tile and version.  next_ordinal: the first ordinal of the tile that was never used.
CREATE TABLE segments.tile (
    shard int2 NOT NULL,
    tile int4 NOT NULL,
    from_refresh bigint NOT NULL,
    to_refresh bigint NOT NULL DEFAULT @FOREVER@,
    next_ordinal bigint NOT NULL,
    profile_count int4 NOT NULL,
    profile_map bytea NOT NULL
) PARTITION BY LIST (shard);
COMMENT ON TABLE segments.tile IS 'profile maps: which ordinals of a tile belong to which profile';

-- Uncompressed and out of line, so that columns and slices of them are read alone.
ALTER TABLE segments.tile ALTER COLUMN profile_map SET STORAGE EXTERNAL;

-- Samples of stored bytes would help no plan, and would keep values that an erasure has removed.
ALTER TABLE segments.tile ALTER COLUMN profile_map SET STATISTICS 0;
CREATE UNIQUE INDEX tile_key ON segments.tile (shard, tile, from_refresh);
-- What garbage collection looks for: rows that have ended.
CREATE INDEX tile_ended ON segments.tile (to_refresh) WHERE to_refresh <> @FOREVER@;
