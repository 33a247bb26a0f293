-- Schedules: of the system's refresh, and of segments.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE FUNCTION error_of(statement text) RETURNS TABLE (code text, message text, detail text, hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT;
END
$$;

-- What a schedule means.
SELECT text, segments.next_run(text, '2026-03-28 12:00Z') FROM unnest(ARRAY[
    'every 15 minutes', 'every 6 hours', 'hourly', 'daily at 06:00 and 18:30', 'monday, wednesday and friday at 02:00',
    'weekdays at 7:00, 13:00 in ''Europe/Berlin''', 'weekly', 'monthly', 'monthly on the last day at 03:00',
    'daily at 02:30 in ''Europe/Berlin''', 'manual', 'with every refresh']) text;

-- Where the clock changes: as the server reads local times.
SELECT count(*) AS runs, count(*) FILTER (WHERE next_run <> local AT TIME ZONE zone) AS wrong
FROM unnest(ARRAY['Europe/Berlin', 'America/New_York', 'Pacific/Apia', 'Australia/Lord_Howe', 'Asia/Tehran', 'UTC']) zone
CROSS JOIN generate_series(timestamp '2011-01-01 02:30', '2012-12-31 02:30', interval '1 day') local
CROSS JOIN LATERAL segments.next_run(format('daily at 02:30 in %L', zone), local AT TIME ZONE zone - interval '1 second') next_run;
WITH RECURSIVE run (at) AS (
    SELECT segments.next_run('daily at 02:30 in ''Europe/Berlin''', '2026-03-27 00:00Z')
    UNION ALL SELECT segments.next_run('daily at 02:30 in ''Europe/Berlin''', at) FROM run WHERE at < '2026-03-30 00:00Z')
SELECT at AT TIME ZONE 'Europe/Berlin' AS berlin, at FROM run;
SELECT segments.next_run('daily', 'infinity'), segments.next_run('daily', '-infinity') IS NOT NULL, segments.next_run('daily', NULL);
SELECT segments.next_run('daily in ''UTC''', '294276-12-31 23:59:59Z'), segments.next_run('every hour', '294276-12-31 23:59:59Z');

-- Errors point at the word, say what was expected, and give examples.
SELECT segments.set_refresh_schedule('evry hour');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.set_refresh_schedule('daily at 6');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.set_refresh_schedule('daily at 06:00 in ''Europe/Berlim''');
\echo :LAST_ERROR_SQLSTATE
SELECT text, code, message, detail FROM unnest(ARRAY[
    '', 'every 0 minutes', 'every 5 seconds', 'every 2 days', 'daily at 24:00', 'mondays at', 'weekdays at 7:00 in Berlin',
    'manual', 'with every refresh']) text, error_of(format('SELECT segments.set_refresh_schedule(%L)', text)) e;
SELECT code, message, hint FROM error_of($$SELECT segments.set_segment_schedule('none', 'weekly')$$);
SELECT code, message FROM error_of($$SELECT segments.set_segment_schedule(NULL, 'weekly')$$);
SELECT * FROM segments.refresh_schedule;

-- The refresh: off at first.  Without the worker, a warning says what to do.
SELECT * FROM segments.schedule;
SELECT segments_internal.next_due_at(now());
SELECT segments.set_refresh_schedule(NULL);
SET segments.time_zone = 'Asia/Tokyo';
SELECT segments.set_refresh_schedule('daily at 6:00') > now() AS later;
RESET segments.time_zone;
SET client_min_messages = error;
SELECT schedule, set_at <= clock_timestamp() AS set_now FROM segments.refresh_schedule;
SELECT job, schedule, next_run = segments.next_run(schedule) AS next, state, failures FROM segments.schedule;

-- Missed runs run once; failures are tried again, later and later; a good run forgets them.
UPDATE segments.refresh_schedule SET schedule = 'every 15 minutes', set_at = '2026-05-20 12:07Z';
SELECT segments_internal.next_due_at('2026-05-20 12:08Z');
SELECT * FROM segments_internal.due_jobs('2026-05-20 12:14:59Z');
SELECT * FROM segments_internal.due_jobs('2026-05-21 08:07Z');
SELECT segments_internal.begin_job('refresh', '2026-05-21 08:07Z');
SELECT * FROM segments_internal.due_jobs('2026-05-21 08:14Z');
SELECT state FROM segments.schedule;
SELECT segments_internal.end_job('refresh', '2026-05-21 08:08Z', '53100', 'disk full');
SELECT segments_internal.next_due_at('2026-05-21 08:08Z');
SELECT segments_internal.begin_job('refresh', '2026-05-21 08:09Z'), segments_internal.end_job('refresh', '2026-05-21 08:10Z', '53100', 'disk full');
SELECT segments_internal.next_due_at('2026-05-21 08:10Z');
SELECT state, failures, last_sqlstate, last_error, began_at, ended_at FROM segments.schedule;
SELECT segments_internal.begin_job('refresh', '2026-05-21 08:12Z');
SELECT segments_internal.end_interrupted_jobs('2026-05-21 08:13Z');
SELECT segments_internal.next_due_at('2026-05-21 08:13Z'), failures, last_sqlstate, last_error FROM segments.schedule;
SELECT segments_internal.begin_job('refresh', '2026-05-21 08:17Z'), segments_internal.end_job('refresh', '2026-05-21 08:18Z');
SELECT segments_internal.next_due_at('2026-05-21 08:18Z'), state, failures, last_error FROM segments.schedule;
-- The clock was set back: at once, and then as planned.
SELECT due_at FROM segments_internal.due_jobs('2020-01-01 00:01Z');
SELECT segments_internal.begin_job('refresh', '2020-01-01 00:01Z'), segments_internal.end_job('refresh', '2020-01-01 00:02Z');
SELECT segments_internal.next_due_at('2020-01-01 00:02Z');
-- Set to what it is, it goes on counting; to something else, it counts from then, without the failures.
SELECT segments_internal.begin_job('refresh', '2026-05-21 09:00Z'), segments_internal.end_job('refresh', '2026-05-21 09:01Z', '53100', 'disk full');
SELECT segments.set_refresh_schedule('every 15 minutes') IS NOT NULL AS set;
SELECT planned.set_at, shown.failures FROM segments.refresh_schedule planned, segments.schedule shown;
SELECT segments.set_refresh_schedule('every 20 minutes') > now() AS later;
SELECT planned.set_at > '2026-05-21' AS set_now, shown.failures FROM segments.refresh_schedule planned, segments.schedule shown;
-- A zone that the server no longer knows stops nothing but the schedule.
UPDATE segments.refresh_schedule SET schedule = 'daily at 06:00 in ''Gone/Zone''';
SET client_min_messages = warning;
SELECT next_run FROM segments.schedule;
SET client_min_messages = error;
UPDATE segments.refresh_schedule SET schedule = 'every minute', set_at = now() - interval '1 hour';
DELETE FROM segments.job;

-- Segments: with every refresh unless they say otherwise.
CREATE TABLE opened (record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(0, 99) i;
INSERT INTO opened SELECT 'r' || i, now() - interval '3 days' FROM generate_series(0, 9) i;
SELECT segments.create_segment(name, 'Opened within last 7 days', run => false)
FROM unnest(ARRAY['always', 'by hand', 'monthly', 'rarely', 'weekly']) name;
SELECT segments.set_segment_schedule('always', 'with every refresh') <= now() AS overdue;
SELECT segments.set_segment_schedule('by hand', 'manual');
SELECT segments.set_segment_schedule('weekly', 'weekly') <= now() AS never_run;
SELECT segments.set_segment_schedule('monthly', 'monthly on day 15 at 03:00 in ''Europe/Berlin''') <= now() AS never_run;
SELECT segments.set_segment_schedule('rarely', 'every 744 hours') <= now() AS never_run;
SELECT name, state, schedule, next_run <= now() AS due FROM segments.segment_overview ORDER BY name;

-- A segment that was never run is evaluated with the next refresh, whichever its schedule, but by hand.
CALL segments.refresh();
SELECT segments_run FROM segments.refresh_status LIMIT 1;
SELECT name, state, members,
       next_run = segments.next_run(CASE schedule WHEN 'with every refresh' THEN 'every minute' ELSE schedule END, as_of) AS planned
FROM segments.segment_overview ORDER BY name;

-- Those whose time has not come keep their members, and say as of when.  (As if two had been run more than a month ago.)
UPDATE segments.segment_state SET as_of = as_of - interval '33 days', data_through = data_through - interval '33 days'
FROM segments.segment WHERE segment.segment_id = segment_state.segment_id AND name IN ('monthly', 'weekly');
INSERT INTO opened SELECT 'r' || i, now() - interval '3 days' FROM generate_series(10, 29) i;
CALL segments.refresh();
SELECT segments_run, rows_added FROM segments.refresh_status LIMIT 1;
SELECT name, members, as_of = (SELECT as_of FROM segments.refresh_status LIMIT 1) AS of_refresh,
       (SELECT count(*) FROM segments.member WHERE segment = name) AS read FROM segments.segment_overview ORDER BY name;

-- run_segment always runs; windows move with every refresh that evaluates, even if no row arrives.
SELECT segments.run_segment('by hand'), segments.run_segment('rarely');
CALL segments.refresh();
SELECT segments_run, rows_added FROM segments.refresh_status LIMIT 1;
SELECT name, as_of = (SELECT as_of FROM segments.refresh_status LIMIT 1) AS of_refresh FROM segments.segment_overview
WHERE name IN ('always', 'rarely') ORDER BY name;
-- Null: back to the default.
SELECT segments.set_segment_schedule('by hand', NULL) IS NOT NULL AS planned;
SELECT name, schedule FROM segments.segment_overview ORDER BY name;
SELECT segments.set_refresh_schedule(NULL);
SELECT DISTINCT next_run FROM segments.segment_overview;

-- A refresh by hand makes up for a scheduled one, and for its failures.
SELECT segments.set_refresh_schedule('every minute') IS NOT NULL AS set;
UPDATE segments.refresh_schedule SET set_at = now() - interval '1 hour';
SELECT segments_internal.begin_job('refresh', now() - interval '50 minutes'),
       segments_internal.end_job('refresh', now() - interval '50 minutes', '53100', 'disk full');
UPDATE segments.job SET failures = 7;
CALL segments.refresh();
SELECT failures, next_run = segments.next_run('every minute', as_of) AS planned
FROM segments.schedule, (SELECT as_of FROM segments.refresh_status LIMIT 1) status;

-- Who may do what.  Errors may quote data: they are for those who may refresh.
SELECT last_sqlstate, last_error FROM segments.schedule;
CREATE ROLE segments_test_planner;
CREATE ROLE segments_test_other;
GRANT SELECT ON opened, mapping TO segments_test_planner;
GRANT EXECUTE ON FUNCTION segments.create_segment(text, segments.definition, boolean, text), segments.set_segment_schedule(text, text)
    TO segments_test_planner, segments_test_other;
SET ROLE segments_test_planner;
SELECT segments.create_segment('mine', 'Opened');
SELECT segments.set_segment_schedule('mine', 'manual');
SELECT segments.set_segment_schedule('always', 'manual');
SELECT segments.set_refresh_schedule('hourly');
SELECT segments_internal.begin_job('refresh', now());
SELECT * FROM segments.refresh_schedule;
SELECT job, schedule, state, last_sqlstate, last_error FROM segments.schedule;
SELECT name, schedule FROM segments.segment_overview;
RESET ROLE;
SET ROLE segments_test_other;
SELECT segments.set_segment_schedule('mine', NULL);
RESET ROLE;
GRANT EXECUTE ON FUNCTION segments.set_refresh_schedule(text) TO segments_test_planner;
SET ROLE segments_test_planner;
SELECT segments.set_refresh_schedule('hourly') > now() AS later;
RESET ROLE;
SELECT segments.drop_segment('mine');
SELECT count(*) FROM segments.segment_schedule planned LEFT JOIN segments.segment USING (segment_id) WHERE segment IS NULL;
REVOKE ALL ON opened, mapping FROM segments_test_planner;
REVOKE EXECUTE ON FUNCTION segments.create_segment(text, segments.definition, boolean, text), segments.set_segment_schedule(text, text)
    FROM segments_test_planner, segments_test_other;
REVOKE EXECUTE ON FUNCTION segments.set_refresh_schedule(text) FROM segments_test_planner;
DROP ROLE segments_test_planner, segments_test_other;

-- Times of day as people write them; what cron writes is answered with its equivalent.
SELECT s, segments.next_run(s, '2026-03-06 12:00+00') AT TIME ZONE 'UTC' AS next FROM unnest(ARRAY['daily at 6am', 'weekdays 6:30 pm in ''UTC''', 'saturday 12 AM in ''UTC''']) s;
SELECT segments.next_run('30 6 * * 1-5');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.next_run('weekdays at 06:30 in ''UTC''', '2026-03-06 12:00+00') AT TIME ZONE 'UTC';
SELECT segments.next_run('0 0 1 1 *');
SELECT segments.next_run('daily at 6');
