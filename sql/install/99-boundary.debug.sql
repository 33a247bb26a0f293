-- What tests throw at the boundary.
CREATE FUNCTION segments_internal.debug_throw(what text) RETURNS void
LANGUAGE C VOLATILE STRICT AS 'MODULE_PATHNAME', 'segments_debug_throw';
COMMENT ON FUNCTION segments_internal.debug_throw(text) IS 'throws what is asked for, with a C++ object alive';

CREATE FUNCTION segments_internal.debug_throw_transition(state internal, what text) RETURNS internal
LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segments_debug_throw_transition';
COMMENT ON FUNCTION segments_internal.debug_throw_transition(internal, text) IS 'remembers what to throw; throws "now ..." at once';

CREATE FUNCTION segments_internal.debug_throw_final(state internal) RETURNS int
LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segments_debug_throw_final';
COMMENT ON FUNCTION segments_internal.debug_throw_final(internal) IS 'throws what the last row of the group asked for';

CREATE AGGREGATE segments_internal.debug_throw_agg(what text) (
    SFUNC = segments_internal.debug_throw_transition,
    STYPE = internal,
    FINALFUNC = segments_internal.debug_throw_final
);
COMMENT ON AGGREGATE segments_internal.debug_throw_agg(text) IS 'throws in its final function what the last row of the group asked for';

CREATE FUNCTION segments_internal.debug_check_parameters() RETURNS void
LANGUAGE C VOLATILE STRICT AS 'MODULE_PATHNAME', 'segments_debug_check_parameters';
COMMENT ON FUNCTION segments_internal.debug_check_parameters() IS
    'from now on, this session raises where a statement is run with an empty list of parameters';

CREATE FUNCTION segments_internal.debug_ignore_cancels() RETURNS void
LANGUAGE C VOLATILE STRICT AS 'MODULE_PATHNAME', 'segments_debug_ignore_cancels';
COMMENT ON FUNCTION segments_internal.debug_ignore_cancels() IS 'goes on until its process ends';

REVOKE EXECUTE ON FUNCTION segments_internal.debug_ignore_cancels(), segments_internal.debug_check_parameters(), segments_internal.debug_throw(text), segments_internal.debug_throw_transition(internal, text),
    segments_internal.debug_throw_final(internal), segments_internal.debug_throw_agg(text) FROM PUBLIC;
