CREATE FUNCTION segments_internal.debug_toast_slice(value bytea, slice_offset int, slice_length int) RETURNS bytea STRICT
LANGUAGE C AS 'MODULE_PATHNAME', 'segments_debug_toast_slice';
COMMENT ON FUNCTION segments_internal.debug_toast_slice(bytea, int, int) IS 'a slice of a value that is stored out of line, uncompressed, as evaluation reads it';
REVOKE EXECUTE ON FUNCTION segments_internal.debug_toast_slice(bytea, int, int) FROM PUBLIC;
