-- Labels of the enum of a type column that are renamed: the event has the new name, and who says the old one is told.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad', 'never');
CREATE TABLE felt (record_id text, at timestamptz, kind mood);
CREATE TABLE mapping (record_id text, profile_id text);
INSERT INTO mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 9) n;
INSERT INTO felt SELECT 'r' || n, '2026-01-01', (ARRAY['sad', 'ok', 'glad'])[1 + n % 3]::mood FROM generate_series(1, 8) n;
SELECT segments.register_events('felt', 'kind', 'at', 'record_id') > 0;
SELECT segments.register_unification('mapping');
CALL segments.refresh();
SELECT segments.create_segment('were sad', '"sad" at least 1') > 0;
CREATE VIEW counted AS
SELECT event.value, segments.segment_count(format('%s at least 1', '"' || event.name || '"')) AS segment,
       (SELECT count(DISTINCT record_id) FROM felt WHERE kind::text = event.value) AS sql
FROM segments.event_catalog event ORDER BY event.value;
TABLE counted;

\echo -- renamed: before the refresh, and after it
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
SELECT segments.segment_count('sad');
SELECT segments.segment_count('felt where kind = ''sad''');
SELECT segments.segment_count('blue');
CALL segments.refresh();
TABLE counted;
SELECT segments.segment_count('sad');
SELECT segments.run_segment('were sad');

\echo -- one takes the name of another
ALTER TYPE mood RENAME VALUE 'glad' TO 'merry';
ALTER TYPE mood RENAME VALUE 'ok' TO 'glad';
CALL segments.refresh();
TABLE counted;
CALL segments.refresh();

\echo -- a label that no row has is none; one that rows get is
UPDATE felt SET kind = 'never' WHERE record_id = 'r1';
CALL segments.refresh();
TABLE counted;

\echo -- nor does a label take over a name that saved segments lost
SELECT segments.create_segment('lost', 'merry at least 1') > 0;
SELECT segments.drop_event_type('felt', 'merry');
ALTER TYPE mood RENAME VALUE 'merry' TO 'other';
ALTER TYPE mood RENAME VALUE 'glad' TO 'merry';
CALL segments.refresh();
SELECT segments.segment_count('merry');
SELECT value, name, aliases FROM segments.event_catalog ORDER BY value;
SELECT segments.segment_count('"felt: merry"'), (SELECT count(DISTINCT record_id) FROM felt WHERE kind = 'merry');

\echo -- listed ones are whoever listed them to change
SELECT segments.unregister_interaction('felt');
SELECT segments.drop_segment('were sad'), segments.drop_segment('lost');
SELECT segments.register_events('felt', 'kind', 'at', 'record_id', event_types => '{blue}', names => '[{"value": "blue", "display_name": "Felt blue"}]') > 0;
CALL segments.refresh();
ALTER TYPE mood RENAME VALUE 'blue' TO 'down';
SELECT segments.segment_count('blue');
CALL segments.refresh();
SELECT segments.segment_count('blue'), segments.segment_count('down'), segments.segment_count('"Felt blue"');
SELECT value, name, display_name, aliases, is_listed FROM segments.event_catalog;
