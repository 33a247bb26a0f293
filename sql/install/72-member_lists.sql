-- Members by hand: profiles that are members of a segment whatever its definition says, or are none; and segments that have nothing
-- else (kind static).  A list holds the id of a profile and the records it had when it was listed, so that it means the same
-- persons after profiles were merged, split or given other ids.

CREATE TABLE segments.listed_profile (
    segment_id int NOT NULL REFERENCES segments.segment ON DELETE CASCADE,
    list text NOT NULL CHECK (list IN ('include', 'exclude')),
    profile_id text COLLATE "C" NOT NULL,
    record_type text COLLATE "C" NOT NULL,  -- empty, as record_id: it had no record when it was listed
    record_id text COLLATE "C" NOT NULL,
    listed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (segment_id, list, profile_id, record_type, record_id)
);
CREATE INDEX listed_profile_record ON segments.listed_profile (record_id, record_type);
CREATE INDEX listed_profile_id ON segments.listed_profile (profile_id);
CREATE INDEX listed_profile_unknown ON segments.listed_profile (profile_id) WHERE record_id = '';
ALTER TABLE segments.listed_profile ALTER COLUMN profile_id SET STATISTICS 0, ALTER COLUMN record_id SET STATISTICS 0;
COMMENT ON TABLE segments.listed_profile IS 'profiles that were included in or excluded from segments by hand, by id and by the records they had';
SELECT pg_catalog.pg_extension_config_dump('segments.listed_profile', '');

-- Whoever has one of the records is meant; if nobody has any of them, whoever has the id.  Each entry is looked at once, whatever the
-- planner knows of lists, which are long before their statistics are.
CREATE VIEW segments.listed_meaning AS
SELECT segment_id, list, listed_id, unnest(CASE WHEN of_records = '{}' THEN ARRAY[listed_id] ELSE of_records END) AS profile_id, listed_at
FROM (
    SELECT listed.segment_id, listed.list, listed.profile_id AS listed_id, min(listed.listed_at) AS listed_at,
           coalesce(array_agg(DISTINCT record.profile_id) FILTER (WHERE record.profile_id IS NOT NULL), '{}') AS of_records
    FROM segments.listed_profile listed
    LEFT JOIN segments.record ON record.record_id = listed.record_id AND record.record_type = listed.record_type
    GROUP BY listed.segment_id, listed.list, listed.profile_id) entry;
COMMENT ON VIEW segments.listed_meaning IS 'the profiles that lists mean now, by the ids they were listed with';

CREATE FUNCTION segments_internal.listed_ordinals(of_segment_id int, of_list text, after text, last text) RETURNS TABLE (ordinal bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT lowest.ordinal
    FROM (SELECT DISTINCT profile_id FROM segments.listed_meaning
          WHERE segment_id = of_segment_id AND list = of_list AND listed_id > after AND listed_id <= last) meant
    CROSS JOIN LATERAL (SELECT min(record.ordinal) AS ordinal FROM segments.record WHERE record.profile_id = meant.profile_id) lowest
    WHERE lowest.ordinal IS NOT NULL;
END;
COMMENT ON FUNCTION segments_internal.listed_ordinals(int, text, text, text) IS
    'what the profiles go by that a list of a segment means by ids after one and up to another';

-- What was listed under one of these ids, and whatever means a profile that has one of them now.
CREATE FUNCTION segments_internal.unlist(of_segment_id int, of_list text, profile_ids text[]) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    DELETE FROM segments.listed_profile listed
    WHERE listed.segment_id = of_segment_id AND listed.list = of_list AND listed.profile_id = ANY (ARRAY(
        SELECT meant.listed_id FROM segments.listed_meaning meant WHERE meant.segment_id = of_segment_id AND meant.list = of_list
            AND (meant.listed_id = ANY (unlist.profile_ids) OR meant.profile_id = ANY (unlist.profile_ids))));
END;
COMMENT ON FUNCTION segments_internal.unlist(int, text, text[]) IS 'takes profiles off a list of a segment';

CREATE FUNCTION segments_internal.malformed_id(ids text[], OUT id text, OUT form text, OUT meant text) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT given.id, format_type(of_profile.type, NULL),
           CASE WHEN of_profile.type <> 'uuid'::regtype AND given.id ~ '^\s*[+-]?[0-9]{1,18}\s*$' THEN given.id::bigint::text
                WHEN of_profile.type = 'uuid'::regtype AND translate(lower(given.id), '-{}', '') ~ '^[0-9a-f]{32}$' THEN given.id::uuid::text END
    FROM segments.unification JOIN pg_attribute ON attrelid = source AND attname = profile_id_column
    CROSS JOIN LATERAL (SELECT segments_internal.base_type(atttypid) AS type) of_profile
    CROSS JOIN unnest(ids) given (id)
    WHERE CASE WHEN of_profile.type IN ('bigint'::regtype, 'integer'::regtype, 'smallint'::regtype) THEN given.id !~ '^(0|-?[1-9][0-9]{0,18})$'
               WHEN of_profile.type = 'uuid'::regtype THEN given.id !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' ELSE false END
    ORDER BY 1 LIMIT 1
$$;
COMMENT ON FUNCTION segments_internal.malformed_id(text[]) IS
    'the first of these texts that the type of the unification''s profile ids never writes, that type, and what was meant, if it can be told';
REVOKE EXECUTE ON FUNCTION segments_internal.malformed_id(text[]) FROM PUBLIC;

CREATE FUNCTION segments.include_members(segment text, profile_ids text[], run boolean DEFAULT true) RETURNS bigint
AS 'MODULE_PATHNAME', 'segments_include_members' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.include_members(text, text[], boolean) IS
    'makes profiles members of a segment whatever its definition says, from its next evaluation on, and evaluates it at once unless run is '
    'false or it is not active; returns its number of members then. Who is excluded, too, is no member. The list keeps the ids and the '
    'records that the profiles have now: whoever has one of these records later is meant, after merges, splits and renamed ids; if nobody '
    'has one, whoever has the id. Only for its owner. Errors: 22004, 22023 (null or empty id), 22P02 (a text that the type of the unification never writes), and those of run_segment';

CREATE FUNCTION segments.exclude_members(segment text, profile_ids text[], run boolean DEFAULT true) RETURNS bigint
AS 'MODULE_PATHNAME', 'segments_exclude_members' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.exclude_members(text, text[], boolean) IS
    'keeps profiles out of a segment whatever its definition says, also if they are included by hand. Otherwise like include_members';

CREATE FUNCTION segments.unlist_members(segment text, profile_ids text[], list text DEFAULT NULL, run boolean DEFAULT true) RETURNS bigint
AS 'MODULE_PATHNAME', 'segments_unlist_members' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.unlist_members(text, text[], text, boolean) IS
    'takes profiles off a list of a segment (include or exclude; null: off both), by the ids that they were listed with or have now: '
    'its definition decides about them again. Otherwise like include_members';

CREATE FUNCTION segments.create_static_segment(name text, profile_ids text[]) RETURNS bigint
AS 'MODULE_PATHNAME', 'segments_create_static_segment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.create_static_segment(text, text[]) IS
    'saves a segment whose members are these profiles, as ARRAY(SELECT ...) has them, and returns their number. include_members adds '
    'others, unlist_members removes some. They are kept by id and by the records they have now, as those of include_members. Read, '
    'granted, published and referred to like others. Errors: as create_segment and include_members';

CREATE FUNCTION segments.create_snapshot(name text, members segments.profile_set) RETURNS bigint
AS 'MODULE_PATHNAME', 'segments_create_snapshot' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.create_snapshot(text, segments.profile_set) IS
    'create_static_segment of a set of profiles: members(''other'') for a snapshot of another segment, segment_eval(''definition'') for those who '
    'belong to a definition now. Errors: also 55000 (a set from before the records were numbered anew)';

REVOKE EXECUTE ON FUNCTION segments.include_members(text, text[], boolean), segments.exclude_members(text, text[], boolean),
    segments.unlist_members(text, text[], text, boolean), segments.create_static_segment(text, text[]),
    segments.create_snapshot(text, segments.profile_set), segments_internal.unlist(int, text, text[]), segments_internal.listed_ordinals(int, text, text, text) FROM PUBLIC;
