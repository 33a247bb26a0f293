-- Members of saved segments.
-- Rows with from_refresh/to_refresh belong to the published states from_refresh <= n < to_refresh; to_refresh =
-- @FOREVER@ while a row is current.

-- One row per segment and tile; a tile without members has none.  Written only where it changed.
CREATE TABLE segments.membership (
    shard int2 NOT NULL,
    tile int4 NOT NULL,
    segment_id int4 NOT NULL,
    from_refresh bigint NOT NULL,
    to_refresh bigint NOT NULL DEFAULT @FOREVER@,
    member_count int4 NOT NULL,
    checksum int4 NOT NULL,            -- of segment, tile and members
    members bytea NOT NULL,
    pieces bytea NOT NULL,             -- which of those bytes say it of whom, with a checksum of each few; empty: they are read whole
    -- Since when each of them has been one without interruption, sealed beside them; null: since the segment's last run.
    since bytea
) PARTITION BY LIST (shard);
COMMENT ON TABLE segments.membership IS 'members of saved segments, as portable Roaring bitmaps of ordinals';

-- Uncompressed and out of line, so that columns and slices of them are read alone.
ALTER TABLE segments.membership ALTER COLUMN members SET STORAGE EXTERNAL, ALTER COLUMN since SET STORAGE EXTERNAL;
ALTER TABLE segments.membership ALTER COLUMN pieces SET STORAGE PLAIN;

-- Samples of stored bytes would help no plan, and would keep values that an erasure has removed.
ALTER TABLE segments.membership ALTER COLUMN members SET STATISTICS 0, ALTER COLUMN pieces SET STATISTICS 0, ALTER COLUMN since SET STATISTICS 0;
CREATE UNIQUE INDEX membership_key ON segments.membership (shard, segment_id, tile, from_refresh);
-- Whose members a profile is.
CREATE INDEX membership_tile ON segments.membership (tile, segment_id);
-- What garbage collection looks for: rows that have ended.
CREATE INDEX membership_ended ON segments.membership (to_refresh) WHERE to_refresh <> @FOREVER@;
