-- Drafts, active and inactive segments; copies, descriptions, tags, zones, versions.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE opened (record_id text, occurred_at timestamptz, label text);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 20) i;
INSERT INTO opened SELECT 'r' || i, '2026-01-01 22:30', 'x' FROM generate_series(1, 8) i;
CREATE VIEW lives AS SELECT name, lifecycle, state, members, as_of IS NOT NULL AS has_as_of FROM segments.segment_overview ORDER BY name;

-- A draft: saved and checked, also before the first refresh; not run, whoever asks.
SELECT segments.create_segment('draft', 'Opened', state => 'draft');
SELECT segments.create_segment('wrong', 'Opned', state => 'draft');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.create_segment('wrong', 'Opened', state => 'sketch');
\echo :LAST_ERROR_SQLSTATE
CALL segments.refresh();
TABLE lives;
SELECT segments.run_segment('draft');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.members('draft');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM segments.member;
SELECT segments.count_segment('draft'), segments.count_segment('draft', '2025-01-01');
SELECT text, members FROM segments.explain_segment('draft');
SELECT segments.update_segment('draft', 'Opened and not Opened at least 2') IS NULL AS not_run;

-- Active: run at once, and with refreshes.
SELECT segments.set_segment_state('draft', 'active');
INSERT INTO opened SELECT 'r' || i, '2026-01-01 22:30', 'x' FROM generate_series(9, 10) i;
CALL segments.refresh();
TABLE lives;

-- Inactive: it keeps its members as of its last run.
SELECT segments.set_segment_state('draft', 'inactive');
CREATE TABLE before AS SELECT * FROM segments.segment_overview;
INSERT INTO opened SELECT 'r' || i, '2026-01-01 22:30', 'x' FROM generate_series(11, 12) i;
CALL segments.refresh();
TABLE lives;
SELECT as_of = (SELECT as_of FROM before) AS as_before, (SELECT count(*) FROM segments.member) AS members, next_run FROM segments.segment_overview;
SELECT count(*) FROM segments.refresh_log WHERE part_kind = 'segment' AND part_name = 'draft';
SELECT segments.run_segment('draft');
\echo :LAST_ERROR_SQLSTATE
-- Members follow their profiles.
UPDATE mapping SET profile_id = 'p2' WHERE record_id = 'r1';
CALL segments.refresh();
SELECT profile_id FROM segments.member WHERE profile_id IN ('p1', 'p2');
SELECT members FROM lives;
UPDATE mapping SET profile_id = 'p1' WHERE record_id = 'r1';

-- And back.
SELECT segments.set_segment_state('draft', 'active', run => false) IS NULL AS not_run;
TABLE lives;
CALL segments.refresh();
TABLE lives;
SELECT segments.set_segment_state('draft', 'draft');
TABLE lives;
SELECT count(*) FROM segments.member;
SELECT count(*) FROM segments.membership WHERE to_refresh = 9223372036854775807;
CALL segments.refresh();
TABLE lives;
SELECT segments.set_segment_state('draft', 'active');
SELECT segments.set_segment_state('draft', 'gone');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.set_segment_state('nobody', 'active');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.set_segment_state('draft', NULL);
\echo :LAST_ERROR_SQLSTATE
BEGIN;
SELECT segments.set_segment_state('draft', 'draft');
ROLLBACK;
TABLE lives;

-- Descriptions and tags.
SELECT segments.describe_segment('draft', 'Who opened once; für den Newsletter.'), segments.set_segment_tags('draft', '{spring,"a, b",spring,Ärzte}');
SELECT description, tags FROM segments.segment_overview;
SELECT segments.set_segment_tags('draft', '{x,NULL}');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.set_segment_tags('draft', ARRAY[repeat('x', 256)]);
\echo :LAST_ERROR_SQLSTATE
SELECT segments.describe_segment('draft', repeat('x', 10001));
\echo :LAST_ERROR_SQLSTATE

-- A copy: definition, zone, schedule, description and tags.
SELECT segments.set_segment_schedule('draft', 'manual') IS NULL AS no_refresh_is_scheduled;
SELECT segments.copy_segment('draft', 'copy'), segments.copy_segment('draft', 'copy as draft', state => 'draft') IS NULL AS not_run;
SELECT name, definition, lifecycle, schedule, description, tags, version, members FROM segments.segment_overview ORDER BY name;
SELECT segments.copy_segment('draft', 'copy');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.copy_segment('draft', '*');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.describe_segment('copy', ''), segments.set_segment_tags('copy', NULL), segments.drop_segment('copy as draft');
SELECT name, description, tags FROM segments.segment_overview ORDER BY name;

-- Zones: on the 1st at 22:30 it is the 2nd in Tokyo.
SELECT segments.update_segment('copy', 'Opened since ''2026-01-02 00:00''');
SELECT segments.set_segment_time_zone('copy', 'Asia/Tokyo');
SELECT time_zone, members FROM segments.segment_overview WHERE name = 'copy';
SELECT segments.count_segment('copy'), segments.segment_count('Opened since ''2026-01-02 00:00''');
SELECT segments.set_segment_time_zone('copy', 'Mars/Olympus');
\echo :LAST_ERROR_SQLSTATE

-- Versions, and the way back.
SELECT segments.update_segment('copy', 'Opened since ''2026-01-02 00:00'''), segments.update_segment('copy', 'all', run => false) IS NULL AS not_run;
SELECT version, definition, time_zone, saved_by = current_user AS by_me, change, is_current FROM segments.segment_versions WHERE segment = 'copy' ORDER BY version;
SELECT segments.restore_segment('copy', 3);
SELECT segments.restore_segment('copy', 2);
SELECT version, definition, time_zone, change FROM segments.segment_versions WHERE segment = 'copy' AND is_current;
SELECT segments.restore_segment('copy', 7);
\echo :LAST_ERROR_SQLSTATE
SELECT segments.restore_segment('copy', NULL);
\echo :LAST_ERROR_SQLSTATE
-- What cannot be restored leaves everything as it was.
SELECT segments.update_segment('copy', 'Opened where label = ''x''');
SELECT segments.update_segment('copy', 'all');
ALTER TABLE opened DROP COLUMN label;
SELECT segments.restore_segment('copy', 7);
\echo :LAST_ERROR_SQLSTATE
SELECT version, definition FROM segments.segment_versions WHERE segment = 'copy' AND is_current;
-- The newest 100.
SELECT count(segments.update_segment('copy', ('Opened at least ' || n)::segments.definition, run => false)) FROM generate_series(2, 120) n;
SELECT count(*), min(version), max(version) FROM segments.segment_versions WHERE segment = 'copy';

-- None but the one in force.
SELECT segments.forget_versions('copy'), (SELECT count(*) FROM segments.segment_versions WHERE segment = 'copy');
SELECT version, is_current FROM segments.segment_versions WHERE segment = 'copy';

-- Who may: the owner.  Readers see what it is for, not what it says.
CREATE ROLE segments_test_life;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments TO segments_test_life;
SELECT segments.grant_members('draft', 'segments_test_life');
SET ROLE segments_test_life;
SELECT name, lifecycle, lifecycle_since IS NOT NULL AS since, description, tags, version, definition FROM segments.segment_overview;
SELECT count(*) FROM segments.segment_versions;
SELECT count(*) FROM segments.segment_version;
\echo :LAST_ERROR_SQLSTATE
DO $$
DECLARE statement text;
BEGIN
    FOREACH statement IN ARRAY ARRAY['set_segment_state(%L, ''draft'')', 'copy_segment(%L, ''mine'')', 'describe_segment(%L, ''mine'')',
        'set_segment_tags(%L, ''{mine}'')', 'set_segment_time_zone(%L, ''UTC'')', 'restore_segment(%L, 1)', 'forget_versions(%L)', 'count_segment(%L)', 'explain_segment(%L)']
    LOOP
        FOR i IN 1 .. 2 LOOP
            BEGIN
                EXECUTE format('SELECT segments.' || statement, CASE i WHEN 1 THEN 'draft' ELSE 'copy' END);
                RAISE WARNING '% is allowed', statement;
            EXCEPTION WHEN insufficient_privilege OR undefined_object THEN
                IF SQLSTATE <> (ARRAY['42501', '42704'])[i] THEN RAISE WARNING '%: %', statement, SQLSTATE; END IF;
            END;
        END LOOP;
    END LOOP;
END
$$;
RESET ROLE;
-- A draft of somebody's is evaluated with the owner's privileges.
SELECT segments.set_segment_owner('draft', 'segments_test_life'), segments.set_segment_state('draft', 'draft') IS NULL AS draft;
SELECT segments.count_segment('draft');
\echo :LAST_ERROR_SQLSTATE
GRANT SELECT ON opened TO segments_test_life;
SELECT segments.count_segment('draft');
SELECT segments.drop_segment('draft'), segments.drop_segment('copy');
SELECT count(*) FROM segments.segment_version;
DROP OWNED BY segments_test_life;
DROP ROLE segments_test_life;
