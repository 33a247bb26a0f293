-- Hints of saving, running, refreshing and erasing, followed to the letter: what failed succeeds then.  (Those of registration: hints.)
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
CREATE TABLE opened (record_id text, occurred_at timestamptz, label text);
CREATE TABLE mapping (record_id text, profile_id text);

\echo -- before anything is there
SELECT fails($$ SELECT segments.segment_count('all') $$);
CALL segments.refresh();
SELECT fails($$ SELECT segments.segment_count('all') $$);
SELECT segments.register_unification('mapping', record_type => 'contact');
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
INSERT INTO mapping SELECT 'r' || n, 'p' || n / 2 FROM generate_series(1, 9) n;
INSERT INTO opened SELECT 'r' || n, '2026-01-01', 'x' FROM generate_series(1, 5) n;
SELECT fails($$ SELECT segments.segment_count('Opened') $$);
CALL segments.refresh();
SELECT segments.segment_count('Opened');

\echo -- refreshes in transactions
BEGIN ISOLATION LEVEL REPEATABLE READ;
CALL segments.refresh();
ROLLBACK;
BEGIN;
INSERT INTO opened VALUES ('r6', '2026-01-01', 'x');
CALL segments.refresh();
ROLLBACK;
BEGIN;
CALL segments.refresh();
SELECT fails($$ SELECT segments.erase_profile('p4') $$);
COMMIT;
SELECT records FROM segments.erase_profile('p4');
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT segments.erase_profile('p3');
ROLLBACK;
SELECT records FROM segments.erase_profile('p3');
SELECT fails($$ SELECT segments.forgotten('p3', '{contact,r7}') $$);
SELECT count(*) FROM segments.forgotten('p3', records => '{{contact,r7},{contact,r6}}');

\echo -- constraints that wait
CREATE TABLE opened_key (id text PRIMARY KEY);
CREATE TABLE seen (id text REFERENCES opened_key DEFERRABLE INITIALLY DEFERRED);
INSERT INTO opened_key VALUES ('a');
BEGIN;
INSERT INTO seen VALUES ('a');
SELECT fails($$ SELECT segments.erase_profile('p9') $$);
SET CONSTRAINTS ALL IMMEDIATE;
SELECT profiles FROM segments.erase_profile('p9');
COMMIT;

\echo -- saved segments
SELECT segments.create_segment('openers', 'Opened', run => false);
SELECT fails($$ SELECT segments.members('openers') $$);
SELECT segments.run_segment('openers');
SELECT segments.cardinality(segments.members('openers'));
SELECT fails($$ SELECT segments.create_segment('openers', 'Opened where label = ''x''') $$);
SELECT segments.update_segment('openers', 'Opened where label = ''x''');
SELECT segments.create_segment('another name', 'Opened where label = ''x''');
SELECT fails($$ SELECT segments.run_segment('opener') $$);
-- Nothing is called so.
SELECT name FROM segments.segment_overview ORDER BY name;
SELECT fails($$ SELECT segments.create_segment('', 'all') $$);
SELECT fails($$ SELECT segments.create_segment('*', 'all') $$);
SELECT segments.create_segment('all of them', 'all') > 0;
SET segments.max_segments_per_owner = 3;
SELECT fails($$ SELECT segments.create_segment('one more', 'all') $$);
SELECT segments.drop_segment('all of them');
SELECT segments.create_segment('one more', 'all') > 0;
RESET segments.max_segments_per_owner;
SELECT fails($$ SELECT segments.set_segment_schedule('openers', 'every day at 06:00 in Nowhere/Land') $$);
SELECT count(*) > 300 FROM pg_timezone_names;
SELECT fails($$ SELECT segments.set_refresh_schedule('manual') $$);
SELECT segments.set_segment_schedule('openers', 'manual');
SELECT fails($$ SELECT segments.set_segment_state('openers', 'asleep') $$);
SELECT segments.set_segment_state('openers', 'inactive');
SELECT fails($$ SELECT segments.run_segment('openers') $$);
SELECT segments.set_segment_state('openers', 'active');
SELECT segments.run_segment('openers');

\echo -- owners and readers
CREATE ROLE segments_test_gone;
CREATE ROLE segments_test_stays;
GRANT SELECT ON opened TO segments_test_gone, segments_test_stays;
SELECT segments.set_segment_owner('one more', 'segments_test_gone');
SELECT segments.set_segment_owner('openers', 'segments_test_gone');
DROP OWNED BY segments_test_gone;
DROP ROLE segments_test_gone;
SELECT fails($$ SELECT segments.run_segment('openers') $$);
SELECT segments.set_segment_owner('openers', 'segments_test_stays');
SELECT segments.run_segment('openers');
SELECT fails($$ SELECT segments.grant_members('openers', 'segments_test_gone') $$);
SELECT segments.grant_members('openers', 'segments_test_stays');

\echo -- interactions that are dropped
SELECT fails($$ SELECT segments.drop_interactions('Opened', now() + interval '1 day') $$);
SELECT rows_deleted FROM segments.drop_interactions('Opened', now());
SELECT fails($$ SELECT segments.confirm_source('Opne') $$);

\echo -- record types and built-in types
SELECT fails(format('SELECT segments.register_record_type(%L)', repeat('x', 64)));
SELECT segments.register_record_type(repeat('x', 63));
SELECT fails($$ SELECT segments.create_interaction_tables('public', '{EmailOpend}') $$);
SELECT count(*) FROM segments.create_interaction_tables('public', '{EmailOpened}');

\echo -- sets and aggregates
SELECT fails($$ SELECT segments.profile_set(ARRAY[1, NULL, 2]) $$);
SELECT segments.profile_set(array_remove(ARRAY[1, NULL, 2], NULL));
SELECT fails($$ SELECT segments.to_array('{0-200000000}') $$);
SELECT count(*) FROM (SELECT segments.ordinals('{0-200000000}') LIMIT 10) AS first_ones;
SELECT fails($$ SELECT '{9-5}'::segments.profile_set $$);
SELECT '{5-9}'::segments.profile_set;
SELECT fails($$ SELECT '{4294967296}'::segments.profile_set $$);
SELECT '{4294967295}'::segments.profile_set;
SELECT fails($$ SELECT '\x01'::bytea::segments.profile_set $$);
SELECT '{1,5}'::segments.profile_set::bytea::segments.profile_set;
SELECT fails($$ SELECT segments.segment_agg(1, now(), now(), '-1 day', 1) $$);
SELECT segments.cardinality(segments.segment_agg(1, now(), now(), NULL, 1));
SELECT fails($$ SELECT segments.segment_agg(1, now(), now(), NULL, 0) $$);
SELECT segments.cardinality(segments.segment_agg(1, now(), now(), NULL, 1));
SELECT fails($$ SELECT segments.segment_agg(1, now(), now(), NULL, n) FROM generate_series(1, 2) n $$);
SELECT n, segments.cardinality(segments.segment_agg(1, now(), now(), NULL, n)) FROM generate_series(1, 2) n GROUP BY n ORDER BY n;
CREATE TABLE old_sets AS SELECT segments.segment_eval('all') AS members;

\echo -- a record that is mapped twice
INSERT INTO mapping VALUES ('r1', 'p77');
CALL segments.refresh();
DELETE FROM mapping WHERE profile_id = 'p77';
CREATE UNIQUE INDEX ON mapping (record_id);
CALL segments.refresh();
SELECT frozen FROM segments.refresh_status;

\echo -- rows of a table whose rules are in the way
CREATE TABLE ruled (record_id text, occurred_at timestamptz);
SELECT segments.register_interaction('ruled', 'Ruled', 'occurred_at', 'record_id');
INSERT INTO ruled VALUES ('r1', '2026-01-01');
CALL segments.refresh();
CREATE RULE elsewhere AS ON DELETE TO ruled DO INSTEAD DELETE FROM old_sets;
SELECT fails($$ SELECT segments.erase_profile('p0') $$);
ALTER TABLE public.ruled DISABLE RULE elsewhere;
SELECT interactions > 0 FROM segments.erase_profile('p0');
DROP OWNED BY segments_test_stays;
SET client_min_messages = error;
DROP EXTENSION segments CASCADE;
DROP ROLE segments_test_stays;
