-- What was written since the published refresh.

CREATE FUNCTION segments_internal.snapshot_of_source(source oid) RETURNS pg_snapshot
LANGUAGE sql STABLE SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
    SELECT CASE WHEN frozen.type_id IS NOT NULL THEN frozen.snapshot ELSE refresh.snapshot END
    FROM segments.refresh JOIN segments.published USING (refresh_id)
    LEFT JOIN (segments.frozen_source frozen JOIN segments.interaction_type type USING (type_id)) ON type.source = snapshot_of_source.source
    WHERE EXISTS (SELECT FROM segments.source_leaf leaf WHERE leaf.source = snapshot_of_source.source)
$$;
COMMENT ON FUNCTION segments_internal.snapshot_of_source(oid) IS
    'whose rows of a source are in the published state; null: nobody''s';

CREATE FUNCTION segments_internal.count_waiting_rows(type_id int, OUT rows bigint, OUT newest_commit timestamptz)
LANGUAGE C STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segments_count_waiting_rows';
COMMENT ON FUNCTION segments_internal.count_waiting_rows(int) IS
    'waiting_rows of one type: reads its table as the table''s owner. The caller needs SELECT on it, and USAGE on its schema. '
    'Errors: 42501 (privileges), 42704, 55000 (row-level security that was not acknowledged)';

CREATE FUNCTION segments.waiting_rows(OUT name text, OUT rows bigint, OUT newest_commit timestamptz) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT type.name, waiting.rows, waiting.newest_commit
    FROM (SELECT known.* FROM segments.interaction_type known JOIN pg_class ON pg_class.oid = known.source
          WHERE has_table_privilege(known.source, 'SELECT') AND has_schema_privilege(relnamespace, 'USAGE')
            AND (known.row_security_acknowledged OR NOT relrowsecurity) OFFSET 0) type
    CROSS JOIN LATERAL segments_internal.count_waiting_rows(type.type_id) waiting
    ORDER BY type.type_id
$$;
COMMENT ON FUNCTION segments.waiting_rows() IS
    'per interaction type whose table the caller may read (all of its rows: no row-level security that was not acknowledged): how many rows were written (inserted, or updated) since the published '
    'refresh, and the newest commit among them (null: none, or track_commit_timestamp is off); refresh_status and fragment_status '
    'tell of deleted rows. A table that somebody keeps locked for longer than segments.lock_timeout has null rows, and a warning (55P03) says who; so has one that cannot be read, or not within segments.source_time_limit. Rows of partitions that were attached since are not counted unless they were written since. Reads the new rows';
