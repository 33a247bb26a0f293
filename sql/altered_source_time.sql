-- Registering, altering and checking columns of time that are no timestamptz; profile sources; whatever is wrong with them.
SET TimeZone = 'Asia/Tokyo';  -- nobody's
SET datestyle TO ISO;
\set SHOW_CONTEXT never
CREATE TABLE visit (record_id text, at timestamp, day date, instant timestamptz, seconds bigint, number numeric, small smallint, written text);
INSERT INTO visit SELECT 'r1', reading, reading, reading AT TIME ZONE 'UTC', extract(epoch FROM reading), extract(epoch FROM reading), 1, reading FROM (VALUES (timestamp '2026-03-01 10:00'), ('2026-03-02 23:30')) v (reading);
CREATE TABLE profile (record_id text PRIMARY KEY, profile_id text NOT NULL);
INSERT INTO profile VALUES ('r1', 'p1'), ('r2', 'p2');
SELECT segments.register_unification('profile', record_type => 'contact');

-- Each error says what to do, and what it says succeeds.
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id');
SELECT segments.register_interaction('visit', 'Visit', 'day', 'record_id');
SELECT segments.register_interaction('visit', 'Visit', 'seconds', 'record_id');
SELECT segments.register_interaction('visit', 'Visit', 'small', 'record_id');
SELECT segments.register_interaction('visit', 'Visit', 'instant', 'record_id', time_zone => 'UTC');
SELECT segments.register_interaction('visit', 'Visit', 'instant', 'record_id', time_unit => 's');
SELECT segments.register_interaction('visit', 'Visit', 'seconds', 'record_id', time_zone => 'UTC');
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id', time_unit => 's');
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id', time_zone => 'UTC', time_unit => 's');
SELECT segments.register_interaction('visit', 'Visit', 'seconds', 'record_id', time_unit => 'seconds');
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id', time_zone => 'Oslo');
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id', time_zone => 'Europe/Osol');
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id', time_zone => 'CET');
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id', time_zone => 'pst');
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id', time_zone => '');
SELECT segments.register_profile_source('visit', 'Visit', 'record_id', time_zone => 'UTC');
SELECT segments.register_profile_source('visit', 'Visit', 'record_id', time_column => 'number', time_unit => 's');
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id', time_zone => 'UTC') > 0 AS registered;
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id', time_zone => 'Europe/Oslo');
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id', time_zone => 'UTC');
CALL segments.refresh();
CREATE VIEW said AS SELECT type.time_column, type.time_zone, type.time_unit,
    (SELECT string_agg(to_char(occurred_at AT TIME ZONE 'UTC', 'DD HH24:MI'), ', ' ORDER BY occurred_at) FROM segments.timeline('p1')) AS timeline,
    segments.segment_count('Visit since ''2026-03-02 23:30 UTC''') AS since_then FROM segments.interaction_type type WHERE name = 'Visit';
SELECT * FROM said;

-- Another zone, another column: read whole by the next refresh, and until then not answered.
SELECT segments.alter_interaction('Visit', time_zone => 'America/New_York');
SELECT segments.segment_count('Visit');
CALL segments.refresh();
SELECT * FROM said;
DELETE FROM visit WHERE at = '2026-03-02 23:30';
INSERT INTO visit SELECT 'r1', reading, reading, reading AT TIME ZONE 'UTC', extract(epoch FROM reading), extract(epoch FROM reading), 1, reading FROM (VALUES (timestamp '2026-03-02 23:30')) v (reading);
SELECT segments.alter_interaction('Visit', time_zone => 'Europe/Oslo');
UPDATE visit SET small = 2;
CALL segments.refresh();
SELECT * FROM said;
SELECT segments.alter_interaction('Visit', display_name => 'A visit', time_zone => 'Europe/Oslo');
SELECT * FROM said;
SELECT segments.alter_interaction('Visit', time_column => 'seconds');
SELECT segments.alter_interaction('Visit', time_column => 'seconds', time_unit => 's');
CALL segments.refresh();
SELECT * FROM said;
SELECT segments.alter_interaction('Visit', time_unit => 'ms');
CALL segments.refresh();
SELECT * FROM said;
SELECT segments.alter_interaction('Visit', time_column => 'day', time_zone => 'America/New_York');
CALL segments.refresh();
SELECT * FROM said;
SELECT segments.alter_interaction('Visit', time_column => 'instant');
CALL segments.refresh();
SELECT * FROM said;
SELECT segments.alter_interaction('Visit', time_zone => 'UTC');
SELECT segments.alter_interaction('Visit', time_column => 'at');
SELECT segments.alter_interaction('Visit', time_column => 'at', time_zone => 'UTC');
CALL segments.refresh();

-- Columns that are given another type, or another name, after they were registered.
ALTER TABLE visit RENAME at TO local_time;
CALL segments.refresh();
SELECT segments.alter_interaction('Visit', time_column => 'local_time');
CALL segments.refresh();
SELECT * FROM said;
ALTER TABLE visit ALTER COLUMN local_time TYPE timestamptz USING local_time AT TIME ZONE 'UTC';
CALL segments.refresh();
SELECT segments.alter_interaction('Visit', time_zone => '');
CALL segments.refresh();
SELECT * FROM said;
ALTER TABLE visit ALTER COLUMN local_time TYPE timestamp USING local_time AT TIME ZONE 'Europe/Oslo';
CALL segments.refresh();
SELECT segments.alter_interaction('Visit', time_zone => 'UTC');
SELECT segments.alter_interaction('Visit', time_zone => 'Europe/Oslo');
CALL segments.refresh();
SELECT * FROM said;
ALTER TABLE visit ALTER COLUMN local_time TYPE bigint USING extract(epoch FROM local_time AT TIME ZONE 'Europe/Oslo');
CALL segments.refresh();
SELECT count(*) FROM segments.timeline('p1');
SELECT count(*) FROM segments.timeline('p1', '{Visit}');
SELECT segments.drop_interactions('Visit', '2026-03-02');
SELECT segments.alter_interaction('Visit', time_unit => 's');
CALL segments.refresh();
SELECT * FROM said;
-- Swapped by renaming.
CREATE TABLE visit_new (local_time bigint, record_id text);
INSERT INTO visit_new VALUES (1772359200, 'r1');
BEGIN;
ALTER TABLE visit RENAME TO visit_old;
ALTER TABLE visit_new RENAME TO visit;
COMMIT;
CALL segments.refresh();
SELECT * FROM said;
DROP TABLE visit_old CASCADE;

-- Windows of a profile source look at what its column says in that zone.
CREATE TABLE local (record_id text, at timestamp, day date, seconds int);
INSERT INTO profile SELECT 's' || i, 's' || i FROM generate_series(1, 700) i;
INSERT INTO local SELECT 's' || row_number() OVER (), reading, reading, extract(epoch FROM reading) FROM (
    SELECT edge + i * interval '11 minutes 0.000001 seconds' AS reading FROM unnest('{2026-03-28 20:00,2025-10-25 20:00,2026-03-08 00:00}'::timestamp[]) edge, generate_series(0, 200) i
    UNION ALL SELECT timestamp '2025-12-20' + i * interval '1 day' FROM generate_series(0, 90) i) readings;
CREATE TABLE local_2 (LIKE local);
CREATE TABLE local_3 (LIKE local);
INSERT INTO local_2 TABLE local;
INSERT INTO local_3 TABLE local;
INSERT INTO local SELECT 's' || i, reading, day FROM (VALUES (698, timestamp 'infinity', date 'infinity'), (699, '-infinity', '-infinity'), (700, NULL, NULL)) v (i, reading, day);
INSERT INTO local_2 SELECT 's' || i, reading, day FROM (VALUES (697, timestamp '2026-01-01', date '300000-01-01'), (698, timestamp 'infinity', date 'infinity'), (699, '-infinity', '-infinity'), (700, NULL, NULL)) v (i, reading, day);
SELECT segments.register_profile_source('local', 'ByReading', 'record_id', time_column => 'at', time_zone => 'Europe/Oslo') > 0 AND
    segments.register_profile_source('local_2', 'ByDay', 'record_id', time_column => 'day', time_zone => 'America/New_York') > 0 AND
    segments.register_profile_source('local_3', 'BySecond', 'record_id', time_column => 'seconds', time_unit => 's') > 0 AS registered;
SELECT name, time_zone, time_unit FROM segments.interaction_catalog(true) WHERE kind = 'profile source' ORDER BY name;
CALL segments.refresh();
CREATE FUNCTION window_differences() RETURNS TABLE (definition text, ours bigint, theirs bigint) LANGUAGE plpgsql AS $$
DECLARE
    zone CONSTANT text := (SELECT time_zone FROM segments.interaction_type WHERE name = 'ByReading');
    instant timestamptz;
    source record;
    clause text;
    condition text;
BEGIN
    FOR instant IN SELECT edge + i * interval '10 minutes' + shift FROM unnest('{2026-03-28 22:00+00,2025-10-25 22:00+00,2026-03-08 04:00+00,2026-03-09 03:00+00,2026-01-01 00:00+00}'::timestamptz[]) edge, generate_series(0, 24, 2) i,
        unnest('{0,-1 microsecond,1 microsecond}'::interval[]) shift LOOP
        FOR source IN VALUES ('ByReading', 'local', format('at AT TIME ZONE %L', zone)), ('ByDay', 'local_2', 'CASE WHEN day < ''200000-01-01'' OR NOT isfinite(day) THEN day::timestamp AT TIME ZONE ''America/New_York'' END'),
            ('BySecond', 'local_3', 'to_timestamp(seconds)') LOOP
            FOR clause, condition IN VALUES ('since %1$L', '>= %1$L AND %2$s <= now()'), ('before %1$L', '< %1$L AND isfinite(%2$s)'), ('from %1$L to %3$L', '>= %1$L AND %2$s < %3$L') LOOP
                definition := source.column1 || ' ' || format(clause, instant, '', instant + interval '65 minutes');
                ours := segments.segment_count(definition::segments.definition);
                EXECUTE format('SELECT count(DISTINCT profile_id) FROM %I JOIN profile USING (record_id) WHERE %s ' || format(condition, instant, source.column3, instant + interval '65 minutes'), source.column2, source.column3) INTO theirs;
                IF ours IS DISTINCT FROM theirs THEN
                    RETURN NEXT;
                END IF;
            END LOOP;
        END LOOP;
    END LOOP;
END
$$;
SELECT * FROM window_differences();
SELECT segments.segment_count('ByReading'), segments.segment_count('ByDay'), segments.segment_count('ByReading.at >= ''2026-03-29 02:30''');
-- Nothing has to be read again.
SELECT segments.alter_interaction('ByReading', time_zone => 'America/New_York');
SELECT * FROM window_differences();

-- A zone that the server knows no more, as another server may: the type is frozen, nobody who writes is stopped, and no row is lost.
CREATE TABLE moved (record_id text, at timestamp);
INSERT INTO moved VALUES ('r1', '2026-03-01 10:00'), ('r2', '2026-03-02 10:00');
SELECT segments.register_interaction('moved', 'Moved', 'at', 'record_id', time_zone => 'UTC') > 0 AS registered;
CALL segments.refresh();
UPDATE segments.interaction_type SET time_zone = 'Middle/Earth' WHERE name IN ('Moved', 'ByReading');
ALTER TABLE moved SET (fillfactor = 90);
DELETE FROM moved WHERE record_id = 'r2';
UPDATE moved SET at = at + interval '1 day';
INSERT INTO moved VALUES ('s1', '2026-03-03');
CALL segments.refresh();
SET client_min_messages = error;  -- warnings say since when
SELECT segments.segment_count('Moved'), segments.segment_count('Moved since ''2026-03-02''');
RESET client_min_messages;
SELECT count(*) FROM segments.timeline('p1', '{Moved}');
SELECT segments.segment_count('ByReading since ''2026-03-02''');
SELECT segments.alter_interaction('Moved', time_zone => 'UTC'), segments.alter_interaction('ByReading', time_zone => 'UTC');
CALL segments.refresh();
SELECT ARRAY(SELECT segments.profiles(segments.segment_eval('Moved since ''2026-03-02 10:00 UTC'''))), segments.segment_count('Moved') = (SELECT count(*) FROM moved) AS all_there;
