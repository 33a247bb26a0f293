-- Columns of which names came to lead elsewhere, as where a sensitive one is renamed and a masked one put in its place: whoever may read
-- the new one is told nothing of the old one.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_masked;
CREATE SCHEMA masked;
GRANT USAGE ON SCHEMA masked TO segments_test_masked;
CREATE TABLE masked.mapping (record_id text, profile_id text);
INSERT INTO masked.mapping SELECT 'r' || i, 'secret profile ' || i FROM generate_series(1, 3) i;
CREATE TABLE masked.visit (id text, at timestamptz, kind text, doc jsonb) PARTITION BY RANGE (at);
-- A partition may number its columns otherwise.
CREATE TABLE masked.visit_1 (doc jsonb, kind text, at timestamptz, id text);
ALTER TABLE masked.visit ATTACH PARTITION masked.visit_1 DEFAULT;
INSERT INTO masked.visit SELECT 'r' || i, '2026-03-01', 'kind ' || i, jsonb_build_object('plan', 'secret ' || i) FROM generate_series(1, 3) i;
CREATE TABLE masked.person (id text, city text);
INSERT INTO masked.person SELECT 'r' || i, 'Oslo' FROM generate_series(1, 3) i;
SELECT segments.register_unification('masked.mapping', record_type => 'contact');
SELECT segments.register_interaction('masked.visit', 'Visit', 'at', 'id') > 0, segments.register_profile_source('masked.person', 'Person', 'id') > 0;
SELECT segments.add_json_field('Visit', 'doc.plan');
CALL segments.refresh();
SELECT segments.create_segment('first', 'Visit where kind = ''kind 1''');
SELECT count(*) FROM segments.segment_profile('first') WHERE field = 'doc.plan';

-- Members of documents.
GRANT SELECT (id, at, kind) ON masked.visit TO segments_test_masked;
SET ROLE segments_test_masked;
SELECT segments.segment_count('Visit where doc.plan = ''secret 1''');
SELECT * FROM segments.field_values('Visit', 'doc.plan');
RESET ROLE;
ALTER TABLE masked.visit RENAME doc TO real_doc;
ALTER TABLE masked.visit ADD doc jsonb;
GRANT SELECT (doc) ON masked.visit TO segments_test_masked;
SET ROLE segments_test_masked;
SELECT segments.segment_count('Visit where doc.plan = ''secret 1''');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.field_values('Visit', 'doc.plan');
\echo :LAST_ERROR_SQLSTATE
SELECT message FROM segments.check_definition('Visit where doc.plan = ''secret''');
SELECT offer FROM segments.complete_definition('Visit where doc.plan = ');
SELECT segments.segment_count('Visit where kind = ''kind 1''');
RESET ROLE;
SELECT count(*) FROM segments.segment_profile('first') WHERE field = 'doc.plan';
UPDATE masked.visit SET doc = '{"plan": "none"}' WHERE id = 'r1';
CALL segments.refresh();
SET ROLE segments_test_masked;
SELECT segments.segment_count('Visit where doc.plan = ''secret 1'''), segments.segment_count('Visit where doc.plan = ''none''');
SELECT value, interactions FROM segments.field_values('Visit', 'doc.plan');
RESET ROLE;
-- Under another name of the same column everything goes on.
ALTER TABLE masked.visit RENAME doc TO document;
SELECT segments.alter_interaction('Visit', fields => '[{"column": "document", "name": "doc"}]');
SELECT segments.segment_count('Visit where doc.plan = ''none''');

-- The id of a record, of interactions and of a profile source.
GRANT SELECT (city) ON masked.person TO segments_test_masked;
SET ROLE segments_test_masked;
SELECT segments.segment_count('Person.city = ''Oslo''');
RESET ROLE;
ALTER TABLE masked.person RENAME id TO real_id;
ALTER TABLE masked.person ADD id text;
ALTER TABLE masked.visit RENAME id TO real_id;
ALTER TABLE masked.visit ADD id text;
GRANT SELECT (id) ON masked.person TO segments_test_masked;
GRANT SELECT (id) ON masked.visit TO segments_test_masked;
SET ROLE segments_test_masked;
SELECT segments.segment_count('Person.city = ''Oslo''');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('Person where id = ''r2''');
SELECT segments.segment_count('Visit');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.field_values('Visit', 'kind');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
CALL segments.refresh();
SET ROLE segments_test_masked;
SELECT segments.segment_count('Person.city = ''Oslo'''), segments.segment_count('Visit');
RESET ROLE;
-- A partition that was taken off tells nothing of the others.
ALTER TABLE masked.visit DETACH PARTITION masked.visit_1;
SELECT segments.segment_count('Visit');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE masked.visit ATTACH PARTITION masked.visit_1 DEFAULT;
SELECT segments.segment_count('Visit');

-- Profile ids.
SET ROLE segments_test_masked;
SELECT * FROM segments.profiles(segments.segment_eval('all'));
RESET ROLE;
ALTER TABLE masked.mapping RENAME profile_id TO real_profile_id;
ALTER TABLE masked.mapping ADD profile_id text;
GRANT SELECT (record_id, profile_id) ON masked.mapping TO segments_test_masked;
SET ROLE segments_test_masked;
SELECT * FROM segments.profiles(segments.segment_eval('all'));
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.timeline('secret profile 1');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
UPDATE masked.mapping SET profile_id = 'pseudonym ' || record_id;
CALL segments.refresh();
SET ROLE segments_test_masked;
SELECT * FROM segments.profiles(segments.segment_eval('all')) ORDER BY 1;
RESET ROLE;

-- Values that are events: another column by the name, alter_events, and another table.  Those that have a name of their own, or were
-- listed, are shown.
CREATE TABLE masked.event (id text, at timestamptz, kind text, label text);
INSERT INTO masked.event SELECT 'r' || i, '2026-03-01', 'Secret ' || i, 'label ' || i FROM generate_series(1, 3) i;
GRANT SELECT (id, at) ON masked.event TO segments_test_masked;
SELECT segments.register_events('masked.event', 'kind', 'at', 'id', 'Event', names => '[{"value": "Secret 3", "display_name": "Third"}, {"value": "listed"}]') > 0;
CALL segments.refresh();
SET ROLE segments_test_masked;
SELECT value FROM segments.event_catalog;
RESET ROLE;
ALTER TABLE masked.event RENAME kind TO real_kind;
ALTER TABLE masked.event ADD kind text;
GRANT SELECT (kind) ON masked.event TO segments_test_masked;
CREATE VIEW masked.told WITH (security_invoker) AS
SELECT 'event' AS by, value COLLATE "C" AS told FROM segments.event_catalog UNION ALL SELECT 'found', name FROM segments.find('secret')
UNION ALL SELECT 'offered', offer FROM segments.complete_definition('Secr') UNION ALL SELECT 'hint', hint FROM segments.check_definition('"secret 11"');
GRANT SELECT ON masked.told TO segments_test_masked;

SET ROLE segments_test_masked;
SELECT * FROM masked.told ORDER BY 1, 2;
RESET ROLE;
UPDATE masked.event SET kind = 'Secret 2' WHERE id = 'r2';
CALL segments.refresh();
SET ROLE segments_test_masked;
SELECT * FROM masked.told ORDER BY 1, 2;
RESET ROLE;
SELECT value FROM segments.event_catalog ORDER BY value COLLATE "C";
GRANT SELECT (label) ON masked.event TO segments_test_masked;
SELECT segments.alter_events('Event', type_column => 'label');
SET ROLE segments_test_masked;
SELECT * FROM masked.told ORDER BY 1, 2;
RESET ROLE;
CALL segments.refresh();
SET ROLE segments_test_masked;
SELECT * FROM masked.told ORDER BY 1, 2;
RESET ROLE;
ALTER TABLE masked.event RENAME TO real_event;
CREATE TABLE masked.event (id text, at timestamptz, kind text, label text);
GRANT SELECT ON masked.event TO segments_test_masked;
INSERT INTO masked.event VALUES ('r1', '2026-03-01', 'k', 'label 2');
CALL segments.refresh();
SET ROLE segments_test_masked;
SELECT * FROM masked.told ORDER BY 1, 2;
RESET ROLE;
DROP VIEW masked.told;
-- What else tells of the mapping; and a refresh that reads it anew runs what was saved.
SELECT segments.unregister_unification();
CREATE TABLE masked.people (id text PRIMARY KEY, person text);
INSERT INTO masked.people VALUES ('r1', 'p1'), ('r2', 'p2');
SELECT segments.register_unification('masked.people', 'person', 'id', record_type => 'contact');
CALL segments.refresh();
GRANT SELECT ON masked.people TO segments_test_masked;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments TO segments_test_masked;
SET ROLE segments_test_masked;
SELECT segments.create_segment('one record', 'Event where id = ''r1'''), segments.create_segment('a bucket', 'bucket 0 to 9 of 10');
RESET ROLE;
VACUUM FULL masked.people;
INSERT INTO masked.people VALUES ('r3', 'p3');
CALL segments.refresh();
CREATE TABLE masked.copied AS TABLE masked.people;
TRUNCATE masked.people;
INSERT INTO masked.people SELECT id, person FROM masked.copied;
CALL segments.refresh();
SELECT name, state, members FROM segments.segment_overview ORDER BY name;
ALTER TABLE masked.people RENAME person TO real_person;
ALTER TABLE masked.people ADD person text DEFAULT 'somebody';
REVOKE SELECT ON masked.people FROM segments_test_masked;
GRANT SELECT (id, person) ON masked.people TO segments_test_masked;
SET ROLE segments_test_masked;
SELECT segments.segment_count('bucket 0 to 4 of 10');
SELECT segments.segment_count('Event where id = ''r1''');
SELECT count(*) FROM segments.unlinked_records();
RESET ROLE;
CALL segments.refresh();
SELECT name, state, members FROM segments.segment_overview ORDER BY name;
SELECT segments.drop_segment(name) FROM segments.segment_overview;
SELECT segments.detach_all();
DROP SCHEMA masked CASCADE;
DROP OWNED BY segments_test_masked;
DROP ROLE segments_test_masked;
