-- Interactions without a time: they never count in a definition, but they are a person's, and are erased with it; also while their type is frozen.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE TABLE opened (record_id text, occurred_at timestamptz, label text);
CREATE TABLE mapping (record_id text, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || n, 'p' || n / 2 FROM generate_series(0, 9) n;
INSERT INTO opened SELECT 'r' || n % 10, CASE WHEN n % 3 <> 0 THEN '2026-01-01'::timestamptz END, 'label ' || n FROM generate_series(0, 39) n;
INSERT INTO opened SELECT 'unlinked', NULL, 'x' FROM generate_series(1, 3);
CALL segments.refresh();
-- What is shown of a type, and what SQL says it is.
CREATE VIEW shown AS
SELECT c.total, c.linked, c.unlinked, s.total AS total_in_sql, s.linked AS linked_in_sql, segments.segment_count('Opened') AS counted,
    (SELECT count(DISTINCT profile_id) FROM opened JOIN mapping USING (record_id) WHERE occurred_at IS NOT NULL) AS counted_in_sql
FROM segments.interaction_catalog(true) c,
    (SELECT count(*) AS total, count(profile_id) FILTER (WHERE occurred_at IS NOT NULL) AS linked FROM opened LEFT JOIN mapping USING (record_id)) s;
TABLE shown;
SELECT count(*) FILTER (WHERE occurred_at IS NULL) AS without_time, count(*) AS rows FROM opened JOIN mapping USING (record_id) WHERE profile_id = 'p1';
SELECT records, interactions FROM segments.erase_profile('p1');
SELECT * FROM segments.forgotten('p1', '{{contact,r2},{contact,r3}}');
TABLE shown;

-- Frozen: rows that were read, and rows that came since.
CREATE TABLE child () INHERITS (opened);
INSERT INTO opened VALUES ('r4', NULL, 'came since'), ('r4', '2026-02-01', 'came since'), ('r6', NULL, 'came since');
UPDATE opened SET label = 'changed since' WHERE record_id = 'r5' AND occurred_at IS NULL;
CALL segments.refresh();
SELECT frozen FROM segments.refresh_status;
SET client_min_messages = error;
CREATE TABLE before AS TABLE shown;
SELECT segments.erase_profile('p2');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM opened JOIN mapping USING (record_id) WHERE profile_id = 'p2';
ALTER TABLE child NO INHERIT opened;
-- It can be erased from, and is frozen until the next refresh.
SELECT count(*) FILTER (WHERE occurred_at IS NULL) AS without_time, count(*) AS rows FROM opened JOIN mapping USING (record_id) WHERE profile_id = 'p2';
SELECT records, interactions FROM segments.erase_profile('p2');
SELECT * FROM segments.forgotten('p2', '{{contact,r4},{contact,r5}}', '{came since 4,changed since}');
SELECT frozen FROM segments.refresh_status;
-- One of the eight was changed since it was read.  What the log keeps of the old row is that there was one, so it counts until the next refresh.
SELECT b.total - s.total AS total, b.linked - s.linked AS linked, b.unlinked - s.unlinked AS unlinked FROM before b, shown s;
SET client_min_messages = warning;
CALL segments.refresh();
SELECT frozen FROM segments.refresh_status;
TABLE shown;
SELECT count(*) FROM segments.change_log;
