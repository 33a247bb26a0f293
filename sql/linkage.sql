-- A type none of whose interactions belongs to a profile is told, once a refresh; ids are told to those only who may read them.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never
CREATE TABLE opened (record_type text, record_id text, at timestamptz);
CREATE TABLE clicked (record_id uuid, at timestamptz);
CREATE TABLE visited (record_id text, at timestamptz);
CREATE TABLE mapping (record_id bigint PRIMARY KEY, profile_id text);
INSERT INTO mapping SELECT i, 'p' || i FROM generate_series(1, 5) i;
INSERT INTO opened SELECT 'Contact', i, '2026-01-01' FROM generate_series(1, 3) i;
INSERT INTO clicked SELECT ('00000000-0000-0000-0000-00000000000' || i)::uuid, '2026-01-01' FROM generate_series(1, 2) i;
INSERT INTO visited SELECT 'v' || i, '2026-01-01' FROM generate_series(1, 8) i;
INSERT INTO visited VALUES ('1', '2026-01-01');
SELECT segments.register_interaction('opened', 'Opened', 'at', 'record_id', 'record_type') > 0,
    segments.register_interaction('clicked', 'Clicked', 'at', 'record_id') > 0, segments.register_interaction('visited', 'Visited', 'at', 'record_id') > 0;
SELECT segments.register_unification('mapping', record_type => 'contact');
CALL segments.refresh();
-- Nothing new: nothing to say.
CALL segments.refresh();
INSERT INTO clicked VALUES (NULL, '2026-01-02'), ('00000000-0000-0000-0000-000000000009', '2026-01-01');
CALL segments.refresh();
-- As the hint says.
SELECT segments.alter_interaction('Opened', record_type => 'contact');
CALL segments.refresh();
SELECT segments.segment_count('Opened');

-- One that is linked is enough; when the last one is not any more, it is told.
DELETE FROM mapping WHERE record_id = 1;
CALL segments.refresh();

-- Who may refresh, but not read ids, is told counts.
CREATE ROLE segments_test_refresher;
GRANT EXECUTE ON PROCEDURE segments.refresh() TO segments_test_refresher;
GRANT SELECT ON clicked, visited TO segments_test_refresher;
INSERT INTO clicked VALUES ('00000000-0000-0000-0000-000000000007', '2026-01-01');
SET ROLE segments_test_refresher;
CALL segments.refresh();
RESET ROLE;
GRANT SELECT (record_id) ON mapping TO segments_test_refresher;
INSERT INTO clicked VALUES ('00000000-0000-0000-0000-000000000006', '2026-01-01');
SET ROLE segments_test_refresher;
CALL segments.refresh();
RESET ROLE;
SELECT count(*) FROM segments.refresh_log WHERE reason ~ '0000' OR part_reason ~ '0000';
-- Nor which record is mapped twice or is too long: counts only, until it may read all of the mapping; refresh_log has counts.
ALTER TABLE mapping DROP CONSTRAINT mapping_pkey;
ALTER TABLE mapping ALTER COLUMN record_id TYPE text;
INSERT INTO mapping VALUES ('2', 'another'), ('3', 'another');
SET ROLE segments_test_refresher;
CALL segments.refresh();
RESET ROLE;
CALL segments.refresh();
GRANT SELECT (profile_id) ON mapping TO segments_test_refresher;
SET ROLE segments_test_refresher;
CALL segments.refresh();
RESET ROLE;
SELECT DISTINCT reason, part_reason FROM segments.refresh_log WHERE part_state = 'frozen';
DELETE FROM mapping WHERE profile_id = 'another';
REVOKE SELECT (profile_id) ON mapping FROM segments_test_refresher;
INSERT INTO mapping VALUES (repeat('secret', 500), 'p');
SET ROLE segments_test_refresher;
CALL segments.refresh();
RESET ROLE;
-- An empty mapping is told for itself.
TRUNCATE mapping;
CALL segments.refresh();
DROP OWNED BY segments_test_refresher;
DROP ROLE segments_test_refresher;
