-- A record key or profile id that no index can hold never stops a refresh: its rows only count, and the mapping's map nothing.
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE TABLE event (record_type text, record_id text, occurred_at timestamptz, label text) PARTITION BY LIST (record_type);
CREATE TABLE event_contact PARTITION OF event FOR VALUES IN ('contact');
CREATE TABLE event_other PARTITION OF event DEFAULT;
CREATE TABLE mapping (record_type text, record_id text, profile_id text);
SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id', 'record_type');
SELECT segments.register_unification('mapping', record_type_column => 'record_type');
CREATE FUNCTION long_text(seed int, bytes int) RETURNS text LANGUAGE sql AS
    $$ SELECT left(string_agg(md5(seed || '-' || n), ''), bytes) FROM generate_series(0, bytes / 32) n $$;
CREATE VIEW counts AS SELECT total, linked, unlinked FROM segments.interaction_catalog(true);

-- The longest key that is possible counts; one more byte does not.
INSERT INTO event SELECT 'contact', n, '2026-01-01', 'plain' FROM generate_series(1, 5) n;
INSERT INTO event VALUES ('contact', long_text(1, 2493), '2026-01-01', 'longest'), ('contact', long_text(2, 2494), '2026-01-01', 'too long'),
    ('contact', long_text(3, 100000), '2026-01-01', 'too long'), (long_text(4, 2600), '1', '2026-01-01', 'long type'),
    ('contact', NULL, '2026-01-01', 'no record');
INSERT INTO mapping SELECT 'contact', n, 'p' || n FROM generate_series(1, 5) n;
INSERT INTO mapping VALUES ('contact', long_text(1, 2493), 'longest'), ('contact', long_text(5, 2600), 'p1');
CALL segments.refresh();
TABLE counts;
SELECT segments.segment_count('Event'), segments.segment_count('Event where label = ''longest''') AS longest,
       segments.segment_count('Event where label = ''too long''') AS too_long;

-- Added, updated and deleted, they are counted exactly, whether the leaf is read whole or by its changes.
INSERT INTO event SELECT 'contact', long_text(n, 3000), '2026-01-01', 'too long' FROM generate_series(10, 12) n;
CALL segments.refresh();
TABLE counts;
UPDATE event SET label = 'updated' WHERE record_id = long_text(10, 3000);
UPDATE event SET record_id = '4' WHERE record_id = long_text(11, 3000);
DELETE FROM event WHERE record_id = long_text(3, 100000);
DELETE FROM event WHERE label = 'long type';
UPDATE event SET record_id = long_text(13, 3000) WHERE record_id = '5';
CALL segments.refresh();
TABLE counts;
SELECT count(*), segments.segment_count('Event at least 2') AS twice, segments.segment_count('Event') AS any_time FROM event;
VACUUM FULL event_contact;
CALL segments.refresh();
TABLE counts;

-- Mapping rows that are too long map nothing, and are warned about: in the first mapping (above), in another …
SELECT segments.unregister_unification();
CREATE TABLE other_mapping (record_type text, record_id text, profile_id text);
INSERT INTO other_mapping SELECT 'contact', n, 'q' || n FROM generate_series(1, 5) n;
INSERT INTO other_mapping VALUES ('contact', long_text(2, 2494), 'q6'), ('contact', '7', long_text(7, 4000)), (long_text(8, 2600), '8', 'q8');
SELECT segments.register_unification('other_mapping', record_type_column => 'record_type');
\set VERBOSITY default
CALL segments.refresh();
\set VERBOSITY terse
SELECT segments.segment_count('all'), segments.segment_count('Event');
-- … among changes …
INSERT INTO other_mapping VALUES ('contact', long_text(10, 3000), 'q9'), ('contact', '10', 'q10');
CALL segments.refresh();
SELECT segments.segment_count('all');
CALL segments.refresh();
UPDATE other_mapping SET profile_id = long_text(11, 3000) WHERE record_id = '1';
UPDATE other_mapping SET record_id = long_text(12, 3000) WHERE record_id = '2';
CALL segments.refresh();
SELECT segments.segment_count('all'), segments.segment_count('Event');
UPDATE other_mapping SET profile_id = 'q1' WHERE record_id = '1';
CALL segments.refresh();
SELECT segments.segment_count('all'), segments.segment_count('Event');
-- … and where all is compared.
VACUUM FULL other_mapping;
CALL segments.refresh();
SELECT segments.segment_count('all'), segments.segment_count('Event');
DELETE FROM other_mapping WHERE octet_length(record_type) + octet_length(record_id) > 2500 OR octet_length(profile_id) > 2500;
CALL segments.refresh();
TRUNCATE event;
CALL segments.refresh();
SELECT * FROM counts;
