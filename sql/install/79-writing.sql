-- Help for writing definitions.

CREATE FUNCTION segments.check_definition(definition text, look_up_values boolean DEFAULT true)
RETURNS TABLE ("position" int, severity text, sqlstate text, message text, detail text, hint text)
AS 'MODULE_PATHNAME', 'segments_check_definition' LANGUAGE C STABLE PARALLEL UNSAFE COST 1000 ROWS 3;
COMMENT ON FUNCTION segments.check_definition(text, boolean) IS
    'what is wrong with a definition, one row for each finding; no rows: the caller can evaluate and save it. position: the character where it is, from 1 on (null: '
    'the whole); severity: error (it is not accepted) or warning (values that nothing has, bounds that are reversed, types that are frozen); hint: what to do. A text that does not parse has one '
    'error; else each condition and predicate is looked at. look_up_values => false: without looking into the data. Raises no error, whatever the text is';
