-- Numbers of the history, of segments and of types are given again when their sequences have come round; and a history that cannot
-- be written costs its segment's history, not the refresh.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
CREATE TABLE opened (record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id') > 0;
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 60) i;
INSERT INTO opened SELECT 'r' || i, '2026-01-01' FROM generate_series(1, 40) i;
CALL segments.refresh();
SELECT segments.create_segment('s', 'Opened') > 0;
-- Whether what a segment's history tells is its members.
CREATE FUNCTION is_law(segment_name text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    told record;
    known text[] := '{}';
BEGIN
    FOR told IN SELECT * FROM segments.changes_since(segment_name) LOOP
        IF told.change IN ('entered', 'split') THEN
            IF told.profile_id = ANY (known) THEN RAISE '% entered twice', told.profile_id; END IF;
            known := known || told.profile_id;
        ELSE
            IF told.profile_id <> ALL (known) THEN RAISE '% % who was no member', told.profile_id, told.change; END IF;
            known := array_remove(known, told.profile_id);
        END IF;
        IF told.change = 'merged' AND told.other_profile_id <> ALL (known) THEN known := known || told.other_profile_id; END IF;
    END LOOP;
    RETURN (SELECT array_agg(id ORDER BY id) FROM unnest(known) id)
        IS NOT DISTINCT FROM (SELECT array_agg(profile_id ORDER BY profile_id) FROM segments.member WHERE segment = segment_name);
END $$;
CREATE FUNCTION sqlstate_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'succeeds';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

\echo -- the sequence comes round, and passes those that are taken
SELECT setval('segments.history_profile_number_seq', 2147483645) > 0;
INSERT INTO opened SELECT 'r' || i, '2026-01-01' FROM generate_series(41, 50) i;
CALL segments.refresh();
SELECT count(*), count(DISTINCT number), count(DISTINCT profile_id), max(number) FROM segments.history_profile;
SELECT string_agg(number::text, ' ' ORDER BY number) FROM segments.history_profile WHERE number > 40;
SELECT is_law('s');
DELETE FROM opened WHERE record_id IN ('r1', 'r45');
UPDATE mapping SET profile_id = 'p46' WHERE record_id = 'r47';
UPDATE mapping SET profile_id = 'new' WHERE record_id = 'r48';
CALL segments.refresh();
SELECT is_law('s'), count(*) FROM segments.member;
-- What is rolled back is given again.
SELECT setval('segments.history_profile_number_seq', 2147483645) > 0;
BEGIN;
SELECT segments.create_segment('t', 'not Opened') > 0;
SELECT count(*) FROM segments.history_profile WHERE number NOT BETWEEN 1 AND 2147483645;
ROLLBACK;
SELECT setval('segments.history_profile_number_seq', 2147483645) > 0;
SELECT segments.create_segment('t', 'not Opened') > 0;
SELECT count(*) FROM segments.history_profile WHERE number NOT BETWEEN 1 AND 2147483645;
SELECT is_law('s'), is_law('t');

\echo -- no number is free
ALTER TABLE segments.history_profile ALTER number SET MAXVALUE 20 RESTART;
SELECT next_cursor AS cursor FROM segments.changes_since('s') ORDER BY run_id DESC LIMIT 1 \gset
INSERT INTO mapping VALUES ('late', 'late');
INSERT INTO opened VALUES ('late', '2026-01-01');
CALL segments.refresh();
SELECT name, state, members, last_sqlstate, last_error FROM segments.segment_overview ORDER BY name;
SELECT count(*), count(*) FILTER (WHERE profile_id = 'late') FROM segments.member WHERE segment = 's';
SELECT state, part_state FROM segments.refresh_log WHERE part_name = 's' ORDER BY refresh_id DESC LIMIT 1;
SELECT count(*) FROM segments.changes_since('s');
SELECT sqlstate_of(format('SELECT segments.changes_since(%L, %L)', 's', :'cursor'));
SELECT is_law('t');
-- A run by hand likewise, and a segment that is carried and not evaluated.
SELECT segments.create_segment('u', 'Opened where occurred_at < ''2026-02-01''') > 0;
SELECT segments.set_segment_schedule('t', 'manual');
UPDATE mapping SET profile_id = 'renamed' WHERE record_id = 'r60';
CALL segments.refresh();
SELECT name, state, members, last_error FROM segments.segment_overview ORDER BY name;
SELECT segment, count(*), count(*) FILTER (WHERE profile_id = 'renamed') FROM segments.member GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM segments.changes_since('t');
-- When it can be written again, it begins with all members, also where they are the same.
ALTER TABLE segments.history_profile ALTER number SET MAXVALUE 2147483647;
CALL segments.refresh();
SELECT segments.run_segment('t');
SELECT is_law('s'), is_law('t'), is_law('u');
SELECT name, state, last_error FROM segments.segment_overview ORDER BY name;
UPDATE mapping SET profile_id = 'p2' WHERE record_id = 'r3';
DELETE FROM opened WHERE record_id = 'r4';
CALL segments.refresh();
SELECT is_law('s'), is_law('u');
SELECT array_agg(change ORDER BY profile_id) FROM segments.membership_change WHERE segment = 's' AND profile_id IN ('p3', 'p4') AND change <> 'entered';

\echo -- an error that may pass costs no history: the run fails, or the refresh, as with any other
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE 'a failure' USING ERRCODE = current_setting('test.failure');
END $$;
CREATE TRIGGER fail BEFORE INSERT ON segments.history_profile FOR EACH STATEMENT EXECUTE FUNCTION fail();
INSERT INTO mapping VALUES ('r61', 'p61');
INSERT INTO opened VALUES ('r61', '2026-01-01');
CREATE FUNCTION run_with(failure text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('test.failure', failure, true);
    RETURN sqlstate_of('SELECT segments.run_segment(''u'')');
END $$;
SET test.failure = '55P03';
SELECT (array_agg(next_cursor))[count(*)] AS cursor, count(*) AS changes FROM segments.changes_since('u') \gset
CALL segments.refresh();
SELECT name, state, members, last_sqlstate, last_error FROM segments.segment_overview WHERE name <> 't' ORDER BY name;
SELECT failure, run_with(failure) FROM unnest('{55P03,40001,40P01,53100,53200,53300,55000,58030,XX000,P0001}'::text[]) failure;
SELECT count(*) = :changes FROM segments.changes_since('u');
SELECT count(*) FROM segments.changes_since('u', :'cursor');
SELECT is_law('s'), is_law('u');
-- What stays costs it, when no run can be written.
BEGIN;
SELECT run_with('XX001');
SELECT count(*) FROM segments.changes_since('u');
ROLLBACK;
DROP TRIGGER fail ON segments.history_profile;
CALL segments.refresh();
SELECT profile_id, change FROM segments.changes_since('u', :'cursor');
SELECT is_law('s'), is_law('u');

\echo -- segments and types
SELECT setval('segments.segment_segment_id_seq', 2147483646) > 0;
SELECT count(segments.create_segment(name, 'all', false)) FROM unnest('{v,w,x}'::text[]) name;
SELECT name, segment_id FROM segments.segment ORDER BY segment_id;
SELECT setval('segments.interaction_type_type_id_seq', 2147483646) > 0;
CREATE TABLE a (record_id text, at timestamptz);
CREATE TABLE b (record_id text, at timestamptz);
SELECT segments.register_interaction('a', 'A', 'at', 'record_id'), segments.register_interaction('b', 'B', 'at', 'record_id');
INSERT INTO a VALUES ('r1', '2026-01-01');
INSERT INTO b VALUES ('r2', '2026-01-01');
CALL segments.refresh();
SELECT segments.profiles(segments.segment_eval('A')), segments.profiles(segments.segment_eval('B'));
