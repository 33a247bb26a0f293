-- Hints of segments and their members, of their past, of views and of sets, followed to the letter: what failed succeeds then.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
CREATE TABLE opened (record_id text, occurred_at timestamptz, label text);
CREATE TABLE mapping (record_id text, profile_id int);
SELECT segments.register_unification('mapping', record_type => 'contact');
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id') > 0;
INSERT INTO mapping SELECT 'r' || n, n / 2 FROM generate_series(1, 9) n;
INSERT INTO opened SELECT 'r' || n, '2026-01-01', 'x' FROM generate_series(1, 5) n;
CALL segments.refresh();
SELECT segments.create_segment('openers', 'Opened');

\echo -- states, versions, lists
SELECT fails($$ SELECT segments.create_segment('draft', 'Opened', state => 'sketch') $$);
SELECT segments.create_segment('draft', 'Opened', state => 'draft') IS NULL;
SELECT fails($$ SELECT segments.run_segment('draft') $$);
SELECT segments.set_segment_state('draft', 'active');
SELECT fails($$ SELECT segments.set_segment_time_zone('draft', 'Mars/Olympus') $$);
SELECT count(*) > 300 FROM pg_timezone_names;
SELECT segments.set_segment_time_zone('draft', (SELECT name FROM pg_timezone_names WHERE name = 'Europe/Oslo'));
SELECT fails($$ SELECT segments.restore_segment('openers', 7) $$);
SELECT version FROM segments.segment_versions WHERE segment = 'openers';
SELECT segments.restore_segment('openers', 1);
SELECT fails($$ SELECT segments.copy_segment('openers', 'draft') $$);
SELECT segments.copy_segment('openers', 'copy') > 0;
SELECT fails($$ SELECT segments.unlist_members('openers', '{1}', 'exclusion') $$);
SELECT segments.unlist_members('openers', '{1}', 'exclude');
SELECT fails($$ SELECT segments.include_members('openers', '{007}') $$);
SELECT segments.include_members('openers', '{7}');
SELECT segments.create_static_segment('listed', '{1,2}') > 0;
SELECT fails($$ SELECT segments.update_segment('listed', 'Opened') $$);
SELECT segments.include_members('listed', '{3}'), segments.unlist_members('listed', '{1}', 'include');
SELECT segments.create_segment('defined', 'Opened') > 0;
SELECT fails($$ SELECT segments.create_snapshot('as of old', '{1,2}@000000000000cafe') $$);
SELECT segments.create_snapshot('as of old', segments.segment_eval('Opened')) > 0, segments.create_static_segment('of ids', '{1,2}') > 0;
SELECT fails($$ SELECT * FROM segments.segment_overlap('{openrs}') $$);
SELECT name FROM segments.segment_overview ORDER BY name COLLATE "C";
SELECT count(*) FROM segments.segment_overlap('{openers}');
SELECT count(*) FROM segments.segment_overlap('{openers,defined,listed}');

\echo -- references
SELECT segments.create_segment('one', 'segment ''openers''') > 0;
SELECT fails($$ SELECT segments.update_segment('openers', 'segment ''one''') $$);
SELECT segments.update_segment('one', 'all') > 0;
SELECT segments.update_segment('openers', 'segment ''one''') > 0;
SELECT segments.update_segment('openers', 'Opened') > 0;
SELECT fails($$ SELECT segments.segment_count('segment ''oneself''') $$);
SELECT segments.create_segment('two', 'segment ''one''') > 0;
SELECT fails($$ SELECT segments.drop_segment('one') $$);
SELECT segments.drop_segment('one', cascade => true);
SELECT fails($$ SELECT segments.run_segment('two') $$);
SELECT segments.update_segment('two', 'all') > 0;

\echo -- the past
SELECT count(*), max(next_cursor) AS cursor FROM segments.changes_since('two', NULL) \gset
SELECT fails(format('SELECT * FROM segments.changes_since(%L, %L)', 'openers', :'cursor'));
SELECT count(*) > 0 FROM segments.changes_since('openers', NULL);
SELECT fails($$ SELECT * FROM segments.membership_forecast('two', 400, '294276-12-01') $$);
SELECT count(*) FROM segments.membership_forecast('two', 2, '294276-12-01');
SELECT fails($$ SELECT * FROM segments.explain_member('two', '99') $$);
INSERT INTO mapping VALUES ('r99', 99);
CALL segments.refresh();
SELECT count(*) FROM segments.explain_member('two', '99');

\echo -- views
CREATE ROLE hints_of_segments;
CREATE ROLE hints_of_reader;
CREATE ROLE hints_of_heir;
CREATE SCHEMA reporting;
SELECT fails($$ SELECT segments.publish_segment('two', 'segments') $$);
SELECT segments.publish_segment('two', 'reporting');
SELECT fails($$ SELECT segments.publish_segment('two', 'reporting', 'again') $$);
SELECT segments.unpublish_segment('two');
SELECT segments.publish_segment('two', 'reporting', 'again');
GRANT SELECT ON opened, mapping TO hints_of_segments, hints_of_heir;
SELECT fails($$ SELECT segments.set_segment_owner('two', 'hints_of_segments') $$);
GRANT CREATE, USAGE ON SCHEMA reporting TO hints_of_segments;
SELECT segments.set_segment_owner('two', 'hints_of_segments');
SET client_min_messages = notice;
SELECT segments.grant_members('two', 'hints_of_reader');
GRANT USAGE ON SCHEMA reporting TO hints_of_reader;
SET ROLE hints_of_reader;
SELECT count(*) FROM reporting.again;
RESET ROLE;
SELECT segments.grant_members('two', 'hints_of_reader');
SET client_min_messages = warning;
CREATE VIEW read AS SELECT * FROM reporting.again;
SELECT fails($$ SELECT segments.set_segment_owner('two', 'hints_of_heir') $$);
GRANT CREATE, USAGE ON SCHEMA reporting TO hints_of_heir;
SELECT fails($$ SELECT segments.set_segment_owner('two', 'hints_of_heir') $$);
DROP VIEW read;
SELECT segments.set_segment_owner('two', 'hints_of_heir');
CREATE VIEW read AS SELECT * FROM reporting.again;
SELECT count(*) FROM read;
DROP VIEW read;
SELECT fails($$ SELECT segments.drop_segment('two') $$);
SELECT segments.drop_segment('two', cascade => true);

\echo -- rights of owners
GRANT CREATE ON SCHEMA public TO hints_of_segments;
ALTER TABLE opened OWNER TO hints_of_segments;
REVOKE ALL ON opened FROM hints_of_segments;
INSERT INTO mapping VALUES ('r50', 50);
CALL segments.refresh();
SELECT fails($$ SELECT * FROM segments.timeline('1', '{Opened}') $$);
GRANT SELECT ON TABLE public.opened TO hints_of_segments;
CALL segments.refresh();
SELECT count(*) FROM segments.timeline('1', '{Opened}');
SELECT fails($$ SELECT segments.erase_profile('1') $$);
GRANT UPDATE, DELETE ON TABLE public.opened TO hints_of_segments;
SELECT profiles FROM segments.erase_profile('1');
REVOKE USAGE ON SCHEMA public FROM hints_of_segments, PUBLIC;
SELECT fails($$ SELECT * FROM segments.timeline('2', '{Opened}') $$);
GRANT USAGE ON SCHEMA public TO hints_of_segments;
SELECT count(*) FROM segments.timeline('2', '{Opened}');
GRANT USAGE ON SCHEMA public TO PUBLIC;

\echo -- bytes of sets
SELECT fails($$ SELECT '\x01'::bytea::segments.profile_set $$);
SELECT '{1,5}'::segments.profile_set::bytea::segments.profile_set;

SET client_min_messages = error;
DROP EXTENSION segments CASCADE;
DROP SCHEMA reporting CASCADE;
DROP OWNED BY hints_of_segments, hints_of_reader, hints_of_heir CASCADE;
DROP ROLE hints_of_segments, hints_of_reader, hints_of_heir;
