CREATE FUNCTION segments_internal.debug_member_since(segment_id int, OUT ordinal bigint, OUT since timestamptz) RETURNS SETOF record
LANGUAGE C AS 'MODULE_PATHNAME', 'segments_debug_member_since';
COMMENT ON FUNCTION segments_internal.debug_member_since(int) IS 'the current members of a segment by ordinal, and since when';
REVOKE EXECUTE ON FUNCTION segments_internal.debug_member_since(int) FROM PUBLIC;
