-- Why somebody is a member, and when that changes by the mere passing of time: against plain SQL, and against segment_eval one
-- microsecond before and at that instant.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE explain_member_reader;
CREATE TABLE opened (record_id text, occurred_at timestamptz, n int);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
-- Three records a profile, one of them far from the others; interactions around changes of the clock and the ends of months.
INSERT INTO mapping SELECT 'r' || i, 'p' || i / 2 FROM generate_series(0, 15) i;
INSERT INTO mapping SELECT 'x' || i, 'x' || i FROM generate_series(0, 40) i;
INSERT INTO mapping SELECT 'f' || i, 'p' || i FROM generate_series(0, 7) i;
SELECT setseed(0.125);
INSERT INTO opened SELECT (ARRAY['r', 'r', 'f'])[1 + i % 3] || floor(random() * 8 * (CASE WHEN i % 3 < 2 THEN 2 ELSE 1 END)), at + (random() - 0.5) * spread, floor(random() * 4)
FROM generate_series(1, 260) i,
     LATERAL (SELECT (ARRAY['2026-03-29 01:00+00', '2026-03-08 07:00+00', '2026-10-25 01:00+00', '2026-11-01 06:00+00', '2026-04-04 15:30+00',
                            '2026-02-28 12:00+00', '2026-01-31 12:00+00', '2026-03-31 00:00+00', '2026-05-01 00:00+00'])[1 + i % 9]::timestamptz AS at,
                     (ARRAY['3 hours', '2 days', '40 days', '10 minutes'])[1 + i % 4]::interval AS spread) drawn;
INSERT INTO opened SELECT record_id, occurred_at, n FROM opened LIMIT 20;
INSERT INTO opened VALUES ('r0', '-infinity', 3), ('r2', 'infinity', 3), ('r4', NULL, 3);
CALL segments.refresh();

-- A definition, the plain SQL it means of an interaction at t, and how far its windows reach back.
CREATE TABLE defined (name text, definition text, condition text, minimum int, maximum int, reach interval[]);
INSERT INTO defined VALUES
    ('seconds', 'Opened within last 2592000 seconds', 'occurred_at >= t - interval ''2592000 seconds''', 1, NULL, '{720 hours}'),
    ('hours', 'Opened within last 700 hours at least 4', 'occurred_at >= t - interval ''700 hours''', 4, NULL, '{700 hours}'),
    ('day', 'Opened within last day at most 1', 'occurred_at >= t - interval ''1 day''', 0, 1, '{1 day}'),
    ('days', 'Opened within last 30 days exactly 2', 'occurred_at >= t - interval ''30 days''', 2, 2, '{30 days}'),
    ('weeks', 'Opened where n > 1 within last 2 weeks at least 2', 'n > 1 AND occurred_at >= t - interval ''14 days''', 2, NULL, '{14 days}'),
    ('month', 'Opened within last month at least 3', 'occurred_at >= t - interval ''1 month''', 3, NULL, '{1 month}'),
    ('quarter', 'Opened where n = 2 within last 1 quarter', 'n = 2 AND occurred_at >= t - interval ''3 months''', 1, NULL, '{3 months}'),
    ('year', 'Opened within last year between 5 and 9 times', 'occurred_at >= t - interval ''1 year''', 5, 9, '{1 year}'),
    ('ago', 'Opened between 1 and 3 days ago', 'occurred_at >= t - interval ''3 days'' AND occurred_at <= t - interval ''1 day''', 1, NULL, '{1 day,3 days}'),
    ('mixed ago', 'Opened between 1 month and 20 hours ago at most 6', 'occurred_at >= t - interval ''1 month'' AND occurred_at <= t - interval ''20 hours''', 0, 6, '{1 month,20 hours}'),
    ('from to', 'Opened from ''2026-03-29 02:30'' to ''2026-10-25 02:30'' at least 5',
        'occurred_at >= ''2026-03-29 02:30''::timestamp AT TIME ZONE current_setting(''TimeZone'') AND occurred_at < ''2026-10-25 02:30''::timestamp AT TIME ZONE current_setting(''TimeZone'')', 5, NULL, '{0}'),
    ('since', 'Opened since ''2026-04-01'' never', 'occurred_at >= ''2026-04-01''::timestamp AT TIME ZONE current_setting(''TimeZone'')', 0, 0, '{0}'),
    ('before', 'Opened before ''2026-06-01'' at most 7', 'occurred_at < ''2026-06-01''::timestamp AT TIME ZONE current_setting(''TimeZone'')', 0, 7, '{0}'),
    ('all time', 'Opened where n < 3 at least 4', 'n < 3', 4, NULL, '{0}'),
    ('yesterday', 'Opened from ''yesterday'' to ''tomorrow'' at most 1', 'occurred_at >= (t AT TIME ZONE current_setting(''TimeZone''))::date - 1 AND occurred_at < (t AT TIME ZONE current_setting(''TimeZone''))::date + 1', 0, 1, '{0,1 day,2 days}'),
    ('this day', 'Opened today at least 2', '(occurred_at AT TIME ZONE current_setting(''TimeZone'')) >= date_trunc(''day'', (t AT TIME ZONE current_setting(''TimeZone'')))', 2, NULL, '{0,1 day}'),
    ('this week', 'Opened this week at most 1', '(occurred_at AT TIME ZONE current_setting(''TimeZone'')) >= date_trunc(''week'', (t AT TIME ZONE current_setting(''TimeZone'')))', 0, 1, '{0,1 day,7 days}'),
    ('previous months', 'Opened previous 2 months at least 3', '(occurred_at AT TIME ZONE current_setting(''TimeZone'')) >= date_trunc(''month'', (t AT TIME ZONE current_setting(''TimeZone''))) - interval ''2 months'' AND (occurred_at AT TIME ZONE current_setting(''TimeZone'')) < date_trunc(''month'', (t AT TIME ZONE current_setting(''TimeZone'')))', 3, NULL, '{0,1 month,3 months}'),
    ('previous hours', 'Opened where n > 0 previous 3 hours', 'n > 0 AND occurred_at >= date_trunc(''hour'', t) - interval ''3 hours'' AND occurred_at < date_trunc(''hour'', t)', 1, NULL, '{0,1 hour,4 hours}'),
    ('on', 'Opened on ''2026-03-29'' never', '(occurred_at AT TIME ZONE current_setting(''TimeZone'')) >= ''2026-03-29'' AND (occurred_at AT TIME ZONE current_setting(''TimeZone'')) < ''2026-03-30''', 0, 0, '{0}'),
    ('more than ago', 'Opened more than 1 month ago at least 3', 'occurred_at < t - interval ''1 month''', 3, NULL, '{1 month}'),
    ('since today', 'Opened since ''today'' at least 2', 'occurred_at >= (t AT TIME ZONE current_setting(''TimeZone''))::date', 2, NULL, '{0,1 day}');
CREATE TABLE zone (zone text);
INSERT INTO zone VALUES ('Europe/Berlin'), ('America/New_York'), ('Australia/Lord_Howe');
CREATE TABLE asked (as_of timestamptz);
INSERT INTO asked VALUES ('2026-02-27 23:45+00'), ('2026-03-28 23:10+00'), ('2026-04-03 03:00+00'), ('2026-10-24 23:10+00');
DO $$
DECLARE
    zone text;
BEGIN
    FOR zone IN SELECT z.zone FROM zone z LOOP
        PERFORM set_config('segments.time_zone', zone, true);
        PERFORM segments.create_segment(zone || ' ' || name, definition::segments.definition) FROM defined;
    END LOOP;
END
$$;

CREATE FUNCTION plain(condition text, minimum int, maximum int, zone text, profile text, at timestamptz, OUT verdict boolean, OUT interactions bigint, OUT first_at timestamptz, OUT last_at timestamptz)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('TimeZone', zone, true);
    EXECUTE format('SELECT count(*), min(occurred_at), max(occurred_at) FROM opened JOIN mapping USING (record_id), (SELECT $2 AS t) t
                    WHERE profile_id = $1 AND occurred_at <= t AND (%s OR false)%s', condition, CASE WHEN condition LIKE 'n %' AND condition NOT LIKE '%occurred%' OR condition LIKE 'occurred_at < t - %' THEN '' ELSE ' AND occurred_at > ''-infinity''' END)
    INTO interactions, first_at, last_at USING profile, at;
    verdict := interactions >= minimum AND (maximum IS NULL OR interactions <= maximum);
    PERFORM set_config('TimeZone', 'UTC', true);
END
$$;
CREATE FUNCTION evaluated(definition text, zone text, at timestamptz, profile text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('segments.time_zone', zone, true);
    RETURN segments.contains(segments.segment_eval(definition, at), segments.profile_ordinal(profile));
END
$$;

CREATE TABLE explained AS
SELECT d.*, zone, as_of, profile, e.verdict, e.interactions, e.first_at, e.last_at, e.threshold, e.changes_at, e.note
FROM defined d, zone, asked, (SELECT 'p' || i AS profile FROM generate_series(0, 7) i) p, segments.explain_member(zone || ' ' || name, profile, as_of) e;
SELECT name, count(*), count(*) FILTER (WHERE verdict) > 0 AS some_hold, count(*) FILTER (WHERE NOT verdict) > 0 AS some_do_not, count(changes_at) > 0 AS some_change
FROM explained GROUP BY name ORDER BY name COLLATE "C";
SELECT count(*) AS explained, count(note) AS notes,
       count(*) FILTER (WHERE (e.verdict, e.interactions, e.first_at, e.last_at) IS DISTINCT FROM (p.verdict, p.interactions, p.first_at, p.last_at)) AS differences,
       count(*) FILTER (WHERE e.threshold IS NULL OR (e.threshold >= minimum AND (maximum IS NULL OR e.threshold <= maximum)) = e.verdict) AS wrong_thresholds
FROM explained e, plain(condition, minimum, maximum, zone, profile, as_of) p;
-- At the instant it differs, and a microsecond before it does not.
SELECT count(*) > 100 AS many, count(*) FILTER (WHERE changes_at <= as_of) AS in_the_past,
       count(*) FILTER (WHERE evaluated(definition, zone, as_of, profile) <> verdict) AS wrong_now,
       count(*) FILTER (WHERE evaluated(definition, zone, changes_at, profile) = verdict) AS wrong_then,
       count(*) FILTER (WHERE evaluated(definition, zone, changes_at - interval '1 microsecond', profile) <> verdict) AS wrong_before
FROM explained WHERE changes_at IS NOT NULL;
-- And not before that: around every instant at which an interaction could enter or leave, and on each day.
SELECT count(*) > 5000 AS many, count(*) FILTER (WHERE p.verdict <> e.verdict) AS earlier
FROM (SELECT e.*, (((occurred_at AT TIME ZONE zone) + back) AT TIME ZONE zone) + minutes * interval '15 minutes' AS at
      FROM explained e, unnest(reach) AS back, mapping JOIN opened USING (record_id), generate_series(-6, 6) minutes
      WHERE profile_id = profile AND isfinite(occurred_at) AND abs(hashtext(e.name || zone || as_of || record_id || occurred_at || minutes)) % 15 = 0) e,
     plain(condition, minimum, maximum, zone, profile, at) p
WHERE at > as_of AND (changes_at IS NULL OR at < changes_at);

-- Trees: each node's verdict and change, by segment_eval of its text.
SET segments.time_zone = 'Europe/Berlin';
SELECT segments.create_segment('tree', 'Opened within last 30 days at least 2 and not (Opened where n = 1 within last week or Opened where n = 3 between 2 and 4 days ago)', run => false),
       segments.create_segment('except', '(Opened within last 2 months except Opened within last 3 weeks) or all and Opened where n = 0 within last 5 days', run => false);
RESET segments.time_zone;
CREATE TABLE nodes AS SELECT name, as_of, profile, e.* FROM (VALUES ('tree'), ('except')) s (name), asked, (SELECT 'p' || i AS profile FROM generate_series(0, 7) i) p,
    segments.explain_member(name, profile, as_of) e;
SELECT count(*), count(changes_at) > 100 AS many_change, count(*) FILTER (WHERE evaluated(text, 'Europe/Berlin', as_of, profile) <> verdict) AS wrong_now,
       count(*) FILTER (WHERE changes_at IS NOT NULL AND evaluated(text, 'Europe/Berlin', changes_at, profile) = verdict) AS wrong_then,
       count(*) FILTER (WHERE changes_at IS NOT NULL AND evaluated(text, 'Europe/Berlin', changes_at - interval '1 microsecond', profile) <> verdict) AS wrong_before,
       count(*) FILTER (WHERE evaluated(text, 'Europe/Berlin', as_of + coalesce(changes_at - as_of, interval '300 days') * 0.37, profile) <> verdict) AS wrong_between
FROM nodes;
SELECT node, parent, depth, text, verdict, interactions, first_at, last_at, threshold, changes_at FROM segments.explain_member('tree', 'p1', '2026-03-28 23:10+00');

-- A restriction that follows as_of is not foreseen.
SELECT segments.create_segment('follows', 'Opened where Timestamp > ''yesterday'' and n >= 0', run => false);
SELECT verdict, interactions, changes_at, note FROM segments.explain_member('follows', 'p1', '2026-12-01');

-- What cannot be asked.
SELECT * FROM segments.explain_member('tree', 'nobody');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.explain_member('unheard of', 'p1');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.explain_member('tree', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.explain_member('tree', 'p1', 'infinity');
\echo :LAST_ERROR_SQLSTATE

-- Readers are told what the last run found, owners need SELECT on the sources.
SET ROLE explain_member_reader;
SELECT * FROM segments.explain_member('tree', 'p1');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT segments.create_segment('everybody', 'Opened') > 0 AS run, segments.grant_members('everybody', 'explain_member_reader');
SET ROLE explain_member_reader;
SELECT node, parent, depth, text, verdict, interactions, first_at, last_at, threshold, changes_at, note LIKE 'as of %' AS noted FROM segments.explain_member('everybody', 'p0');
SELECT verdict FROM segments.explain_member('everybody', 'x1');
SELECT verdict FROM segments.explain_member('everybody', 'nobody');
RESET ROLE;
SELECT segments.set_segment_owner('everybody', 'explain_member_reader');
SET ROLE explain_member_reader;
SELECT * FROM segments.explain_member('everybody', 'p0');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT SELECT ON opened TO explain_member_reader;
SET ROLE explain_member_reader;
SELECT verdict, interactions > 0 AS some FROM segments.explain_member('everybody', 'p0');
RESET ROLE;
SELECT segments.drop_segment('everybody');
DROP OWNED BY explain_member_reader;
DROP ROLE explain_member_reader;
