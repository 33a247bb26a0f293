-- Hints of questions, of what owners changed and of limits, followed to the letter: what failed succeeds then, and nothing is lost.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
CREATE TABLE opened (record_id text, occurred_at timestamptz, label text);
CREATE TABLE mapping (record_id text, profile_id text);
SELECT segments.register_unification('mapping', record_type => 'contact');
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id', stamp => 'default');
INSERT INTO mapping SELECT 'r' || n, 'p' || n / 2 FROM generate_series(1, 9) n;
INSERT INTO opened SELECT 'r' || n, '2026-01-01', 'x' FROM generate_series(1, 5) n;
CALL segments.refresh();

\echo -- definitions
SELECT fails($$ SELECT segments.segment_count('Opened having count < 0') $$);
SELECT segments.segment_count('Opened never');
SELECT fails($$ SELECT segments.segment_count('Opened between 5 and 2 times') $$);
SELECT segments.segment_count('Opened between 2 and 5 times');
SELECT fails($$ SELECT segments.segment_count('Opened /* never closed') $$);
SELECT segments.segment_count('Opened /* never closed */');

SELECT fails($$ SELECT segments.segment_count('Opened since ''today'' at 6am') $$);
SELECT fails($$ SELECT segments.segment_count('Opened since ''today'' 12 AM') $$);
SELECT fails($$ SELECT segments.segment_count('Opened since ''today'' at 12PM') $$);
SELECT fails($$ SELECT segments.segment_count('Opened since ''today'' at 13pm') $$);
SELECT fails($$ SELECT segments.segment_count('Opened since ''today'' at ''06:00''') $$);
SELECT fails($$ SELECT segments.segment_count('Opened since ''6am''') $$);
SELECT fails($$ SELECT segments.segment_count('Opened since ''6:30 PM''') $$);
SELECT segments.segment_count('Opened since ''today 06:00'''), segments.segment_count('Opened since ''today 12:00''');
SELECT segments.segment_count('Opened since ''2026-01-01'' at least 1 time');

\echo -- wrappers and cursors
SELECT fails($$ CREATE SERVER segments_test_server FOREIGN DATA WRAPPER segments_member OPTIONS (speed 'high') $$);
CREATE SERVER segments_test_server FOREIGN DATA WRAPPER segments_member;
DROP SERVER segments_test_server;
SELECT segments.create_segment('openers', 'Opened') > 0;
SELECT fails($$ SELECT * FROM segments.changes_since('openers', 'yesterday') $$);
SELECT count(*), max(next_cursor) AS cursor FROM segments.changes_since('openers', NULL) \gset
SELECT :count, (SELECT count(*) FROM segments.changes_since('openers', :'cursor'));

\echo -- names
SELECT fails($$ SELECT segments.register_record_type('') $$);
SELECT segments.register_record_type('shopper');
SELECT fails($$ SELECT segments.create_interaction_tables('public', '{Qqqqqqqqqqqqq}') $$);
SELECT count(*) > 0 FROM segments.builtin_interaction_type WHERE name = 'EmailOpened';
SELECT count(*) FROM segments.create_interaction_tables('public', '{EmailOpened}');

\echo -- a key column that was renamed: who writes is told, and so is the refresh
ALTER TABLE opened RENAME record_id TO contact_id;
SELECT fails($$ DELETE FROM opened WHERE contact_id = 'r5' $$);
SELECT segments.alter_interaction('Opened', record_id_column => 'contact_id');
DELETE FROM opened WHERE contact_id = 'r5';
CALL segments.refresh();
SELECT segments.segment_count('Opened'), (SELECT count(DISTINCT profile_id) FROM opened JOIN mapping ON record_id = contact_id);

\echo -- a stamp that was dropped or renamed: who writes is told
ALTER TABLE mapping RENAME segments_xid TO stamp;
SELECT fails($$ DELETE FROM mapping WHERE record_id = 'r9' $$);
ALTER TABLE mapping RENAME stamp TO segments_xid;
ALTER TABLE mapping DROP COLUMN segments_xid;
SELECT fails($$ DELETE FROM mapping WHERE record_id = 'r9' $$);
SELECT segments.reattach_source();
DELETE FROM mapping WHERE record_id = 'r9';
CREATE TABLE clicked (record_id text, occurred_at timestamptz, label text);
SELECT segments.register_interaction('clicked', 'Clicked', 'occurred_at', 'record_id') > 0;
INSERT INTO clicked SELECT 'r' || n, '2026-01-01', 'x' FROM generate_series(1, 5) n;
CALL segments.refresh();
ALTER TABLE clicked DROP COLUMN segments_xid;
SELECT fails($$ UPDATE clicked SET label = 'y' WHERE record_id = 'r1' $$);
SELECT segments.reattach_source('Clicked');
UPDATE clicked SET label = 'y' WHERE record_id = 'r1';
CALL segments.refresh();
SELECT segments.segment_count('Clicked where label = ''y'''), segments.segment_count('Clicked') = (SELECT count(DISTINCT profile_id) FROM clicked JOIN mapping USING (record_id));
SELECT segments.unregister_interaction('Clicked');

\echo -- a mapping that has children: neither hint can be "register these, too"
CREATE TABLE child () INHERITS (mapping);
SELECT fails($$ SELECT segments_internal.check_registered(0, NULL) $$);
ALTER TABLE public.child NO INHERIT public.mapping;
SELECT fails($$ SELECT segments_internal.check_registered(0, NULL) $$);
DROP TABLE child;

\echo -- a frozen type: why, and what was not run yet runs when it is mended
ALTER TABLE opened DISABLE TRIGGER segments_log_change;
\set VERBOSITY default
CALL segments.refresh();
SELECT fails($$ SELECT segments.create_segment('new', 'Opened at least 2 times') $$);
SELECT segments.create_segment('new', 'Opened at least 2 times', run => false) > 0;
SELECT fails($$ SELECT segments.run_segment('new') $$);
SELECT part_reason FROM segments.refresh_log WHERE is_published AND part_name = 'Opened';
ALTER TABLE opened ENABLE ALWAYS TRIGGER segments_log_change;
CALL segments.refresh();
SELECT segments.cardinality(segments.members('new')), segments.segment_count('Opened');

\echo -- rows stamped by another server
ALTER TABLE opened DISABLE TRIGGER USER;
INSERT INTO opened VALUES ('r6', '2026-01-01', 'x', '999999999999');
ALTER TABLE opened ENABLE ALWAYS TRIGGER segments_log_change;
SELECT format('ALTER TABLE opened ENABLE ALWAYS TRIGGER %I', tgname) FROM pg_trigger
WHERE tgrelid = 'opened'::regclass AND tgfoid = 'segments.set_stamp'::regproc \gexec
CALL segments.refresh();
UPDATE public.opened SET segments_xid = NULL;
CALL segments.refresh();
SELECT segments.segment_count('Opened'), (SELECT count(DISTINCT profile_id) FROM opened JOIN mapping ON record_id = contact_id);

\echo -- a type whose table was swapped for another one: its name is taken until that is confirmed
CREATE ROLE segments_test_loader;
ALTER TABLE opened RENAME TO opened_before;
CREATE TABLE opened (contact_id text, occurred_at timestamptz, label text);
ALTER TABLE opened OWNER TO segments_test_loader;
INSERT INTO opened VALUES ('r8', '2026-01-01', 'x');
SELECT fails($$ SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'contact_id') $$);
SELECT segments.confirm_source('Opened');
CALL segments.refresh();
SELECT segments.segment_count('Opened');

\echo -- more failures than a refresh names
CREATE ROLE segments_test_saver;
GRANT SELECT ON opened TO segments_test_saver;
SELECT count(segments.create_segment('s' || n, 'Opened')) FROM generate_series(1, 12) n;
SELECT count(segments.set_segment_owner('s' || n, 'segments_test_saver')) FROM generate_series(1, 12) n;
REVOKE SELECT ON opened FROM segments_test_saver;
CALL segments.refresh();
SELECT count(*) FROM segments.refresh_log WHERE is_published AND part_state = 'failed';
GRANT SELECT ON opened TO segments_test_saver;
CALL segments.refresh();
SELECT count(*) FROM segments.refresh_log WHERE is_published AND part_state = 'failed';

\echo -- rows that a policy hides from who would drop them
ALTER TABLE opened ENABLE ROW LEVEL SECURITY;
SELECT segments.reattach_source('Opened', acknowledge_row_security => true);
GRANT SELECT, DELETE ON opened TO segments_test_saver;
SET ROLE segments_test_saver;
SELECT fails($$ SELECT segments.drop_interactions('Opened', '2026-06-01') $$);
SELECT fails($$ SELECT segments_internal.delete_interactions(1, '2026-06-01') $$);
RESET ROLE;
GRANT EXECUTE ON FUNCTION segments.drop_interactions(text, timestamptz, boolean) TO segments_test_saver;
SET ROLE segments_test_saver;
SELECT fails($$ SELECT segments.drop_interactions('Opened', '2026-06-01') $$);
RESET ROLE;
ALTER ROLE segments_test_saver BYPASSRLS;
SET ROLE segments_test_saver;
SELECT rows_deleted FROM segments.drop_interactions('Opened', '2026-06-01');
RESET ROLE;

\echo -- damaged ids of profiles
UPDATE segments.profile_ids SET ids = set_byte(ids, octet_length(ids) - 1, get_byte(ids, octet_length(ids) - 1) # 1);
SELECT fails($$ SELECT count(profile_id) FROM segments.profiles(segments.segment_eval('all')) profile_id $$);
SELECT fails($$ SELECT segments.forgotten('nobody') $$);
SELECT segments_internal.write_profile_ids();
SELECT count(profile_id) FROM segments.profiles(segments.segment_eval('all')) profile_id;
SELECT count(*) FROM segments.forgotten('nobody');

DROP TABLE opened, opened_before CASCADE;
DROP OWNED BY segments_test_saver, segments_test_loader;
SET client_min_messages = error;
DROP EXTENSION segments CASCADE;
DROP ROLE segments_test_saver, segments_test_loader;
