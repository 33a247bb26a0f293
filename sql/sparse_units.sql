-- Different hours, days, … of data that has very old rows, against plain SQL, where windows hold no time at -infinity: units without a row count for nobody, and so against no limit.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\pset format unaligned
\pset tuples_only on

CREATE TABLE visited (record_id text, at timestamptz);
CREATE TABLE mapping (record_id text, profile_id text);
SELECT segments.register_interaction('visited', 'Visited', 'at', 'record_id'), segments.register_unification('mapping', 'profile_id', 'record_id');
INSERT INTO mapping SELECT 'r' || i, 'p' || i / 2 FROM generate_series(0, 99) i;
SELECT setseed(0.5);
INSERT INTO visited SELECT 'r' || floor(random() * 100)::int, timestamptz '2026-03-25' + (random() * 1000)::int * interval '17 minutes' FROM generate_series(1, 1000);
CALL segments.refresh();

CREATE FUNCTION differences(as_of timestamptz) RETURNS TABLE (questions bigint, different bigint, matched boolean) LANGUAGE sql AS $$
    WITH answer AS (
        SELECT u.unit, w.since, n, ARRAY(SELECT p COLLATE "C" FROM segments.profiles(segments.segment_eval(format('Visited %s having count(distinct %s) >= %s', 'since ' || quote_literal(w.since), u.unit, n), as_of)) p ORDER BY 1) AS found,
               ARRAY(SELECT profile_id COLLATE "C" FROM visited JOIN mapping USING (record_id) WHERE (w.since IS NULL OR at >= w.since::timestamptz AND isfinite(at)) AND at <= as_of GROUP BY profile_id HAVING count(DISTINCT date_trunc(u.unit, at)) >= n ORDER BY 1) AS truth
        FROM unnest('{hour, day, week, month, quarter, year}'::text[]) u (unit), unnest('{NULL, -infinity, 1900-01-01, 1970-01-01 12:30}'::text[]) w (since), unnest('{1, 3, 12}'::int[]) n)
    SELECT count(*), count(*) FILTER (WHERE found <> truth), bool_or(cardinality(truth) BETWEEN 1 AND 49) FROM answer
$$;
SELECT * FROM differences('2026-04-10');

-- A row at the beginning of Unix's time, and older ones.
INSERT INTO visited VALUES ('r1', '1970-01-01'), ('r2', '1970-01-01 12:00'), ('r3', '1900-02-28 23:59:59.999999'), ('r4', '1900-03-01'), ('r5', '4713-02-02 BC'), ('r6', '0001-01-01'), ('r7', 'infinity'), ('r8', '290000-01-01');
CALL segments.refresh();
SELECT segments.segment_count('Visited having count(distinct day) >= 3', '2026-04-10') = (SELECT count(*) FROM (SELECT FROM visited JOIN mapping USING (record_id) WHERE at <= '2026-04-10' GROUP BY profile_id HAVING count(DISTINCT at::date) >= 3) p);
SELECT * FROM differences('2026-04-10');
INSERT INTO visited VALUES ('r9', '-infinity'), ('r10', '-infinity');
CALL segments.refresh();
SELECT * FROM differences('2026-04-10');
SELECT * FROM differences('290001-01-01');
SET TimeZone = 'Australia/Lord_Howe';
SELECT * FROM differences('2026-04-10');

SET TimeZone = 'UTC';
-- The first day of all, of which the server itself cannot tell the year.
INSERT INTO visited VALUES ('r11', '4714-11-24 BC');
CALL segments.refresh();
SELECT segments.segment_count(format('Visited having count(distinct %s) >= 2', unit), '2026-04-10') > 0 FROM unnest('{hour, day, week, month, quarter, year}'::text[]) unit;

-- One profile's.
SELECT segments.create_segment('hours', 'Visited having count(distinct hour) >= 15'), segments.create_segment('many hours', 'Visited having count(distinct hour) >= 50');
CALL segments.refresh();
SELECT segment, verdict, interactions, first_at, note FROM unnest('{hours, many hours}'::text[]) segment, segments.explain_member(segment, 'p4', '2026-04-10');
SELECT count(DISTINCT date_trunc('hour', at)), count(*) FROM visited JOIN mapping USING (record_id) WHERE profile_id = 'p4' AND at <= '2026-04-10';

-- Units that hold rows are counted up to a limit.
SET TimeZone = 'UTC';
INSERT INTO visited SELECT 'r20', timestamptz '2020-01-01' + i * interval '1 hour' FROM generate_series(1, 21000) i;
CALL segments.refresh();
\set ON_ERROR_STOP 0
SELECT segments.segment_count('Visited having count(distinct hour) >= 3', '2026-04-10');
\set ON_ERROR_STOP 1
SELECT segments.segment_count('Visited within last 12 months having count(distinct hour) >= 3', '2026-04-10') > 0, segments.segment_count('Visited having count(distinct day) >= 800', '2026-04-10');
