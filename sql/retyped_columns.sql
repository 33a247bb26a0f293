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
SELECT segments.detach_all();
DROP TABLE opened, mapping;
