-- What was written since the published refresh.

CREATE FUNCTION segments_internal.snapshot_of_source(source oid) RETURNS pg_snapshot
LANGUAGE sql STABLE SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
    SELECT refresh.snapshot FROM segments.refresh JOIN segments.published USING (refresh_id)
    WHERE EXISTS (SELECT FROM segments.source_leaf leaf WHERE leaf.source = snapshot_of_source.source)
$$;
COMMENT ON FUNCTION segments_internal.snapshot_of_source(oid) IS
    'whose rows of a source are in the published state; null: nobody''s';

-- With the caller's rights: whatever the owner of a table has attached to it is evaluated with it.
CREATE FUNCTION segments.waiting_rows(OUT name text, OUT rows bigint, OUT newest_commit timestamptz) RETURNS SETOF record
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    newest CONSTANT text := CASE WHEN current_setting('track_commit_timestamp')::boolean
        THEN 'max(pg_xact_commit_timestamp(segments_xid::xid))' ELSE 'NULL::timestamptz' END;
    source record;
BEGIN
    FOR source IN
        SELECT type.name, type.source, segments_internal.snapshot_of_source(type.source) AS snapshot
        FROM segments.interaction_type type JOIN pg_class ON pg_class.oid = type.source
        WHERE has_table_privilege(type.source, 'SELECT') ORDER BY type.type_id
    LOOP
        name := source.name;
        EXECUTE format('SELECT count(*), %s FROM %s', newest, source.source::regclass)
            || CASE WHEN source.snapshot IS NOT NULL THEN
                ' WHERE segments_xid >= pg_snapshot_xmin($1) AND NOT pg_visible_in_snapshot(segments_xid, $1)' ELSE '' END
            INTO rows, newest_commit USING source.snapshot;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION segments.waiting_rows() IS
    'per interaction type whose table the caller may read: how many rows were written (inserted, or updated) since the published '
    'refresh, and the newest commit among them (null: none, or track_commit_timestamp is off); refresh_status and fragment_status '
    'tell of deleted rows. Rows of partitions that were attached since are not counted unless they were written since. Reads the new rows';
