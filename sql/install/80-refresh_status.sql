-- How refreshes went, how far the running one is, and how to end it.

-- The lock says whether a refresh is running, whatever its row says: it goes with its backend.  Erasures take it too.
-- Whoever refreshes reports so in pg_stat_activity, from before it has the lock on; with track_activities off nothing is known but
-- the run's row, if it is committed.
CREATE FUNCTION segments_internal.running_refresh(OUT pid int, OUT activity text, OUT started_at timestamptz, OUT is_done boolean)
RETURNS SETOF record
LANGUAGE sql STABLE ROWS 1 SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
    WITH held AS (
        SELECT held.pid, held.objsubid, held.mode FROM pg_locks held
        WHERE held.locktype = 'object' AND held.granted
          AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND held.classid = 'pg_extension'::regclass
          AND held.objid = (SELECT oid FROM pg_extension WHERE extname = 'segments')
    ), holder AS (
        SELECT held.pid, reported.activity, backend.query_start, backend.xact_start,
               reported.activity IS NULL AND backend.state IS NOT NULL AND backend.state <> 'disabled'
               AND NOT EXISTS (SELECT FROM segments.refresh run WHERE run.state = 'refreshing' AND run.pid = held.pid) AS is_done
        FROM held LEFT JOIN LATERAL pg_stat_get_activity(held.pid) backend ON true
        CROSS JOIN LATERAL (SELECT substring(backend.query FROM '^segments\.refresh .*')) reported (activity)
        WHERE held.objsubid = 1 AND held.mode = 'ExclusiveLock'
          AND held.pid NOT IN (SELECT erasing.pid FROM held erasing WHERE erasing.objsubid = 4 AND erasing.pid IS NOT NULL)
    )
    SELECT pid, activity, CASE WHEN activity IS NOT NULL THEN query_start ELSE xact_start END, is_done
    FROM holder WHERE NOT is_done OR pid <> pg_backend_pid()
$$;
COMMENT ON FUNCTION segments_internal.running_refresh() IS
    'the server process that is refreshing and what it reports in pg_stat_activity (null with track_activities off), since when, and '
    'whether its refresh is done, and only waits for the transaction it was called in to be committed';

CREATE FUNCTION segments.cancel_refresh() RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
    SELECT coalesce(bool_or(pg_cancel_backend(pid)), false) FROM segments_internal.running_refresh() WHERE NOT is_done
$$;
COMMENT ON FUNCTION segments.cancel_refresh() IS
    'cancels the running refresh: the published state stays, what was read in steps of their own is kept for the next refresh, and '
    'the run is recorded as cancelled. Returns whether one was running. For the extension''s owner and whom they grant it';
REVOKE EXECUTE ON FUNCTION segments.cancel_refresh() FROM PUBLIC;

-- Errors may quote data.  They are shown to those who may refresh; those of a segment may quote its definition, and are shown to
-- those who may change it.
CREATE VIEW segments.refresh_log WITH (security_barrier) AS
SELECT run.refresh_id,
       CASE WHEN run.state <> 'refreshing' OR running.pid IS NOT NULL THEN run.state ELSE 'failed' END AS state,
       run.triggered_by, run.started_at, run.finished_at,
       coalesce(run.finished_at, CASE WHEN running.pid IS NOT NULL THEN clock_timestamp() END) - run.started_at AS duration,
       run.as_of, run.data_through, coalesce(run.refresh_id = published.refresh_id, false) AS is_published,
       run.rows_added, run.rows_removed, run.records_added, run.records_changed, run.fragments_written, run.fragments_merged,
       run.segments_run,
       CASE WHEN run.state <> 'refreshing' OR running.pid IS NOT NULL THEN run.sqlstate ELSE '57P02' END AS sqlstate,
       CASE WHEN run.state <> 'refreshing' OR running.pid IS NOT NULL THEN run.reason
            ELSE 'the server process that refreshed has ended' END AS reason,
       part.number AS part_number, part.kind AS part_kind, part.name AS part_name, part.state AS part_state,
       part.duration AS part_duration, part.rows_added AS part_rows_added, part.rows_removed AS part_rows_removed,
       part.sqlstate AS part_sqlstate,
       CASE WHEN part.kind <> 'segment' OR part.state = 'skipped' OR owned.by_extension
                 OR EXISTS (SELECT FROM segments.readable_segment segment WHERE segment.name = part.name AND segment.owned)
            THEN part.reason END AS part_reason
FROM segments.refresh run
CROSS JOIN LATERAL (SELECT pg_has_role(current_user, extension.extowner, 'USAGE') AS by_extension
                    FROM pg_extension extension WHERE extension.extname = 'segments') owned
LEFT JOIN (SELECT refresh_id FROM segments.published LIMIT 1) published ON true  -- LIMIT 1: what the planner does not know
LEFT JOIN segments_internal.running_refresh() running ON running.pid = run.pid
LEFT JOIN (
    SELECT refresh_id, number, kind, name, state, duration, rows_added, rows_removed, sqlstate, reason FROM segments.refresh_part
    UNION ALL
    SELECT refresh_id, number, kind, name, 'queued', NULL, 0, 0, NULL, NULL FROM segments.planned_part) part
    ON part.refresh_id = run.refresh_id
WHERE has_function_privilege(current_user, 'segments.refresh()', 'EXECUTE');
COMMENT ON VIEW segments.refresh_log IS
    'refreshes with their parts (the unification, each source, merging, each segment that is due), one row per part, to those who '
    'may refresh; why a segment failed, to those who may change it. States of runs: refreshing, successful, failed, cancelled, skipped '
    '(another refresh or an erasure was running); reason and sqlstate say why. A run whose server process has ended counts as failed. States of parts: queued (of a running refresh: '
    'refresh_status tells what is at hand; or of one whose server process has ended: how far they came is not known), not started '
    '(what ended the run came before), frozen (a source that could not be read, and segments that read it: they stay as they were), successful (if the run was not, what they did was undone), failed, cancelled. Segments whose '
    'schedule leaves them out are no parts: segment_overview tells when they are due. Runs are kept as long as '
    'segments.refresh_log_retention says; parts that changed nothing and did not fail from the published run on, of segments those '
    'of the published run and the last one';
COMMENT ON COLUMN segments.refresh_log.refresh_id IS 'number of the refresh';
COMMENT ON COLUMN segments.refresh_log.state IS 'queued, refreshing, successful, failed, cancelled or skipped';
COMMENT ON COLUMN segments.refresh_log.triggered_by IS 'by hand, schedule or retry';
COMMENT ON COLUMN segments.refresh_log.started_at IS 'when it began';
COMMENT ON COLUMN segments.refresh_log.finished_at IS 'when it ended; null: it has not';
COMMENT ON COLUMN segments.refresh_log.duration IS 'how long it took, or has taken so far';
COMMENT ON COLUMN segments.refresh_log.as_of IS 'where the windows of segments that it ran end';
COMMENT ON COLUMN segments.refresh_log.data_through IS 'the newest state of the tables that it includes';
COMMENT ON COLUMN segments.refresh_log.is_published IS 'everybody reads the state of this refresh';
COMMENT ON COLUMN segments.refresh_log.rows_added IS 'interactions that it added';
COMMENT ON COLUMN segments.refresh_log.rows_removed IS 'interactions that it removed';
COMMENT ON COLUMN segments.refresh_log.records_added IS 'records that were new';
COMMENT ON COLUMN segments.refresh_log.records_changed IS 'records whose profile changed';
COMMENT ON COLUMN segments.refresh_log.fragments_written IS 'fragments that it wrote';
COMMENT ON COLUMN segments.refresh_log.fragments_merged IS 'fragments that were merged into others';
COMMENT ON COLUMN segments.refresh_log.segments_run IS 'saved segments that it evaluated';
COMMENT ON COLUMN segments.refresh_log.sqlstate IS 'of what ended it, unless it was successful';
COMMENT ON COLUMN segments.refresh_log.reason IS 'the error that ended it; for those who may refresh';
COMMENT ON COLUMN segments.refresh_log.part_number IS 'number of the part within the refresh';
COMMENT ON COLUMN segments.refresh_log.part_kind IS 'unification, source, merge or segment';
COMMENT ON COLUMN segments.refresh_log.part_name IS 'the interaction type or the segment';
COMMENT ON COLUMN segments.refresh_log.part_state IS 'how the part went';
COMMENT ON COLUMN segments.refresh_log.part_duration IS 'how long the part took';
COMMENT ON COLUMN segments.refresh_log.part_rows_added IS 'interactions that the part added';
COMMENT ON COLUMN segments.refresh_log.part_rows_removed IS 'interactions that the part removed';
COMMENT ON COLUMN segments.refresh_log.part_sqlstate IS 'of the error of the part, if it failed';
COMMENT ON COLUMN segments.refresh_log.part_reason IS 'the error of the part; for those who may refresh';
GRANT SELECT ON segments.refresh_log TO PUBLIC;

CREATE FUNCTION segments_internal.refresh_activity(
    activity text, OUT refresh_id bigint, OUT phase text, OUT done bigint, OUT total bigint, OUT done_before bigint,
    OUT phase_began timestamptz, OUT bytes_read bigint, OUT part text)
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT nullif(taken[1]::bigint, 0), taken[2], taken[3]::bigint, nullif(taken[4]::bigint, 0), taken[5]::bigint,
           to_timestamp(taken[6]::float8), taken[7]::bigint, nullif(taken[8], '')
    FROM regexp_match(activity, '^segments\.refresh (\d+) (\w+) (\d+)/(\d+) (\d+) ([\d.]+) (\d+) (.*)') taken
$$;
COMMENT ON FUNCTION segments_internal.refresh_activity(text) IS 'takes apart what running_refresh() reports; nulls if it is cut off';

-- The oldest transaction of this database that has written and not ended: its rows come with a later refresh.
CREATE FUNCTION segments_internal.oldest_writer(OUT pid int, OUT since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
    SELECT writer.pid, writer.since
    FROM (SELECT pid, xact_start AS since FROM pg_stat_activity
          WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
            AND pid NOT IN (SELECT running.pid FROM segments_internal.running_refresh() running WHERE NOT is_done)
          UNION ALL
          SELECT NULL, prepared FROM pg_prepared_xacts WHERE database = current_database()) writer
    ORDER BY writer.since LIMIT 1
$$;
COMMENT ON FUNCTION segments_internal.oldest_writer() IS
    'the oldest transaction of this database that has written something and has not ended (pid null: it is prepared)';

CREATE FUNCTION segments_internal.waiting_changes() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
    -- Each is logged once more for each relation.
    SELECT count(*) FROM (SELECT rows_id FROM segments.change_log LIMIT 1000000) log
    WHERE rows_id NOT IN (SELECT relation_id FROM segments.interaction_relation WHERE relation_id IS NOT NULL)
$$;
COMMENT ON FUNCTION segments_internal.waiting_changes() IS
    'updated and deleted rows that the next refresh will take into account; counted up to a million';

CREATE VIEW segments.refresh_status AS
WITH running AS (
    SELECT running.pid, running.started_at, running.is_done, activity.*
    FROM segments_internal.running_refresh() running LEFT JOIN LATERAL segments_internal.refresh_activity(running.activity) activity ON true
    LIMIT 1
), run AS (
    -- The running one, whose row is seen by nobody if it runs within a transaction of a caller's; if none is running, the last one.
    SELECT refresh.* FROM segments.refresh LEFT JOIN running ON true
    WHERE CASE WHEN running.pid IS NULL THEN refresh.state NOT IN ('queued', 'skipped')
               ELSE refresh.state = 'refreshing' AND refresh.pid = running.pid END
    ORDER BY refresh.refresh_id DESC LIMIT 1
)
SELECT CASE WHEN running.pid IS NOT NULL THEN 'refreshing'
            WHEN run.refresh_id IS NULL THEN 'never refreshed'
            WHEN run.state = 'refreshing' THEN 'failed'
            ELSE run.state END AS state,
       coalesce(running.refresh_id, run.refresh_id) AS refresh_id,
       run.triggered_by, coalesce(run.started_at, running.started_at) AS started_at, run.finished_at,
       coalesce(run.finished_at, CASE WHEN running.pid IS NOT NULL THEN clock_timestamp() END)
           - coalesce(run.started_at, running.started_at) AS duration,
       running.pid, CASE WHEN running.is_done THEN 'committing' ELSE running.phase END AS phase, running.part, running.done, running.total,
       running.speed AS per_second,
       running.phase_began + make_interval(secs => (running.total - running.done_before) / nullif(running.speed, 0))
           AS estimated_end,
       running.bytes_read,
       published.refresh_id AS published_refresh, shown.as_of, shown.data_through,
       clock_timestamp() - shown.data_through AS lag,
       writer.pid AS oldest_writer, writer.since AS oldest_writer_since,
       segments_internal.waiting_changes() AS waiting_changes,
       frozen.names AS frozen,
       shown.rows_added, shown.rows_removed, shown.segments_run,
       (SELECT count(*) FROM segments.refresh_part part
        WHERE part.refresh_id = published.refresh_id AND part.kind = 'segment' AND part.state = 'failed') AS failed_segments,
       CASE WHEN has_function_privilege(current_user, 'segments.refresh()', 'EXECUTE') THEN run.sqlstate END AS sqlstate,
       CASE WHEN has_function_privilege(current_user, 'segments.refresh()', 'EXECUTE') THEN run.reason END AS reason
FROM (SELECT) one
LEFT JOIN run ON true
LEFT JOIN (SELECT refresh_id FROM segments.published LIMIT 1) published ON true
LEFT JOIN segments.refresh shown ON shown.refresh_id = published.refresh_id
LEFT JOIN LATERAL (
    SELECT running.*, (running.done - running.done_before)
           / nullif(extract(epoch FROM clock_timestamp() - running.phase_began), 0)::float8 AS speed FROM running) running ON true
LEFT JOIN LATERAL segments_internal.oldest_writer() writer ON true
CROSS JOIN (
    SELECT coalesce(array_agg(coalesce(type.name, '(unification)') ORDER BY type.type_id NULLS FIRST), '{}') AS names
    FROM segments.frozen_source source LEFT JOIN segments.interaction_type type USING (type_id)
    WHERE type.type_id IS NOT NULL OR source.type_id = 0) frozen;
COMMENT ON VIEW segments.refresh_status IS
    'one row: how far the derived data are. state (never refreshed, refreshing, or how the last refresh ended), and while one is '
    'running its phase (locking, unifying, reading, merging, evaluating; committing: it is done, in a transaction that has yet to be '
    'committed), the part at hand, what is done of the phase and its estimated total (reading: rows; merging: places; '
    'evaluating: segments), per second, estimated_end of the phase, and bytes of tables read; of a refresh within a transaction of a '
    'caller''s, what is not reported is null. published_refresh, as_of and data_through are of what everybody reads. lag is the time '
    'since data_through: the most that can be missing; segments.waiting_rows() tells what was written since. Rows of transactions that '
    'had not ended then are missing too, however old: oldest_writer and oldest_writer_since tell of the oldest that still has not '
    '(pid null: prepared). frozen: interaction types (and the unification) that the published refresh could not read, which stay as '
    'an earlier one has seen them. waiting_changes counts updated and deleted rows that wait for a refresh';
COMMENT ON COLUMN segments.refresh_status.state IS 'never refreshed, refreshing, or how the last refresh ended';
COMMENT ON COLUMN segments.refresh_status.refresh_id IS 'number of the running refresh, else of the last';
COMMENT ON COLUMN segments.refresh_status.triggered_by IS 'by hand, schedule or retry';
COMMENT ON COLUMN segments.refresh_status.started_at IS 'when it began';
COMMENT ON COLUMN segments.refresh_status.finished_at IS 'when it ended; null: it has not';
COMMENT ON COLUMN segments.refresh_status.duration IS 'how long it took, or has taken so far';
COMMENT ON COLUMN segments.refresh_status.pid IS 'server process that refreshes; null: none';
COMMENT ON COLUMN segments.refresh_status.phase IS 'locking, unifying, reading, merging, evaluating or committing';
COMMENT ON COLUMN segments.refresh_status.part IS 'what is at hand: the interaction type or the segment';
COMMENT ON COLUMN segments.refresh_status.done IS 'what is done of the phase: rows, places or segments';
COMMENT ON COLUMN segments.refresh_status.total IS 'its estimated total';
COMMENT ON COLUMN segments.refresh_status.per_second IS 'how fast it goes';
COMMENT ON COLUMN segments.refresh_status.estimated_end IS 'when the phase will end, at this speed';
COMMENT ON COLUMN segments.refresh_status.bytes_read IS 'bytes of tables that were read';
COMMENT ON COLUMN segments.refresh_status.published_refresh IS 'the refresh whose state everybody reads';
COMMENT ON COLUMN segments.refresh_status.as_of IS 'where the windows of segments that it ran end';
COMMENT ON COLUMN segments.refresh_status.data_through IS 'the newest state of the tables that everybody reads';
COMMENT ON COLUMN segments.refresh_status.lag IS 'time since data_through: the most that can be missing';
COMMENT ON COLUMN segments.refresh_status.oldest_writer IS 'process of the oldest transaction that has written and not ended; null: none, or it is prepared';
COMMENT ON COLUMN segments.refresh_status.oldest_writer_since IS 'when that transaction began';
COMMENT ON COLUMN segments.refresh_status.waiting_changes IS 'updated and deleted rows that wait for a refresh (counted up to a million)';
COMMENT ON COLUMN segments.refresh_status.frozen IS 'interaction types, and the unification, that the published refresh could not read';
COMMENT ON COLUMN segments.refresh_status.rows_added IS 'interactions that the published refresh added';
COMMENT ON COLUMN segments.refresh_status.rows_removed IS 'interactions that it removed';
COMMENT ON COLUMN segments.refresh_status.segments_run IS 'saved segments that it evaluated';
COMMENT ON COLUMN segments.refresh_status.failed_segments IS
    'saved segments that failed in it, and keep the members of their last run: segments.refresh_log and segments.segment_overview tell why';
COMMENT ON COLUMN segments.refresh_status.sqlstate IS 'of what ended the last refresh; for those who may refresh';
COMMENT ON COLUMN segments.refresh_status.reason IS 'the error that ended it; for those who may refresh';
GRANT SELECT ON segments.refresh_status TO PUBLIC;
