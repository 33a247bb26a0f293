-- Ordinals and profile ids.  These functions read segments.record, which nobody else may, on the caller's behalf.  An ordinal
-- says nothing by itself.  Profile ids are data: profiles(...) takes the right to read them in the table of the unification.
-- Whether a record or profile is known is data, too; but profile_ordinal(...) is called for every row of ad-hoc queries, so that it
-- is granted instead of looking privileges up.

CREATE FUNCTION segments.profile_ordinal(record_type text, record_id text) RETURNS bigint
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'segments_profile_ordinal_of_record';
COMMENT ON FUNCTION segments.profile_ordinal(text, text) IS
    'the ordinal that stands in profile sets for the profile of a record (null: the record is unknown or not unified). '
    'Not for everybody: it tells who is known';
REVOKE EXECUTE ON FUNCTION segments.profile_ordinal(text, text) FROM PUBLIC;

CREATE FUNCTION segments.profile_ordinal(profile_id text) RETURNS bigint
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 50 AS 'MODULE_PATHNAME', 'segments_profile_ordinal';
COMMENT ON FUNCTION segments.profile_ordinal(text) IS
    'the ordinal that stands in profile sets for a profile (null: no record belongs to it). Not for everybody: it tells who is '
    'known';
REVOKE EXECUTE ON FUNCTION segments.profile_ordinal(text) FROM PUBLIC;

CREATE FUNCTION segments.profiles(members segments.profile_set) RETURNS SETOF text
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10000 ROWS 10000 AS 'MODULE_PATHNAME', 'segments_profiles';
COMMENT ON FUNCTION segments.profiles(segments.profile_set) IS
    'the profile ids of a set, ascending by ordinal; ordinals that stand for no profile in the published refresh are left out. '
    'The caller needs SELECT on the profile ids in the table of the unification. Errors: 42501 (privileges)';
