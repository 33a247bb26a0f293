-- Capture: the stamp that tells which transaction wrote a row, the triggers that log what is updated and deleted, and the
-- aggregate that turns source rows into batches.

-- Labelled IMMUTABLE because the expression of a stored generated column must be; it is not.  What makes that safe: the server
-- evaluates such an expression (and folds this call into a constant) when a statement starts to write, never when a row is read
-- or a plan is cached.
CREATE FUNCTION segments.xact_stamp() RETURNS xid8
LANGUAGE internal IMMUTABLE PARALLEL UNSAFE AS 'pg_current_xact_id';
COMMENT ON FUNCTION segments.xact_stamp() IS
    'the writing transaction: the expression of the generated column segments_xid of source tables, and for nothing else';

CREATE FUNCTION segments.keep_stamp() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'segments_keep_stamp';
COMMENT ON FUNCTION segments.keep_stamp() IS
    'trigger BEFORE UPDATE of source tables: changes nothing, and by its presence makes every version of PostgreSQL stamp every '
    'updated row anew';

CREATE FUNCTION segments.log_change() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'segments_log_change';
COMMENT ON FUNCTION segments.log_change() IS
    'trigger AFTER UPDATE OR DELETE of source tables: logs the old row for the next refresh. No effect on a table that is not '
    'registered';

-- The high cost makes the planner run several of these at once rather than gather rows first.
CREATE FUNCTION segments_internal.batch_rows_add(state internal, schema bytea, source_row record) RETURNS internal
LANGUAGE C PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'segments_batch_rows_add';
COMMENT ON FUNCTION segments_internal.batch_rows_add(internal, bytea, record) IS 'adds a source row to a batch';

CREATE FUNCTION segments_internal.batch_rows_encode(state internal) RETURNS bytea
LANGUAGE C PARALLEL SAFE AS 'MODULE_PATHNAME', 'segments_batch_rows_encode';
COMMENT ON FUNCTION segments_internal.batch_rows_encode(internal) IS 'the bytes of a batch';

CREATE AGGREGATE segments_internal.batch_rows(schema bytea, source_row record) (
    SFUNC = segments_internal.batch_rows_add,
    STYPE = internal,
    SSPACE = 16777216,
    FINALFUNC = segments_internal.batch_rows_encode,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE segments_internal.batch_rows(bytea, record) IS
    'turns rows (record type, record id, time, fields ...) into the bytes of a batch: what a refresh reads tables with, as their owners, '
    'so that everybody may call it. Errors: 22023 (nulls, or a schema or rows that do not fit), 54000 (too many rows, or too large)';

-- The aggregate is the table owners' to call, who are anybody; its parts are checked as the aggregate's owner.
REVOKE EXECUTE ON FUNCTION
    segments_internal.batch_rows_add(internal, bytea, record),
    segments_internal.batch_rows_encode(internal)
FROM PUBLIC;
