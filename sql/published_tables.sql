-- A publication of all tables stops no refresh and no erasure: rows of each of the extension's tables can be told apart.
SET TimeZone = 'UTC';
SET client_min_messages = error;
\pset tuples_only on
\pset format unaligned
SELECT class.oid::regclass FROM pg_class class WHERE relnamespace IN ('segments'::regnamespace, 'segments_internal'::regnamespace) AND relkind IN ('r', 'p')
    AND (relreplident = 'n' OR relreplident = 'd' AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = class.oid AND indisprimary)) ORDER BY 1;
CREATE PUBLICATION segments_test_everything FOR ALL TABLES;
CREATE TABLE visited (id int PRIMARY KEY, record_id text, occurred_at timestamptz, page text);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('visited', 'Visited', 'occurred_at', 'record_id') > 0;
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || n, 'p' || n / 2 FROM generate_series(1, 20) n;
INSERT INTO visited SELECT n, 'r' || n % 25, timestamptz '2026-01-01' + n * interval '1 day', 'page ' || n % 3 FROM generate_series(1, 100) n;
CALL segments.refresh();
SELECT segments.create_segment('seen', 'Visited where page = ''page 1'' at least 2'), segments.create_static_segment('by hand', '{p1, p2, p3}');
SELECT segments.publish_segment('seen', 'public', 'seen');
UPDATE visited SET page = 'page 1' WHERE id % 5 = 0;
DELETE FROM visited WHERE id % 7 = 0;
UPDATE mapping SET profile_id = 'p9' WHERE record_id IN ('r1', 'r8');
DELETE FROM mapping WHERE record_id = 'r20';
CALL segments.refresh();
SELECT segments.update_segment('seen', 'Visited where page = ''page 1'''), segments.rename_segment('seen', 'has seen'), segments.unlist_members('by hand', '{p3}');
SELECT segments.alter_interaction('Visited', new_name => 'Came');
SELECT records > 0 FROM segments.erase_profile('p4');
TRUNCATE visited;
INSERT INTO visited VALUES (1, 'r2', '2026-01-01', 'page 1');
CALL segments.refresh();
CALL segments.refresh();
SELECT segment, profile_id FROM segments.member ORDER BY 1, 2;
SELECT segments.drop_segment('has seen', true), segments.drop_segment('by hand');
SELECT segments.unregister_interaction('Came');
SELECT segments.rebuild();
CALL segments.refresh();
DROP PUBLICATION segments_test_everything;
