-- What the page shows, with the reader's rights and in one snapshot: lines of a section's name, a tab, and its JSON.  A section that fails
-- is left out by itself (psql takes a savepoint for each statement), and its error named on the page.
\set ON_ERROR_ROLLBACK on
\pset format unaligned
\pset tuples_only on
\pset fieldsep '\t'
SET client_min_messages = error;
SET intervalstyle = iso_8601;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT 'about', jsonb_build_object('database', current_database(), 'at', now(), 'reader', current_user,
    'version', (SELECT extversion FROM pg_extension WHERE extname = 'segments'), 'server', current_setting('server_version'));

SELECT 'status', to_jsonb(status) || jsonb_build_object('lag_seconds', extract(epoch FROM status.lag), 'seconds', extract(epoch FROM status.duration))
FROM segments.refresh_status status;

SELECT 'schedule', to_jsonb(schedule) FROM segments.schedule WHERE job = 'refresh';

SELECT 'refreshes', coalesce(jsonb_agg(to_jsonb(run) ORDER BY refresh_id), '[]') FROM (
    SELECT DISTINCT refresh_id, state, triggered_by, started_at, extract(epoch FROM duration) AS seconds, rows_added, rows_removed, segments_run,
           is_published, reason
    FROM segments.refresh_log ORDER BY refresh_id DESC LIMIT 60) run;

SELECT 'segments', coalesce(jsonb_agg(to_jsonb(segment) ORDER BY members DESC NULLS LAST, name COLLATE "C"), '[]') FROM (
    SELECT name, state, members, as_of, data_through, last_run_at, extract(epoch FROM duration) AS seconds, schedule, next_run, owner, definition,
           last_sqlstate, last_error
    FROM segments.segment_overview) segment;

SELECT 'types', coalesce(jsonb_agg(to_jsonb(type) ORDER BY total DESC, name COLLATE "C"), '[]') FROM (
    SELECT name, display_name, group_name, total, linked, unlinked FROM segments.interaction_catalog) type;

SELECT 'waiting', coalesce(jsonb_agg(to_jsonb(waiting)), '[]') FROM segments.waiting_rows() waiting WHERE rows > 0;

-- The newest 500 sizes of each of the 24 largest segments.
SELECT 'sizes', coalesce(jsonb_agg(jsonb_build_array(segment, at, members, entered, "left") ORDER BY segment, at), '[]') FROM (
    SELECT history.*, row_number() OVER (PARTITION BY segment ORDER BY at DESC) AS age
    FROM segments.size_history history
    WHERE segment IN (SELECT name FROM segments.segment_overview ORDER BY members DESC NULLS LAST, name LIMIT 24)) history
WHERE age <= 500;

SELECT 'overlap', coalesce(jsonb_agg(to_jsonb(pair)), '[]')
FROM segments.segment_overlap(ARRAY(SELECT name FROM segments.segment_overview WHERE members > 0 ORDER BY members DESC, name LIMIT 16)) pair;

-- Definitions of the 12 largest segments that the reader owns, node by node, as of their last runs.
SELECT format($$SELECT 'tree', jsonb_build_object('segment', %1$L, 'nodes', jsonb_agg(to_jsonb(explained) ORDER BY node)) FROM segments.segment_explain(%2$L, %3$L) explained$$,
              name, definition, as_of)
FROM segments.segment_overview WHERE definition IS NOT NULL AND as_of IS NOT NULL ORDER BY members DESC NULLS LAST, name LIMIT 12 \gexec

-- Attrition: everybody, then who is left after the first condition, the first two, and so on; it says something if all of them are the whole.
SELECT format($$
    SELECT 'attrition', jsonb_build_object('segment', %1$L, 'left', jsonb_agg(segments.segment_count(prefix, %3$L) ORDER BY node))
    FROM (SELECT 1 AS node, 'all' AS prefix
          UNION ALL
          SELECT node, string_agg('(' || text || ')', ' and ') OVER (ORDER BY node) FROM segments.segment_explain(%2$L, %3$L) WHERE parent = 1
          LIMIT 12) step$$, name, definition, as_of)
FROM segments.segment_overview WHERE definition IS NOT NULL AND as_of IS NOT NULL ORDER BY members DESC NULLS LAST, name LIMIT 12 \gexec
COMMIT;
