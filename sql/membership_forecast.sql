-- Each day of a forecast is what segment_eval says of that instant.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE membership_forecast_reader;
CREATE TABLE opened (record_id text, occurred_at timestamptz, n int);
CREATE TABLE clicked (record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_interaction('clicked', 'Clicked', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || i, 'p' || i / 2 FROM generate_series(0, 599) i;
SELECT setseed(0.25);
INSERT INTO opened SELECT 'r' || floor(random() * 600), timestamptz '2026-03-28 12:00+00' - random() * interval '70 days', floor(random() * 5)
FROM generate_series(1, 1500);
INSERT INTO clicked SELECT 'r' || floor(random() * 600), timestamptz '2026-03-28 12:00+00' - random() * interval '40 days' + interval '5 days'
FROM generate_series(1, 300);
CALL segments.refresh();

-- Over both changes of the clock, for windows of all kinds.
CREATE TABLE defined (name text, definition text, as_of timestamptz);
INSERT INTO defined VALUES
    ('sliding', 'Opened within last 30 days', '2026-03-28 01:30+00'), ('hours', 'Opened within last 700 hours at least 2', '2026-03-28 01:30+00'),
    ('between', 'Opened between 10 and 20 days ago exactly 1', '2026-03-28 01:30+00'), ('months', 'Opened within last month or Clicked within last 2 weeks', '2026-03-29 00:30+00'),
    ('mixed', 'Opened where n > 2 within last 30 days and not (Clicked within last 7 days)', '2026-03-27 23:30+00'),
    ('today', 'Clicked from ''yesterday'' to ''tomorrow''', '2026-03-20 12:00+00'), ('since', 'Clicked since ''2026-03-28''', '2026-03-20 12:00+00'),
    ('before', 'Opened before ''2026-02-01'' at most 1', '2026-03-20 12:00+00'), ('fixed', 'Opened from ''2026-02-01'' to ''2026-03-01''', '2026-03-20 12:00+00'),
    ('never', 'Opened within last 45 days never', '2026-03-20 12:00+00'), ('all', 'all', '2026-03-20 12:00+00'), ('autumn', 'Opened within last 230 days', '2026-10-20 00:30+00');
DO $$
DECLARE
    zone text;
BEGIN
    FOREACH zone IN ARRAY '{Europe/Berlin,America/New_York}'::text[] LOOP
        PERFORM set_config('segments.time_zone', zone, true);
        PERFORM segments.create_segment(zone || ' ' || name, definition::segments.definition) FROM defined;
    END LOOP;
END
$$;
CREATE TABLE forecast AS
SELECT o.name, o.definition, o.time_zone, d.as_of, f.*, row_number() OVER (PARTITION BY o.name ORDER BY f.at) AS day
FROM segments.segment_overview o JOIN defined d ON o.name LIKE '% ' || d.name, segments.membership_forecast(o.name, 40, d.as_of) f;
SELECT name, count(*) AS days, sum(entered) > 0 AS enters, sum("left") > 0 AS leaves FROM forecast WHERE time_zone = 'Europe/Berlin' GROUP BY name ORDER BY name COLLATE "C";

CREATE FUNCTION evaluated(definition text, zone text, at timestamptz) RETURNS segments.profile_set LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('segments.time_zone', zone, true);
    RETURN segments.segment_eval(definition, at);
END
$$;
SELECT count(*) AS days, count(*) FILTER (WHERE members <> segments.cardinality(now_set)) AS members,
       count(*) FILTER (WHERE entered <> segments.cardinality(now_set - before_set)) AS entered,
       count(*) FILTER (WHERE "left" <> segments.cardinality(before_set - now_set)) AS "left",
       count(*) FILTER (WHERE at <> ((as_of AT TIME ZONE time_zone) + day * interval '1 day') AT TIME ZONE time_zone) AS instants
FROM (SELECT *, evaluated(definition, time_zone, at) AS now_set,
             evaluated(definition, time_zone, CASE WHEN day = 1 THEN as_of ELSE ((as_of AT TIME ZONE time_zone) + (day - 1) * interval '1 day') AT TIME ZONE time_zone END) AS before_set
      FROM forecast) f;

-- From now on, if nothing else is said; a long one is taken in parts.
SELECT count(*), min(at) = now() + interval '1 day' AS tomorrow FROM segments.membership_forecast('Europe/Berlin all', 2);
SELECT count(*), sum(entered), sum("left"), min(members), max(members) FROM segments.membership_forecast('Europe/Berlin all', 3660);
SELECT count(*) AS days, evaluated_before + sum(entered) - sum("left") = (array_agg(members ORDER BY at))[count(*)] AS adds_up
FROM segments.membership_forecast('Europe/Berlin mixed', 1100, '2026-02-28'), segments.cardinality(evaluated((SELECT definition FROM defined WHERE name = 'mixed'), 'Europe/Berlin', '2026-02-28')) evaluated_before
GROUP BY evaluated_before;

-- What cannot be asked.
SELECT * FROM segments.membership_forecast('Europe/Berlin all', 0);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.membership_forecast('Europe/Berlin all', 3661);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.membership_forecast('Europe/Berlin all', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.membership_forecast('unheard of', 1);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.membership_forecast('Europe/Berlin all', 1, 'infinity');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.membership_forecast('Europe/Berlin all', 3660, '294270-01-01');
\echo :LAST_ERROR_SQLSTATE

-- Readers get the owner's answer without a right on the sources, and are not told what the definition says.
SET ROLE membership_forecast_reader;
SELECT * FROM segments.membership_forecast('Europe/Berlin sliding', 1);
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT segments.grant_members('Europe/Berlin sliding', 'membership_forecast_reader'), segments.grant_members('Europe/Berlin mixed', 'membership_forecast_reader');
SET ROLE membership_forecast_reader;
SELECT members > 0 AS members FROM segments.membership_forecast('Europe/Berlin sliding', 1, '2026-03-28');
RESET ROLE;
ALTER TABLE opened DROP COLUMN n;
SET ROLE membership_forecast_reader;
SELECT * FROM segments.membership_forecast('Europe/Berlin mixed', 1);
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT * FROM segments.membership_forecast('Europe/Berlin mixed', 1);
\echo :LAST_ERROR_SQLSTATE
-- Whatever goes wrong: while the definition is read, its literals are, or rows are looked at.
CREATE TABLE odd (record_id text, at timestamptz, label text, number text, mood text);
SELECT segments.register_interaction('odd', 'Odd', 'at', 'record_id');
INSERT INTO odd VALUES ('r1', '2026-01-01', 'abc', '1', 'happy');
SET client_min_messages = error;
CALL segments.refresh();
RESET client_min_messages;
SELECT segments.create_segment('odd ' || n, d), segments.grant_members('odd ' || n, 'membership_forecast_reader') FROM (VALUES
    (1, 'Odd where label matches ''SECRET'''), (2, 'Odd where number = ''SECRET'''), (3, 'Odd where mood = ''SECRET''')) v (n, d);
CREATE COLLATION odd_collation (provider = icu, locale = 'und', deterministic = false);
CREATE TYPE odd_mood AS ENUM ('happy');
ALTER TABLE odd ALTER label TYPE text COLLATE odd_collation, ALTER number TYPE int USING 1, ALTER mood TYPE odd_mood USING 'happy';
SET client_min_messages = error;
CALL segments.refresh();
RESET client_min_messages;
CREATE FUNCTION told(segment text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text; hint text; context text;
BEGIN
    PERFORM segments.membership_forecast(segment, 2);
    RETURN 'answered';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
    RETURN concat_ws(' | ', sqlstate, sqlerrm, detail, hint) || CASE WHEN context LIKE '%SECRET%' THEN ' SECRET' ELSE '' END;
END $$;
SELECT told('odd ' || n) FROM generate_series(1, 3) n;
SET ROLE membership_forecast_reader;
SELECT told('odd ' || n) FROM generate_series(1, 3) n;
-- What is asked wrongly is told to everybody.
SELECT * FROM segments.membership_forecast('odd 1', 3660, '294270-01-01');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
-- Damaged fragments are not.
SELECT segments.create_segment('odd 4', 'Odd'), segments.grant_members('odd 4', 'membership_forecast_reader');
UPDATE segments.fragment SET data = set_byte(data, length(data) / 2, 255 - get_byte(data, length(data) / 2));
SELECT left(told('odd 4'), 5);
SET ROLE membership_forecast_reader;
SELECT told('odd 4');
RESET ROLE;
SELECT segments.drop_segment('odd ' || n, cascade => true) FROM generate_series(1, 4) n;
SELECT segments.revoke_members('Europe/Berlin sliding', 'membership_forecast_reader'), segments.revoke_members('Europe/Berlin mixed', 'membership_forecast_reader');
DROP ROLE membership_forecast_reader;
