CREATE FUNCTION segments_internal.debug_apply_unification(OUT from_ordinal bigint, OUT to_ordinal bigint) RETURNS SETOF record
LANGUAGE C AS 'MODULE_PATHNAME', 'segments_debug_apply_unification';
COMMENT ON FUNCTION segments_internal.debug_apply_unification() IS 'a refresh of the mapping alone: the records that moved to another tile';

CREATE FUNCTION segments_internal.debug_resolve(record_types text[], record_ids text[], expected bigint) RETURNS bigint[]
LANGUAGE C AS 'MODULE_PATHNAME', 'segments_debug_resolve';
COMMENT ON FUNCTION segments_internal.debug_resolve(text[], text[], bigint) IS 'the ordinals of records, adding unknown ones';

CREATE FUNCTION segments_internal.debug_profile_map(tile int, OUT record_offset int, OUT first_offset int) RETURNS SETOF record
LANGUAGE C AS 'MODULE_PATHNAME', 'segments_debug_profile_map';
COMMENT ON FUNCTION segments_internal.debug_profile_map(int) IS
    'the published map of a tile: each linked record with the one its profile goes by; dead ordinals with null';

REVOKE EXECUTE ON FUNCTION
    segments_internal.debug_apply_unification(),
    segments_internal.debug_resolve(text[], text[], bigint),
    segments_internal.debug_profile_map(int)
FROM PUBLIC;
