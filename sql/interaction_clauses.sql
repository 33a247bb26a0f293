-- Conditions over sets of types, but not, the n-th time, n of m periods, streaks and distinct days, against plain SQL.
\set ON_ERROR_STOP 1
SET TimeZone = 'Europe/Paris';
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on

CREATE TABLE opened (record_id text, occurred_at timestamptz, n int);
CREATE TABLE clicked (record_id text, occurred_at timestamptz, n int, extra text);
CREATE TABLE called (record_id text, occurred_at timestamptz, other int);
CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id'), segments.register_interaction('clicked', 'Clicked', 'occurred_at', 'record_id'),
       segments.register_interaction('called', 'Called', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', 'profile_id', 'record_id', 'record_type');

-- Times on and beside every limit that the questions below ask about, both changes of the clock among them.
CREATE TABLE instant AS SELECT as_of::timestamptz FROM unnest('{2026-03-31 10:00, 2026-03-29 12:00, 2025-10-27 00:30, 2026-05-31 23:59:59.999999}'::text[]) as_of;
CREATE TABLE edge AS
SELECT DISTINCT as_of - n * span::interval + beside AS at
FROM instant, unnest('{1 day, 1 week, 1 month, 1 hour, 30 days}'::text[]) span, generate_series(0, 5) n, unnest('{-1 microsecond, 0, 1 microsecond}'::interval[]) beside
UNION SELECT date_trunc('day', as_of) - n * interval '1 day' + beside FROM instant, generate_series(0, 40) n, unnest('{-1 microsecond, 0, 10 hours}'::interval[]) beside
UNION SELECT date_trunc('day', as_of) + interval '20 days' FROM instant;
SELECT setseed(0.5);
CREATE TABLE happened AS SELECT row_number() OVER (ORDER BY at, k) AS i, at, 'r' || floor(random() * 120)::int AS record_id, floor(random() * 3)::int AS n, k
FROM edge, generate_series(1, 3) k WHERE random() < 0.6;
INSERT INTO opened SELECT record_id, at, n FROM happened WHERE k = 1;
INSERT INTO clicked SELECT record_id, at, n, 'x' FROM happened WHERE k = 2;
INSERT INTO called SELECT record_id, at, n FROM happened WHERE k = 3;
INSERT INTO opened VALUES ('r1', NULL, 1), ('r2', '-infinity', 1), ('r3', 'infinity', 1), ('r6', '-infinity', 2), ('r6', '-infinity', 2), ('r126', '-infinity', 0);
-- Two records a profile, and people who never did anything.
INSERT INTO mapping SELECT 'contact', 'r' || i, 'p' || i / 2 FROM generate_series(0, 130) i;
CALL segments.refresh();

-- Per type and condition the rows that count; questions over them.
CREATE VIEW opened_row AS SELECT profile_id, occurred_at AS at, n FROM opened JOIN mapping USING (record_id);
CREATE VIEW clicked_row AS SELECT profile_id, occurred_at AS at, n FROM clicked JOIN mapping USING (record_id);
CREATE VIEW any_row AS TABLE opened_row UNION ALL TABLE clicked_row;
CREATE VIEW all_row AS TABLE any_row UNION ALL SELECT profile_id, occurred_at, other FROM called JOIN mapping USING (record_id);
CREATE TABLE question (definition text, truth text);
INSERT INTO question VALUES
    ('any of (Opened, Clicked) within last 30 days at least 3', 'SELECT profile_id FROM any_row WHERE at BETWEEN t - interval ''30 days'' AND t GROUP BY 1 HAVING count(*) >= 3'),
    ('any of (Clicked, Opened) where n = 1 within last 1 month exactly 2', 'SELECT profile_id FROM any_row WHERE n = 1 AND at BETWEEN t - interval ''1 month'' AND t GROUP BY 1 HAVING count(*) = 2'),
    ('any of (Opened) never', 'SELECT profile_id FROM mapping EXCEPT SELECT profile_id FROM opened_row WHERE at <= t'),
    ('any interaction within last 7 days never', 'SELECT profile_id FROM mapping EXCEPT SELECT profile_id FROM all_row WHERE at BETWEEN t - interval ''7 days'' AND t'),
    ('any interaction at most 4', 'SELECT profile_id FROM mapping EXCEPT (SELECT profile_id FROM all_row WHERE at <= t GROUP BY 1 HAVING count(*) > 4)'),
    ('Opened within last 30 days but not within last 7 days', 'SELECT profile_id FROM opened_row WHERE at BETWEEN t - interval ''30 days'' AND t EXCEPT SELECT profile_id FROM opened_row WHERE at BETWEEN t - interval ''7 days'' AND t'),
    ('Opened but not more than 2 weeks ago', 'SELECT profile_id FROM opened_row WHERE at <= t EXCEPT SELECT profile_id FROM opened_row WHERE at < t - interval ''14 days'''),
    ('any of (Opened, Clicked) where n > 0 within last 30 days but not between 1 and 2 weeks ago at most 1',
     'SELECT profile_id FROM mapping EXCEPT (SELECT profile_id FROM any_row WHERE n > 0 AND at BETWEEN t - interval ''30 days'' AND t AND NOT at BETWEEN t - interval ''14 days'' AND t - interval ''7 days'' GROUP BY 1 HAVING count(*) > 1)
      EXCEPT SELECT profile_id FROM any_row WHERE n > 0 AND at BETWEEN t - interval ''14 days'' AND t - interval ''7 days'''),
    ('Opened within last 30 days but not yesterday at least 2',
     'SELECT profile_id FROM opened_row WHERE at BETWEEN t - interval ''30 days'' AND t AND NOT (at >= date_trunc(''day'', t) - interval ''1 day'' AND at < date_trunc(''day'', t)) GROUP BY 1 HAVING count(*) >= 2
      EXCEPT SELECT profile_id FROM opened_row WHERE at >= date_trunc(''day'', t) - interval ''1 day'' AND at < date_trunc(''day'', t)'),
    ('Opened for the first time within last 30 days', 'SELECT profile_id FROM opened_row WHERE at <= t GROUP BY 1 HAVING min(at) >= t - interval ''30 days'''),
    ('any of (Opened, Clicked) for the third time within last 30 days',
     'SELECT profile_id FROM any_row WHERE at <= t GROUP BY 1 HAVING (array_agg(at ORDER BY at))[3] >= t - interval ''30 days'''),
    ('Opened more than 1 week ago for the first time', 'SELECT profile_id FROM opened_row GROUP BY 1 HAVING (array_agg(at ORDER BY at))[1] < t - interval ''7 days'''),
    ('any of (Opened, Clicked) more than 1 week ago for time 2', 'SELECT profile_id FROM any_row GROUP BY 1 HAVING (array_agg(at ORDER BY at))[2] < t - interval ''7 days'''),
    ('Clicked where n = 2 for time 2 between 1 and 30 days ago', 'SELECT profile_id FROM clicked_row WHERE n = 2 AND at <= t GROUP BY 1 HAVING (array_agg(at ORDER BY at))[2] BETWEEN t - interval ''30 days'' AND t - interval ''1 day'''),
    ('Opened in at least 2 of the last 4 weeks', 'SELECT profile_id FROM opened_row, generate_series(0, 3) i WHERE at > t - (i + 1) * interval ''1 week'' AND at <= t - i * interval ''1 week'' GROUP BY 1 HAVING count(DISTINCT i) >= 2'),
    ('any interaction at least twice in exactly 2 of the last 5 days',
     'SELECT profile_id FROM (SELECT profile_id, i FROM all_row, generate_series(0, 4) i WHERE at > t - (i + 1) * interval ''1 day'' AND at <= t - i * interval ''1 day'' GROUP BY 1, 2 HAVING count(*) >= 2) w GROUP BY 1 HAVING count(*) = 2'),
    ('Opened never in at least 3 of the last 3 periods of 2 months',
     'SELECT profile_id FROM mapping EXCEPT SELECT profile_id FROM opened_row, generate_series(0, 2) i WHERE at > t - (i + 1) * interval ''2 months'' AND at <= t - i * interval ''2 months'''),
    ('Opened in at most 1 of the last 3 months', 'SELECT profile_id FROM mapping EXCEPT (SELECT profile_id FROM opened_row, generate_series(0, 2) i WHERE at > t - (i + 1) * interval ''1 month'' AND at <= t - i * interval ''1 month'' GROUP BY 1 HAVING count(DISTINCT i) > 1)'),
    ('any of (Opened, Clicked) within last 30 days on at least 3 days in a row',
     'SELECT profile_id FROM (SELECT profile_id, day - (dense_rank() OVER (PARTITION BY profile_id ORDER BY day))::int AS run FROM (SELECT DISTINCT profile_id, at::date AS day FROM any_row WHERE at BETWEEN t - interval ''30 days'' AND t) d) r GROUP BY profile_id, run HAVING count(*) >= 3'),
    ('any interaction within last 2 months on at most 2 weeks in a row',
     'SELECT profile_id FROM mapping EXCEPT (SELECT profile_id FROM (SELECT profile_id, week - 7 * (dense_rank() OVER (PARTITION BY profile_id ORDER BY week))::int AS run FROM (SELECT DISTINCT profile_id, date_trunc(''week'', at)::date AS week FROM all_row WHERE at BETWEEN t - interval ''2 months'' AND t) d) r GROUP BY profile_id, run HAVING count(*) > 2)'),
    ('any interaction within last 30 days on exactly 2 days in a row',
     'SELECT profile_id FROM (SELECT profile_id, count(*) AS n FROM (SELECT profile_id, day - (dense_rank() OVER (PARTITION BY profile_id ORDER BY day))::int AS run FROM (SELECT DISTINCT profile_id, at::date AS day FROM all_row WHERE at BETWEEN t - interval ''30 days'' AND t) d) r GROUP BY profile_id, run) l GROUP BY 1 HAVING max(n) = 2'),
    ('any of (Opened, Clicked) within last 30 days having count(distinct day) >= 4', 'SELECT profile_id FROM any_row WHERE at BETWEEN t - interval ''30 days'' AND t GROUP BY 1 HAVING count(DISTINCT at::date) >= 4'),
    ('Clicked having count(distinct week) between 2 and 3', 'SELECT profile_id FROM clicked_row WHERE at <= t GROUP BY 1 HAVING count(DISTINCT date_trunc(''week'', at)) BETWEEN 2 AND 3'),
    ('Clicked where n < 2 having count(distinct month) = 1', 'SELECT profile_id FROM clicked_row WHERE n < 2 AND at <= t GROUP BY 1 HAVING count(DISTINCT date_trunc(''month'', at)) = 1'),
    ('any interaction since ''2026-03-01'' having count(distinct hour) < 3', 'SELECT profile_id FROM mapping EXCEPT (SELECT profile_id FROM all_row WHERE at >= ''2026-03-01'' AND at <= t GROUP BY 1 HAVING count(DISTINCT date_trunc(''hour'', at)) >= 3)'),
    ('not any of (Opened, Clicked) this month having count(distinct day) > 2 and Called', 'SELECT profile_id FROM all_row r WHERE EXISTS (SELECT FROM called JOIN mapping m USING (record_id) WHERE m.profile_id = r.profile_id AND occurred_at <= t)
      EXCEPT (SELECT profile_id FROM any_row WHERE at >= date_trunc(''month'', t) AND at <= t GROUP BY 1 HAVING count(DISTINCT at::date) > 2)');
CREATE FUNCTION truth(sql text, t timestamptz) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE found text[];
BEGIN
    EXECUTE format('SELECT ARRAY(SELECT DISTINCT profile_id COLLATE "C" FROM (%s) q ORDER BY 1)', regexp_replace(sql, '\mt\M', '$1', 'g')) INTO found USING t;
    RETURN found;
END $$;
CREATE FUNCTION evaluated(definition text, t timestamptz) RETURNS text[] LANGUAGE sql AS
    $$ SELECT ARRAY(SELECT profile_id COLLATE "C" FROM segments.profiles(segments.segment_eval(definition, t)) profile_id ORDER BY 1) $$;
CREATE TABLE compared AS SELECT definition, as_of, evaluated(definition, as_of), truth(truth, as_of) FROM question, instant;
SELECT min(definition::segments.definition::text), count(*) FILTER (WHERE evaluated <> truth) AS differences, max(cardinality(evaluated)) > 0 AS some, min(cardinality(evaluated)) < 66 AS not_all
FROM compared GROUP BY definition ORDER BY definition COLLATE "C";
SELECT definition, as_of, ARRAY(SELECT unnest(evaluated) EXCEPT SELECT unnest(truth)) AS more, ARRAY(SELECT unnest(truth) EXCEPT SELECT unnest(evaluated)) AS less FROM compared WHERE evaluated <> truth LIMIT 5;

-- Saved, refreshed in one batch, and explained: the same members.
SELECT count(segments.create_segment('q' || n, definition::segments.definition)) FROM (SELECT definition, row_number() OVER (ORDER BY definition COLLATE "C") n FROM question) q;
SELECT count(*) AS segments, count(*) FILTER (WHERE members <> evaluated(definition, as_of)) AS differences
FROM (SELECT q.definition, o.as_of, ARRAY(SELECT profile_id COLLATE "C" FROM segments.member m WHERE m.segment = o.name ORDER BY 1) AS members
      FROM (SELECT definition, row_number() OVER (ORDER BY definition COLLATE "C") n FROM question) q JOIN segments.segment_overview o ON o.name = 'q' || n) saved;
SELECT count(*) AS nodes, count(*) FILTER (WHERE members <> cardinality(evaluated(definition, '2026-03-31 10:00'))) AS differences
FROM question, LATERAL (SELECT members FROM segments.segment_explain(definition, '2026-03-31 10:00') WHERE node = 1) x;

-- One profile: its verdict, and when it changes by the mere passing of time.
CREATE TABLE told AS SELECT definition, profile_id, as_of, x.* FROM (SELECT definition, row_number() OVER (ORDER BY definition COLLATE "C") n FROM question) q CROSS JOIN instant CROSS JOIN (VALUES ('p1'), ('p7'), ('p30'), ('p65')) v (profile_id),
    LATERAL (SELECT verdict AS holds, changes_at, note FROM segments.explain_member('q' || n, profile_id, as_of) WHERE node = 1) x;
SELECT count(*) > 300 AS many, count(*) FILTER (WHERE holds <> (profile_id = ANY (evaluated(definition, as_of)))) AS wrong,
       count(*) FILTER (WHERE changes_at IS NOT NULL AND ((profile_id = ANY (evaluated(definition, changes_at))) = holds OR (profile_id = ANY (evaluated(definition, changes_at - interval '1 microsecond'))) <> holds)) AS wrong_changes,
       count(*) FILTER (WHERE changes_at IS NULL AND note IS NULL AND EXISTS (SELECT FROM unnest('{1 day, 10 days, 45 days, 400 days}'::interval[]) later WHERE (profile_id = ANY (evaluated(definition, as_of + later))) <> holds)) AS unannounced,
       count(changes_at) > 50 AS changes, count(*) FILTER (WHERE note <> '') > 0 AS unforeseen FROM told;

-- What has no meaning says so.
DO $$
DECLARE
    definition text;
    hint text;
BEGIN
    FOREACH definition IN ARRAY ARRAY['any of (Opened, Opened)', 'any of (Opened, "opened")', 'any of ()', 'any of (Opened', 'any of (Opened, Nope)', 'any of (Opened, Called) where n = 1', 'any Opened',
        'Opened for the first time', 'Opened for the sixth time within last 7 days', 'Opened for the 6 time within last 7 days', 'Opened for time 0 within last 7 days', 'Opened for the first time within last 7 days at least 2',
        'Opened for the first time within last 7 days but not today', 'Opened for the first time in at least 1 of the last 2 days', 'Opened but within last 7 days', 'Opened but not 7 days', 'Opened but not more than 3 times',
        'Opened but not today but not yesterday', 'Opened but not today having count <> 2', 'Opened within last 7 days in at least 1 of the last 2 days', 'Opened in at least 0 of the last 2 days', 'Opened in at least 3 of the last 2 days',
        'Opened in at least 1 of the last 0 days', 'Opened in at least 1 of the last 1001 days', 'Opened in at least 1 of the last 2 periods of 0 days', 'Opened on at least 2 days in a row', 'Opened within last 7 days on at least 2 days in a row at least 2',
        'Opened within last 7 days on at least 2 minutes in a row', 'Opened within last 3 years on at least 2 days in a row', 'Opened having count(distinct minute) > 1', 'Opened having count(distinct n) > 1', 'Opened having count(distinct day) <> 1',
        'Opened having count(distinct day) > 1 at least 2', 'Opened having count(distinct day) > 1', 'Opened in at least 1 of the last 2 days having count <> 1'] LOOP
        BEGIN
            PERFORM segments.segment_count(definition);
            RAISE INFO 'accepted: %', definition;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
            RAISE INFO '%: % % (%)', definition, SQLSTATE, SQLERRM, hint;
        END;
    END LOOP;
END $$;

-- Names follow where they lead, if all types can agree on one.
SELECT segments.alter_interaction('Opened', 'EmailOpened');
SELECT DISTINCT definition::text COLLATE "C" FROM segments.segment WHERE definition::text ~ '^any of|^Email' ORDER BY 1 LIMIT 3;
ALTER TABLE opened RENAME n TO number;
CALL segments.refresh();
SELECT name, state FROM segments.segment_overview WHERE definition::text LIKE 'any of (Clicked%';
ALTER TABLE clicked RENAME n TO number;
CALL segments.refresh();
SELECT segments.alter_interaction('EmailOpened', fields => '[{"column": "number", "name": "n"}]'), segments.alter_interaction('Clicked', fields => '[{"column": "number", "name": "n"}]');
CALL segments.refresh();
SELECT name, state FROM segments.segment_overview WHERE definition::text LIKE 'any of (Clicked%';
SELECT segments.unregister_interaction('Called');
SELECT segments.segment_count('any interaction', '2026-03-31') = cardinality(truth('SELECT profile_id FROM any_row WHERE at <= t', '2026-03-31')) AS any_that_is_left;
