-- A column that is given another type is not tested before a refresh has read it anew.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE opened (record_id text, occurred_at timestamptz, label text, number int);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
INSERT INTO opened SELECT i, '2026-03-01', 'label ' || i, i FROM generate_series(1, 9) i;
INSERT INTO mapping SELECT i, i FROM generate_series(1, 9) i;
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
CALL segments.refresh();
ALTER TABLE opened ALTER label TYPE inet USING '10.0.0.1';
SELECT segments.segment_count('Opened where label >= ''10.0.0.1''');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('Opened where number > 5');
CALL segments.refresh();
SELECT segments.segment_count('Opened where label >= ''10.0.0.1''');
-- What rewrites a table without altering the column changes nothing before the next refresh.
VACUUM FULL opened;
SELECT segments.segment_count('Opened where label >= ''10.0.0.1''');
TRUNCATE opened;
SELECT segments.segment_count('Opened where label >= ''10.0.0.1''');
-- Nor is what the log has of such columns: values of another type are no stamps and no times.
INSERT INTO opened SELECT i, '2026-03-01', '10.0.0.1', i FROM generate_series(1, 9) i;
CALL segments.refresh();
ALTER TABLE opened DROP COLUMN segments_xid;
ALTER TABLE opened ADD COLUMN segments_xid text DEFAULT 'not a stamp';
UPDATE opened SET number = 0 WHERE record_id = '1';
SELECT count(*), count(stamp) AS stamps FROM segments.change_log;
ALTER TABLE opened ALTER occurred_at TYPE text;
DELETE FROM opened WHERE record_id = '2';
SELECT count(*), count(stamp) AS stamps FROM segments.change_log;
SET client_min_messages = error;
CALL segments.refresh();
SET client_min_messages = warning;
ALTER TABLE opened ALTER occurred_at TYPE timestamptz USING occurred_at::timestamptz, DROP COLUMN segments_xid;
SELECT segments.reattach_source('Opened');
CALL segments.refresh();
SELECT segments.segment_count('Opened'), segments.segment_count('Opened where number = 0');
SELECT segments.detach_all();
DROP TABLE opened, mapping;
