-- The life of a saved segment: draft, active, inactive; copies, descriptions, and the versions of its definition.

CREATE TABLE segments.segment_version (
    segment_id int NOT NULL REFERENCES segments.segment ON DELETE CASCADE,
    version int NOT NULL,
    definition text NOT NULL,
    -- The same after types and fields in it were given other names; null: as it was saved.
    renamed_definition text,
    time_zone text NOT NULL,
    interval_style text NOT NULL,
    monetary_locale text NOT NULL,
    zone_abbreviations text NOT NULL,
    week_start text NOT NULL DEFAULT 'monday',
    saved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    saved_by text NOT NULL,            -- the name its role had then
    change text NOT NULL,
    PRIMARY KEY (segment_id, version)
);
ALTER TABLE segments.segment_version ALTER COLUMN definition SET STATISTICS 0, ALTER COLUMN renamed_definition SET STATISTICS 0;
COMMENT ON TABLE segments.segment_version IS 'definitions of saved segments, the newest 100 of each, with what their literals mean';
SELECT pg_catalog.pg_extension_config_dump('segments.segment_version', '');

CREATE FUNCTION segments_internal.note_version(noted_id int, saved_by text, change text) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    INSERT INTO segments.segment_version (segment_id, version, definition, time_zone, interval_style, monetary_locale,
        zone_abbreviations, week_start, saved_by, change)
    SELECT segment_id, version, definition, time_zone, interval_style, monetary_locale, zone_abbreviations, week_start,
        note_version.saved_by, note_version.change
    FROM segments.segment WHERE segment_id = noted_id;
    DELETE FROM segments.segment_version old USING segments.segment current
    WHERE old.segment_id = noted_id AND current.segment_id = noted_id AND old.version <= current.version - 100;
END;
COMMENT ON FUNCTION segments_internal.note_version(int, text, text) IS 'notes what a segment''s row says as a version of it';
REVOKE EXECUTE ON FUNCTION segments_internal.note_version(int, text, text) FROM PUBLIC;

CREATE FUNCTION segments_internal.referenced_segments(definition text) RETURNS text[]
AS 'MODULE_PATHNAME', 'segments_referenced_segments' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION segments_internal.referenced_segments(text) IS 'the segments that a definition refers to, each once';

-- Every definition that names types and fields, and will be read again: those in force (version is null), and those to go back to.
CREATE VIEW segments.kept_definition AS
SELECT segment_id::text AS key, segment_id, NULL::int AS version, definition FROM segments.segment
UNION ALL
SELECT saved.segment_id || '/' || saved.version, saved.segment_id, saved.version, coalesce(saved.renamed_definition, saved.definition)
FROM segments.segment_version saved JOIN segments.segment USING (segment_id)
WHERE saved.version <> segment.version;
COMMENT ON VIEW segments.kept_definition IS 'definitions of saved segments, old versions included, with the names that types and fields have now';

CREATE FUNCTION segments.set_segment_state(name text, state text, run boolean DEFAULT true) RETURNS bigint
AS 'MODULE_PATHNAME', 'segments_set_segment_state' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.set_segment_state(text, text, boolean) IS
    'makes a segment active (evaluated by its schedule, and at once unless run is false), inactive (it keeps the members of its last '
    'run, and refreshes leave it alone) or a draft (it has no members; count_segment and explain_segment tell what it would have). '
    'Returns its number of members if it was run. Only for its owner. Errors: 22023 (no such state), and those of run_segment';

CREATE FUNCTION segments.copy_segment(name text, new_name text, run boolean DEFAULT true, state text DEFAULT NULL) RETURNS bigint
AS 'MODULE_PATHNAME', 'segments_copy_segment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.copy_segment(text, text, boolean, text) IS
    'saves a segment with the definition of another one, its zone, schedule, description and tags; it belongs to the caller. Its state '
    'is that of the other one unless another is given. Grants, versions and generated views are not copied. For those who may change '
    'the other one. Returns and errors: as create_segment';

CREATE FUNCTION segments.describe_segment(name text, description text) RETURNS void
AS 'MODULE_PATHNAME', 'segments_describe_segment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.describe_segment(text, text) IS
    'says what a segment is for, in segment_overview, where its readers see it; null or empty removes that. Only for its owner';

CREATE FUNCTION segments_internal.name_segment_for_people(caller oid, name text, display_name text) RETURNS void
AS 'MODULE_PATHNAME', 'segments_name_segment_for_people' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments_internal.name_segment_for_people(oid, text, text) IS
    'gives a segment of a caller another display name, and tells if others that it may read answer to it';
REVOKE EXECUTE ON FUNCTION segments_internal.name_segment_for_people(oid, text, text) FROM PUBLIC;

CREATE FUNCTION segments.set_segment_tags(name text, tags text[]) RETURNS void
AS 'MODULE_PATHNAME', 'segments_set_segment_tags' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.set_segment_tags(text, text[]) IS
    'tags a segment instead of whatever it was tagged with: segment_overview shows tags to its readers, each once and '
    'sorted; null removes them. Only for its owner. Errors: 22023 (a tag that is null or empty), 54000 (too long, too many)';

CREATE FUNCTION segments.set_segment_time_zone(name text, time_zone text, run boolean DEFAULT true) RETURNS bigint
AS 'MODULE_PATHNAME', 'segments_set_segment_time_zone' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.set_segment_time_zone(text, text, boolean) IS
    'reads the windows and times of a segment''s definition in another zone from now on, as a new version, and runs it at once unless '
    'run is false or it is not active. Returns its number of members if it was run. Only for its owner. Errors: 22023 (no such zone), '
    'and those of update_segment';

CREATE FUNCTION segments.restore_segment(name text, version int, run boolean DEFAULT true) RETURNS bigint
AS 'MODULE_PATHNAME', 'segments_restore_segment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.restore_segment(text, int, boolean) IS
    'gives a segment the definition of an earlier version (segment_versions), and its zone and the other settings of its literals, as a '
    'new version: none is lost. Types and fields that were given other names since are found under those. Otherwise like '
    'update_segment. Errors: 42704 (no such segment or version), and those of update_segment';

CREATE FUNCTION segments.forget_versions(name text) RETURNS int
AS 'MODULE_PATHNAME', 'segments_forget_versions' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.forget_versions(text) IS
    'removes all versions of a segment''s definition but the one in force, as when they name a person who is to be forgotten; returns how '
    'many. They cannot be restored any more. Only for its owner';

CREATE FUNCTION segments.count_segment(name text, as_of timestamptz DEFAULT NULL) RETURNS bigint
AS 'MODULE_PATHNAME', 'segments_count_segment' LANGUAGE C STABLE PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION segments.count_segment(text, timestamptz) IS
    'how many profiles belong to a saved segment at a time, evaluated now, with its owner''s privileges and its own zone: of drafts, '
    'too. Nothing is written. Only for its owner. Otherwise like segment_count';

CREATE FUNCTION segments.explain_segment(name text, as_of timestamptz DEFAULT NULL)
RETURNS TABLE (node int, parent int, depth int, text text, members bigint, fragments_read bigint, fragments_pruned bigint,
               rows_scanned bigint, milliseconds double precision, note text)
AS 'MODULE_PATHNAME', 'segments_explain_segment' LANGUAGE C STABLE PARALLEL UNSAFE COST 1000000 ROWS 20;
COMMENT ON FUNCTION segments.explain_segment(text, timestamptz) IS
    'explains a saved segment as segment_explain does a definition: with its owner''s privileges and its own zone; drafts, too. Only for '
    'its owner';

REVOKE EXECUTE ON FUNCTION segments.set_segment_state(text, text, boolean), segments.copy_segment(text, text, boolean, text),
    segments.describe_segment(text, text), segments.set_segment_tags(text, text[]),
    segments.set_segment_time_zone(text, text, boolean), segments.restore_segment(text, int, boolean),
    segments.forget_versions(text) FROM PUBLIC;
