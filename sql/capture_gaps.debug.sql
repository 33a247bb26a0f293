-- What happens to source tables while nobody watches: changes without triggers, types without rewrites, stamps of other servers.
SET client_min_messages = warning;
\set VERBOSITY terse
SET timezone = 'UTC';

CREATE TABLE visit (customer int, visited_at timestamptz, page text, seconds int) PARTITION BY RANGE (visited_at);
CREATE TABLE visit_2025 PARTITION OF visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE visit_2026 PARTITION OF visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
SELECT segments.register_interaction('visit', 'Visit', 'visited_at', 'customer');
CREATE TABLE mapping (record_id char(10), profile_id text NOT NULL) PARTITION BY LIST (profile_id);
CREATE TABLE mapping_p PARTITION OF mapping DEFAULT;
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT n, 'p' || n FROM generate_series(1, 50) n;
INSERT INTO visit SELECT n % 9 + 1, '2025-06-01'::timestamptz + n * interval '1 day', 'page ' || n % 3, n FROM generate_series(1, 400) n;
CALL segments.refresh();
SELECT count(*) FROM segments_internal.debug_compare('Visit');

-- A partition has no triggers while it is detached.
ALTER TABLE visit DETACH PARTITION visit_2025;
DELETE FROM visit_2025 WHERE customer = 3;
UPDATE visit_2025 SET page = 'new' WHERE customer = 4;
ALTER TABLE visit ATTACH PARTITION visit_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER TABLE mapping DETACH PARTITION mapping_p;
DELETE FROM mapping_p WHERE record_id = '4';
ALTER TABLE mapping ATTACH PARTITION mapping_p DEFAULT;
CALL segments.refresh();
SELECT count(*) FROM segments_internal.debug_compare('Visit');
SELECT segments.segment_count($$Visit where page = 'new'$$);

-- Triggers that are disabled; changes meanwhile are not lost.
ALTER TABLE visit DISABLE TRIGGER segments_keep_stamp;
UPDATE visit SET page = 'other' WHERE customer = 5;
CALL segments.refresh();
ALTER TABLE visit ENABLE ALWAYS TRIGGER segments_keep_stamp;
ALTER TABLE visit DISABLE TRIGGER segments_log_change;
DELETE FROM visit WHERE customer = 6;
CALL segments.refresh();
ALTER TABLE visit ENABLE ALWAYS TRIGGER segments_log_change;
ALTER TABLE mapping DISABLE TRIGGER segments_log_change;
CALL segments.refresh();
DELETE FROM mapping WHERE record_id = '5';
ALTER TABLE mapping ENABLE ALWAYS TRIGGER segments_log_change;
CALL segments.refresh();
SELECT count(*) FROM segments_internal.debug_compare('Visit');
SELECT segments.segment_count('Visit'), (SELECT count(DISTINCT profile_id) FROM visit JOIN mapping ON record_id::text = customer::text);

-- Record IDs of the type char(n), looked up one by one.
INSERT INTO visit VALUES (12, '2026-01-01', 'x'), (123, '2026-01-01', 'x');
UPDATE mapping SET profile_id = 'q12' WHERE record_id = '12';
INSERT INTO mapping VALUES ('123', 'q123');
CALL segments.refresh();
SELECT segments.segment_count($$Visit where page = 'x'$$);

-- Types that change without a rewrite: an int's values are kept as numbers, an oid's as bytes.
ALTER TABLE visit ALTER COLUMN seconds TYPE oid;
CALL segments.refresh();
SELECT count(*) FROM segments_internal.debug_compare('Visit');
ALTER TABLE visit ADD COLUMN width int;
UPDATE visit SET width = customer;
CALL segments.refresh();
ALTER TABLE visit ALTER COLUMN width TYPE oid;
CALL segments.refresh();
SELECT count(*) FROM segments_internal.debug_compare('Visit');
CALL segments.refresh();
SELECT rows_added, rows_removed FROM segments.refresh ORDER BY refresh_id DESC LIMIT 1;

-- What registration refuses is refused when it comes about later.
CREATE TABLE event (record_id text, occurred_at timestamptz, label text);
SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id', stamp => 'default');
ALTER TABLE event SET UNLOGGED;
CALL segments.refresh();
ALTER TABLE event SET LOGGED;
CREATE TABLE event_child () INHERITS (event);
CALL segments.refresh();
DROP TABLE event_child;
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE visit_far PARTITION OF visit FOR VALUES FROM ('2030-01-01') TO ('2031-01-01') SERVER nowhere;
CALL segments.refresh();
DROP FOREIGN DATA WRAPPER nowhere CASCADE;

-- Stamps as a restored dump brings them: numbers of transactions that this server has yet to see.
INSERT INTO event SELECT n % 40, '2026-01-01', 'label ' || n % 7 FROM generate_series(1, 500) n;
ALTER TABLE event DISABLE TRIGGER "~segments_keep_stamp";
ALTER TABLE event DISABLE TRIGGER segments_log_change;
UPDATE event SET segments_xid = (pg_current_xact_id()::text::int8 + 20 + length(label || record_id) * 40)::text::xid8;
ALTER TABLE event ENABLE ALWAYS TRIGGER "~segments_keep_stamp";
ALTER TABLE event ENABLE ALWAYS TRIGGER segments_log_change;
CALL segments.refresh();
SELECT count(*) FROM segments_internal.debug_compare('Event');
CREATE PROCEDURE pass_transactions(count int) LANGUAGE plpgsql AS
    $$ BEGIN FOR n IN 1 .. count LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$;
CALL pass_transactions(410);
DELETE FROM event WHERE label = 'label 4';
CALL segments.refresh();
SELECT count(*) FROM segments_internal.debug_compare('Event');
UPDATE event SET segments_xid = NULL;
CALL segments.refresh();
SELECT count(*) FROM segments_internal.debug_compare('Event');
CALL pass_transactions(100);
CALL segments.refresh();
SELECT count(*) FROM segments_internal.debug_compare('Event');
SELECT rows_added, rows_removed FROM segments.refresh ORDER BY refresh_id DESC LIMIT 1;
