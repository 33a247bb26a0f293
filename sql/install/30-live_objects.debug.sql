-- What C++ objects of ours the backend's memory contexts keep alive: for tests.
CREATE FUNCTION segments_internal.live_objects() RETURNS bigint
    AS 'MODULE_PATHNAME', 'segments_live_objects' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION segments_internal.live_objects() IS 'C++ objects that this session keeps alive (debug builds only)';
