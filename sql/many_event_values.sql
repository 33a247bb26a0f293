-- More values in a type column than a refresh keeps in memory: as a column of ids has that was registered by mistake.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE action (id text, kind text, at timestamptz);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(0, 8) i;
INSERT INTO action SELECT 'r' || i % 9, 'k' || i % 5, '2026-01-01' FROM generate_series(1, 100) i;
SELECT segments.register_unification('mapping');
SELECT segments.register_events('action', 'kind', 'at', 'id', 'Action');
CALL segments.refresh();
INSERT INTO action SELECT 'r1', 'z' || i, '2026-01-02' FROM generate_series(1, 100500) i;
CALL segments.refresh();
SELECT waiting FROM segments.event_source;
SELECT segments.segment_count('k3'), segments.segment_count('Action at least 100500');
-- The next ones go on, with those that are types in front.
UPDATE action SET at = '2026-01-03' WHERE kind LIKE 'z1%';
CALL segments.refresh();
SELECT count(*) FROM segments.event_catalog;
SELECT segments.alter_events('Action', takes_new => false);
CALL segments.refresh();
SELECT segments.detach_all();
