-- A table that is loaded anew and swapped in by renaming, as loaders do: its type follows the name if the table has the same owner and
-- the registered columns; else it freezes until confirm_source() says so.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_loader;
CREATE ROLE segments_test_stranger;
CREATE SCHEMA loaded;
GRANT ALL ON SCHEMA loaded TO segments_test_loader, segments_test_stranger;
SET ROLE segments_test_loader;
CREATE TABLE loaded.opened (record_id text, occurred_at timestamptz, label text, size int);
CREATE TABLE loaded.mapping (record_id text, profile_id text);
INSERT INTO loaded.opened SELECT 'r' || n % 5, '2026-01-01', 'old', n FROM generate_series(1, 20) n;
INSERT INTO loaded.mapping SELECT 'r' || n, 'p' || n FROM generate_series(0, 9) n;
RESET ROLE;
SELECT segments.register_interaction('loaded.opened', 'Opened', 'occurred_at', 'record_id', aliases => '{OpenedAlias}');
SELECT segments.register_unification('loaded.mapping', record_type => 'contact');
CALL segments.refresh();
SELECT segments.create_segment('openers', 'Opened where label = ''new''');

-- New table, two renames, drop.  Its columns have other numbers.
SET ROLE segments_test_loader;
CREATE TABLE loaded.opened_new (size int, label text, record_id text, occurred_at timestamptz);
INSERT INTO loaded.opened_new SELECT n, 'new', 'r' || n % 7, '2026-02-01' FROM generate_series(1, 30) n;
ALTER TABLE loaded.opened RENAME TO opened_old;
ALTER TABLE loaded.opened_new RENAME TO opened;
RESET ROLE;
CALL segments.refresh();
SELECT segments.segment_count('Opened where label = ''new'''), segments.segment_count('OpenedAlias where size = 30'), segments.segment_count('Opened before ''2026-01-15''');
SELECT name, state, members FROM segments.segment_overview;
DROP TABLE loaded.opened_old;
INSERT INTO loaded.opened VALUES (31, 'newer', 'r9', '2026-02-02');
DELETE FROM loaded.opened WHERE size = 30;
CALL segments.refresh();
SELECT segments.segment_count('Opened'), segments.segment_count('Opened where size = 30');
-- The drop comes before a refresh; a copy that has the stamp, but not as it must be; and the mapping likewise.
SET ROLE segments_test_loader;
CREATE TABLE loaded.opened_new AS SELECT * FROM loaded.opened WHERE size > 20;
DROP TABLE loaded.opened;
ALTER TABLE loaded.opened_new RENAME TO opened;
CREATE TABLE loaded.mapping_new (LIKE loaded.mapping INCLUDING ALL);
INSERT INTO loaded.mapping_new SELECT record_id, 'q' || record_id FROM loaded.mapping;
ALTER TABLE loaded.mapping RENAME TO mapping_old;
ALTER TABLE loaded.mapping_new RENAME TO mapping;
RESET ROLE;
\set VERBOSITY terse
CALL segments.refresh();
SELECT segments.segment_count('Opened') = (SELECT count(DISTINCT profile_id) FROM loaded.opened JOIN loaded.mapping USING (record_id)) AS is_exact;
SELECT * FROM segments.profiles(segments.segment_eval('all')) ORDER BY 1 LIMIT 3;

-- Somebody else's table, or one without a registered column, is not followed.
ALTER TABLE loaded.opened RENAME TO opened_old;
SET ROLE segments_test_stranger;
CREATE TABLE loaded.opened (record_id text, occurred_at timestamptz);
INSERT INTO loaded.opened VALUES ('r1', '2026-03-01');
RESET ROLE;
\set VERBOSITY default
CALL segments.refresh();
\set VERBOSITY terse
GRANT EXECUTE ON FUNCTION segments.confirm_source(text) TO segments_test_loader;
SET ROLE segments_test_loader;
SELECT segments.confirm_source('Opened');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
REVOKE EXECUTE ON FUNCTION segments.confirm_source(text) FROM segments_test_loader;
SELECT segments.confirm_source();
\echo :LAST_ERROR_SQLSTATE
SELECT segments.confirm_source('opened');
CALL segments.refresh();
SELECT segments.segment_count('Opened'), segments.segment_count('Opened since ''2026-03-01''');
DROP TABLE loaded.opened;
CALL segments.refresh();
SET ROLE segments_test_stranger;
CREATE TABLE loaded.opened (record_id text, at timestamptz);
RESET ROLE;
CALL segments.refresh();
SELECT segments.confirm_source('Opened');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE loaded.opened RENAME at TO occurred_at;
CALL segments.refresh();
SELECT segments.segment_count('Opened');
-- Within a transaction a swap waits for the next refresh outside of one.
SET ROLE segments_test_stranger;
CREATE TABLE loaded.opened_new (record_id text, occurred_at timestamptz);
INSERT INTO loaded.opened_new VALUES ('r1', '2026-03-01'), ('r2', '2026-03-01');
DROP TABLE loaded.opened;
ALTER TABLE loaded.opened_new RENAME TO opened;
RESET ROLE;
BEGIN;
CALL segments.refresh();
COMMIT;
CALL segments.refresh();
SELECT segments.segment_count('Opened');
-- A table that was renamed and nothing more goes on.
ALTER TABLE loaded.opened RENAME TO opens;
INSERT INTO loaded.opens VALUES ('r3', '2026-03-01');
CALL segments.refresh();
SELECT segments.segment_count('Opened');
SET client_min_messages = error;
SELECT segments.detach_all();
DROP SCHEMA loaded CASCADE;
DROP ROLE segments_test_loader, segments_test_stranger;
