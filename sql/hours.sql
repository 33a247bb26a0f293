-- Hours of a clock that changes by half an hour, and by whole hours at odd minutes: as date_trunc() of a timestamptz has them.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on

CREATE TABLE visited (record_id text, at timestamptz);
CREATE TABLE mapping (record_id text, profile_id text);
SELECT segments.register_interaction('visited', 'Visited', 'at', 'record_id'), segments.register_unification('mapping', 'profile_id', 'record_id');
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(0, 70) i;

-- Two hours of the clock, and two visits in one of them, long before it changes.
INSERT INTO visited VALUES ('r1', '2026-03-25 23:30+11'), ('r1', '2026-03-26 00:10+11'), ('r2', '2026-03-25 23:10+11'), ('r2', '2026-03-25 23:40+11');
CALL segments.refresh();
SET TimeZone = 'Australia/Lord_Howe';
SELECT as_of, definition, segments.profiles(segments.segment_eval(definition, as_of))
FROM unnest('{2026-03-30 12:00+11, 2026-04-20 12:00+10:30}'::timestamptz[]) as_of,
     unnest('{Visited within last 40 days having count(distinct hour) >= 2, Visited within last 40 days on at least 2 hours in a row}'::text[]) definition
ORDER BY as_of, definition COLLATE "C";

-- Around changes of the clock, minutes before and after them and long before, against plain SQL.
TRUNCATE visited;
SELECT setseed(0.25);
CREATE TABLE change AS
SELECT * FROM (VALUES ('Australia/Lord_Howe', timestamptz '2026-04-04 15:00Z'), ('Australia/Lord_Howe', '2025-10-04 15:30Z'), ('America/St_Johns', '2010-11-07 02:31Z'), ('America/St_Johns', '2010-03-14 03:31Z'),
    ('Asia/Pyongyang', '2018-05-04 15:00Z'), ('Asia/Kathmandu', '1985-12-31 18:30Z'), ('Europe/Berlin', '2025-10-26 01:00Z')) v (zone, changed);
INSERT INTO visited SELECT 'r' || floor(random() * 70)::int, changed + beside * random() * interval '1 minute' * 200
FROM change, unnest('{-1, 0, 0.1, -0.1, 1, -40, 40}'::float8[]) beside, generate_series(1, 40);
CALL segments.refresh();
CREATE TABLE compared (zone text, as_of timestamptz, definition text, found text[], truth text[]);
DO $$
DECLARE
    of record;
    window_start timestamptz;
BEGIN
    FOR of IN SELECT zone, changed, changed + later AS as_of FROM change, unnest('{25 minutes, 50 minutes, 100 minutes, 9 days}'::interval[]) later LOOP
        PERFORM set_config('timezone', of.zone, true);
        window_start := of.as_of - interval '15 days';
        CREATE TEMPORARY TABLE hour AS SELECT started, row_number() OVER (ORDER BY started) AS number
            FROM (SELECT DISTINCT date_trunc('hour', t) AS started FROM generate_series(window_start, of.as_of, interval '1 minute') t) h;
        CREATE TEMPORARY TABLE visit AS SELECT DISTINCT profile_id, number
            FROM visited JOIN mapping USING (record_id) LEFT JOIN hour ON started = date_trunc('hour', at) WHERE at BETWEEN window_start AND of.as_of;
        ASSERT NOT EXISTS (SELECT FROM visit WHERE number IS NULL);
        INSERT INTO compared
        SELECT of.zone, of.as_of, definition, ARRAY(SELECT p COLLATE "C" FROM segments.profiles(segments.segment_eval(definition, of.as_of)) p ORDER BY 1), truth
        FROM (SELECT format('Visited since ''%s'' having count(distinct hour) = %s', window_start, n) AS definition,
                     ARRAY(SELECT profile_id FROM visit GROUP BY 1 HAVING count(*) = n ORDER BY profile_id COLLATE "C") AS truth FROM generate_series(1, 4) n
              UNION ALL
              SELECT format('Visited since ''%s'' on at least %s hours in a row', window_start, n),
                     ARRAY(SELECT DISTINCT profile_id COLLATE "C" FROM (SELECT profile_id, number - dense_rank() OVER (PARTITION BY profile_id ORDER BY number) AS run FROM visit) v
                           GROUP BY profile_id, run HAVING count(*) >= n ORDER BY 1) FROM generate_series(2, 4) n) q;
        DROP TABLE hour, visit;
    END LOOP;
END $$;
SELECT zone, count(*) AS questions, count(*) FILTER (WHERE found <> truth) AS differences, sum(cardinality(truth)) > 50 AS many FROM compared GROUP BY zone ORDER BY zone COLLATE "C";
SELECT zone, as_of, definition, found, truth FROM compared WHERE found <> truth ORDER BY 1, 2, 3 LIMIT 5;
