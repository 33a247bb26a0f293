-- What turns ordinals into profile ids in one go.  segments.record says the same by single ordinals; both change in one transaction,
-- so that a snapshot that sees one sees the other, and no versions are kept.

-- Ids of 8,192 neighbouring ordinals each, sealed by a checksum (src/core/column/id_chunk.h), and the bounds that all of them and
-- their changes keep to.
CREATE TABLE segments.profile_ids (
    chunk int4 PRIMARY KEY,
    lowest text COLLATE "C",           -- null: there is none
    highest text COLLATE "C",
    ids bytea NOT NULL
);
COMMENT ON TABLE segments.profile_ids IS 'ids of profiles by chunks of ordinals';

-- Uncompressed and out of line, so that values point into what was read.
ALTER TABLE segments.profile_ids ALTER COLUMN ids SET STORAGE EXTERNAL;
-- Samples would help no plan, and would keep values that an erasure has removed.
ALTER TABLE segments.profile_ids ALTER COLUMN ids SET STATISTICS 0, ALTER COLUMN lowest SET STATISTICS 0, ALTER COLUMN highest SET STATISTICS 0;

-- What differs from the chunk until so much does that it is written anew.
CREATE TABLE segments.changed_profile_id (
    ordinal bigint PRIMARY KEY,
    profile_id text COLLATE "C"        -- null: no profile any more
);
COMMENT ON TABLE segments.changed_profile_id IS 'ids of profiles that have changed since their chunk was written';
ALTER TABLE segments.changed_profile_id ALTER COLUMN profile_id SET STATISTICS 0;

CREATE FUNCTION segments_internal.write_profile_ids() RETURNS void
AS 'MODULE_PATHNAME', 'segments_write_profile_ids' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments_internal.write_profile_ids() IS
    'writes segments.profile_ids anew from segments.record: repairs damaged ids. Errors: 55P03 (a refresh or an erasure is running)';
REVOKE EXECUTE ON FUNCTION segments_internal.write_profile_ids() FROM PUBLIC;
