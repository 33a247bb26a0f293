-- 10,000 segments: listed, granted, refreshed, renamed in, put to rest.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
CREATE TABLE opened (record_id text, occurred_at timestamptz, label text);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id') > 0 AS registered;
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 100) n;
INSERT INTO opened SELECT 'r' || n, '2026-01-01', 'x' || n % 10 FROM generate_series(1, 50) n;
CALL segments.refresh();
CREATE ROLE segments_test_many;
-- As create_segment saves them.
SET segments.max_segments_per_owner = 0;
INSERT INTO segments.segment (name, definition, time_zone)
SELECT 's' || n, format('Opened where label = ''x%s''', n % 10)::segments.definition, 'UTC' FROM generate_series(1, 9998) n;
INSERT INTO segments.segment_owner (segment_id, owner, owner_name) SELECT segment_id, 0, current_user FROM segments.segment;
DO $$ BEGIN PERFORM segments_internal.note_version(segment_id, current_user, 'created') FROM segments.segment; END $$;
SELECT segments.create_segment('s9999', 'Opened where label = ''x9'''), segments.create_segment('s10000', 'Opened where label = ''x0''', state => 'draft') IS NULL AS draft;
SELECT segments.grant_members('*', 'segments_test_many');
CALL segments.refresh();
SELECT state, lifecycle, count(*), sum(members) FROM segments.segment_overview GROUP BY 1, 2 ORDER BY 1;
SET ROLE segments_test_many;
SELECT count(*), sum(members), count(definition) FROM segments.segment_overview;
SELECT name, members FROM segments.segment_overview WHERE name IN ('s1', 's77', 's10000') ORDER BY name;
RESET ROLE;
-- So many are not compared; the hint: those that matter.
SELECT count(*) FROM segments.segment_overlap();
SELECT a, b, intersection FROM segments.segment_overlap('{s1,s11,s2}') ORDER BY a, b;
SELECT segments.alter_interaction('Opened', new_name => 'MailOpened', display_name => 'Mail opened');
SELECT version, min(definition), count(*) FROM segments.segment_overview GROUP BY 1;
SELECT count(*) FROM segments.segment_versions WHERE change = 'names of MailOpened';
UPDATE segments.segment SET lifecycle = 'inactive' WHERE name <> 's77';
DELETE FROM opened WHERE label = 'x7' AND record_id = 'r7';
CALL segments.refresh();
SELECT name, lifecycle, members FROM segments.segment_overview WHERE name IN ('s7', 's77') ORDER BY name;
SELECT segments.revoke_members('*', 'segments_test_many');
SELECT count(*) FROM segments.member_reader;
DROP ROLE segments_test_many;
