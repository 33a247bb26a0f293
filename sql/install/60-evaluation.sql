-- Evaluation of definitions: the aggregate that evaluates a plan for one tile, and what users call.

CREATE FUNCTION segments_internal.evaluate_tile_transition(
    state internal, plan bytea, tile int4, profile_map bytea, fragment_id bigint, type_id int4, field int2, row_count int4,
    known_fields int2, min_time timestamptz, max_time timestamptz, lower_bound bytea, upper_bound bytea, data bytea)
RETURNS internal
AS 'MODULE_PATHNAME', 'segments_evaluate_tile_transition' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION segments_internal.evaluate_tile_transition(
    internal, bytea, int4, bytea, bigint, int4, int2, int4, int2, timestamptz, timestamptz, bytea, bytea, bytea) IS
    'collects a tile''s fragments';

CREATE FUNCTION segments_internal.evaluate_tile_final(state internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'segments_evaluate_tile_final' LANGUAGE C STABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION segments_internal.evaluate_tile_final(internal) IS 'evaluates a plan for the fragments that were collected';

-- It has no combine function, and costs what it costs: so that each tile is evaluated as a whole, by parallel workers.
CREATE AGGREGATE segments_internal.evaluate_tile(
    plan bytea, tile int4, profile_map bytea, fragment_id bigint, type_id int4, field int2, row_count int4,
    known_fields int2, min_time timestamptz, max_time timestamptz, lower_bound bytea, upper_bound bytea, data bytea) (
    SFUNC = segments_internal.evaluate_tile_transition,
    STYPE = internal,
    SSPACE = 1048576,
    FINALFUNC = segments_internal.evaluate_tile_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE segments_internal.evaluate_tile(
    bytea, int4, bytea, bigint, int4, int2, int4, int2, timestamptz, timestamptz, bytea, bytea, bytea) IS
    'evaluates a plan for one tile over the columns of its fragments (a null fragment_id: it has none)';

REVOKE EXECUTE ON FUNCTION segments_internal.evaluate_tile_transition(
    internal, bytea, int4, bytea, bigint, int4, int2, int4, int2, timestamptz, timestamptz, bytea, bytea, bytea) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION segments_internal.evaluate_tile_final(internal) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION segments_internal.evaluate_tile(
    bytea, int4, bytea, bigint, int4, int2, int4, int2, timestamptz, timestamptz, bytea, bytea, bytea) FROM PUBLIC;

CREATE FUNCTION segments.bucket(profile_id text, buckets int, salt text DEFAULT '') RETURNS int
AS 'MODULE_PATHNAME', 'segments_bucket' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION segments.bucket(text, int, text) IS
    'the bucket of a profile id, from 0 to buckets - 1: what bucket n of buckets with salt ''...'' asks for. It is a function of the '
    'bytes of the id and the salt alone, and never changes: the first 15 hexadecimal digits of md5(salt || '':'' || profile_id), '
    'modulo buckets (1 to 1000000). Anybody can compute it: (''x'' || left(md5(salt || '':'' || profile_id), 15))::bit(60)::bigint % '
    'buckets. Null if an argument is null. Errors: 22003 (number of buckets)';

CREATE FUNCTION segments.segment_eval(definition segments.definition, as_of timestamptz DEFAULT NULL)
RETURNS segments.profile_set
AS 'MODULE_PATHNAME', 'segments_segment_eval' LANGUAGE C STABLE PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION segments.segment_eval(segments.definition, timestamptz) IS
    'the profiles that belong to a definition, over the state of the last refresh; windows end at as_of (default: the '
    'transaction''s time). A past as_of asks today''s facts; members_at tells who was a member of a saved segment by what was known '
    'then. The caller needs SELECT on the columns of every table that the definition reads. Errors: 42704 (unknown name), 42702 '
    '(ambiguous name), 42804 (operator or literal does not fit a field), 22P02 and 22003 (literal), 22023 (a window that no time lies '
    'in), 42501 (privileges), 55000 (nothing refreshed yet)';

CREATE FUNCTION segments.segment_count(definition segments.definition, as_of timestamptz DEFAULT NULL) RETURNS bigint
AS 'MODULE_PATHNAME', 'segments_segment_count' LANGUAGE C STABLE PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION segments.segment_count(segments.definition, timestamptz) IS
    'how many profiles belong to a definition; otherwise like segment_eval';

CREATE FUNCTION segments.segment_explain(definition segments.definition, as_of timestamptz DEFAULT NULL)
RETURNS TABLE (node int, parent int, depth int, text text, members bigint, fragments_read bigint, fragments_pruned bigint,
               rows_scanned bigint, milliseconds double precision, note text)
AS 'MODULE_PATHNAME', 'segments_segment_explain' LANGUAGE C STABLE PARALLEL UNSAFE COST 1000000 ROWS 20;
COMMENT ON FUNCTION segments.segment_explain(segments.definition, timestamptz) IS
    'evaluates a definition and tells, for each of its nodes, how many profiles it holds and what it took: fragments read and '
    'pruned (left out by time, bounds or dictionary), rows of the fragments read, and processor time; the note tells when a window '
    'reaches further back than the data (drop_interactions) or no time lies in it, and which values that are asked about no '
    'interaction has, with the nearest that some have. node 1 is the whole';

CREATE FUNCTION segments_internal.is_unmapped() RETURNS boolean
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT EXISTS (SELECT FROM segments.unification) AND NOT EXISTS (SELECT FROM segments.record WHERE profile_id IS NOT NULL);
END;
COMMENT ON FUNCTION segments_internal.is_unmapped() IS 'whether a unification is registered, and the published state has no profile yet';
REVOKE EXECUTE ON FUNCTION segments_internal.is_unmapped() FROM PUBLIC;
