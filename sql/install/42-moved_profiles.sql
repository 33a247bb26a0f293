-- Who a profile id was: profiles that records belonged to before the mapping was changed.

CREATE TABLE segments.previous_profile (
    record_type text COLLATE "C" NOT NULL,
    record_id text COLLATE "C" NOT NULL,
    profile_id text COLLATE "C" NOT NULL,
    until_refresh bigint NOT NULL,     -- the first refresh that saw the record elsewhere
    until timestamptz NOT NULL
);
-- By a hash, because two ids together can be too long for an index.
CREATE UNIQUE INDEX previous_profile_key ON segments.previous_profile (record_id, record_type, hashtextextended(profile_id, 0));
CREATE INDEX previous_profile_profile ON segments.previous_profile (profile_id);
ALTER TABLE segments.previous_profile ALTER COLUMN record_id SET STATISTICS 0, ALTER COLUMN profile_id SET STATISTICS 0;
ALTER INDEX segments.previous_profile_key ALTER COLUMN 3 SET STATISTICS 0;
COMMENT ON TABLE segments.previous_profile IS
    'profiles that records belonged to before: one row per record and profile; the last 8 profiles of a record, and all that the history of members knows';
-- As the history is: without it an erasure in the restored database would leave former ids of its person in there.
SELECT pg_catalog.pg_extension_config_dump('segments.previous_profile',
    'WHERE EXISTS (SELECT FROM segments.history_profile known WHERE known.profile_id = previous_profile.profile_id)');

CREATE FUNCTION segments_internal.knows_ids() RETURNS boolean
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'segments_knows_ids';
COMMENT ON FUNCTION segments_internal.knows_ids() IS 'true: planning calls it, which loads what tells the planner how many ids there are';

CREATE VIEW segments.previous_profile_ids WITH (security_barrier) AS
SELECT previous.record_type, previous.record_id, previous.profile_id, previous.until_refresh, previous.until,
       record.profile_id AS current_profile_id
FROM segments.previous_profile previous
JOIN segments.published ON previous.until_refresh <= published.refresh_id
LEFT JOIN segments.record
    ON record.record_id = previous.record_id AND record.record_type = previous.record_type
WHERE segments_internal.knows_ids() AND ((SELECT pg_has_role(current_user, extension.extowner, 'USAGE')
       FROM pg_extension extension WHERE extension.extname = 'segments')
   OR (SELECT has_schema_privilege(current_user, class.relnamespace, 'USAGE')
           AND (NOT class.relrowsecurity OR unification.row_security_acknowledged)
           -- A column that is not there under its name may be read by nobody.
           AND NOT EXISTS (
               SELECT FROM unnest(ARRAY[unification.record_type_column, unification.record_id_column,
                                        unification.profile_id_column]) wanted (name)
               LEFT JOIN pg_attribute attribute ON attribute.attrelid = class.oid AND attribute.attname = wanted.name
                   AND attribute.attnum > 0 AND NOT attribute.attisdropped
               WHERE wanted.name IS NOT NULL
                 AND has_column_privilege(current_user, class.oid, attribute.attnum, 'SELECT') IS NOT TRUE)
       FROM segments.unification JOIN pg_class class ON class.oid = unification.source));
COMMENT ON VIEW segments.previous_profile_ids IS
    'who a profile id was: for each record that left a profile, until which refresh and when it belonged to it, and the profile '
    'it belongs to now (null: none). For those who may read record types, record and profile ids in the table of the unification (all of '
    'its rows: no row-level security that was not acknowledged); others see no rows. The last 8 profiles of a record are kept, and those that the history of members knows, until the record''s profile is erased';
COMMENT ON COLUMN segments.previous_profile_ids.record_type IS 'type of the record';
COMMENT ON COLUMN segments.previous_profile_ids.record_id IS 'id of the record';
COMMENT ON COLUMN segments.previous_profile_ids.profile_id IS 'a profile that the record belonged to';
COMMENT ON COLUMN segments.previous_profile_ids.until_refresh IS 'the refresh that moved the record';
COMMENT ON COLUMN segments.previous_profile_ids.until IS 'when that refresh began';
COMMENT ON COLUMN segments.previous_profile_ids.current_profile_id IS 'the profile the record belongs to now; null: to none';
GRANT SELECT ON segments.previous_profile_ids TO PUBLIC;
