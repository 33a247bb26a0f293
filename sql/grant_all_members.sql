-- grant_members('*', role): all segments of an owner, present and future.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE opened (record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id') > 0 AS registered;
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping VALUES ('r1', 'p1'), ('r2', 'p2');
INSERT INTO opened VALUES ('r1', '2026-01-01');
CALL segments.refresh();
CREATE ROLE segments_test_owner;
CREATE ROLE segments_test_other;
CREATE ROLE segments_test_bi;
CREATE ROLE "segments test ""späher""";
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments TO segments_test_owner, segments_test_other;
GRANT SELECT ON opened TO segments_test_owner, segments_test_other;
CREATE VIEW seen AS SELECT segment, profile_id FROM segments.member ORDER BY segment, profile_id;
GRANT SELECT ON seen TO PUBLIC;
SELECT segments.create_segment('of nobody else', 'all');

SET ROLE segments_test_owner;
SELECT segments.create_segment('before', 'Opened');
SELECT segments.grant_members('*', 'segments_test_bi');
SELECT segments.create_segment('after', 'all');
SELECT segments.copy_segment('before', 'copy', state => 'draft') IS NULL AS draft;
SET ROLE segments_test_other;
SELECT segments.create_segment('of the other', 'all');
SET ROLE segments_test_bi;
TABLE seen;
SELECT name, owner, lifecycle, members, definition FROM segments.segment_overview ORDER BY name;
SELECT segments.cardinality(segments.members('after'));

-- One is taken away; who is granted it by name reads it again.
SET ROLE segments_test_owner;
SELECT segments.revoke_members('before', 'segments_test_bi');
SET ROLE segments_test_bi;
SELECT DISTINCT segment FROM seen;
SET ROLE segments_test_owner;
SELECT segments.grant_members('before', 'segments_test_bi'), segments.drop_segment('copy');

-- A segment that gets another owner is granted by that one; what was granted by name stays.
RESET ROLE;
SELECT segments.set_segment_owner('before', 'segments_test_other'), segments.set_segment_owner('after', 'segments_test_other'),
       segments.set_segment_owner('of the other', 'segments_test_owner');
SET ROLE segments_test_bi;
SELECT DISTINCT segment FROM seen ORDER BY 1;

-- All are taken away, however they were granted; also from roles that are gone.
SET ROLE segments_test_other;
SELECT segments.grant_members('*', 'segments test "späher"'), segments.grant_members('*', 'public');
SET ROLE "segments test ""späher""";
SELECT DISTINCT segment FROM seen ORDER BY 1;
SET ROLE segments_test_other;
SELECT segments.revoke_members('*', 'public');
SELECT segments.revoke_members('*', 'segments_test_bi');
SET ROLE segments_test_bi;
SELECT DISTINCT segment FROM seen ORDER BY 1;
RESET ROLE;
DROP ROLE "segments test ""späher""";
SET ROLE segments_test_other;
SELECT segments.create_segment('later', 'all');
SELECT segments.revoke_members('*', 'segments test "späher"');
SELECT segments.revoke_members('*', 'segments test "späher"');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.grant_members('*', 'nobody of that name');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.create_segment('*', 'all');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.rename_segment('later', '*');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT owner_name, reader_name FROM segments.owner_reader ORDER BY 1, 2;
SELECT name, reader_name, of_all FROM segments.member_reader JOIN segments.segment USING (segment_id) ORDER BY 1, 2;
-- A role that was made anew under the owner's name has granted nothing.
SELECT count(segments.set_segment_owner(name, current_user)) FROM segments.segment_overview;
SELECT count(*) FROM segments.member_reader;
DROP OWNED BY segments_test_owner, segments_test_other, segments_test_bi;
DROP ROLE segments_test_owner;
CREATE ROLE segments_test_owner;
SELECT segments.set_segment_owner('after', 'segments_test_owner');
SELECT count(*) FROM segments.member_reader;
DROP ROLE segments_test_owner, segments_test_other, segments_test_bi;
