-- For tests.

CREATE FUNCTION segments_internal.debug_profile_ids(OUT ordinal bigint, OUT profile_id text) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'segments_debug_profile_ids' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.debug_profile_ids() IS 'ids of profiles by ordinal, as readers of their chunks see them';
REVOKE EXECUTE ON FUNCTION segments_internal.debug_profile_ids() FROM PUBLIC;
