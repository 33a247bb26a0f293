-- What names in definitions lead to does not change while definitions are saved.

-- One row.  Not dumped: whoever restores sees what it restores.
CREATE TABLE segments.names_changed (xid xid8 NOT NULL);
INSERT INTO segments.names_changed VALUES ('3');
COMMENT ON TABLE segments.names_changed IS 'the last transaction that has changed what names in definitions lead to';

CREATE FUNCTION segments_internal.lock_names() RETURNS void
AS 'MODULE_PATHNAME', 'segments_lock_names' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments_internal.lock_names() IS
    'keeps others from saving definitions until the transaction ends; waits for segments.lock_timeout';
REVOKE EXECUTE ON FUNCTION segments_internal.lock_names() FROM PUBLIC;
