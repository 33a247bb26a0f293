-- Capture: after each refresh the fragments hold exactly the rows of the source tables (debug_compare returns differences).
SET client_min_messages = warning;
\set VERBOSITY terse
\set compare 'SELECT * FROM segments_internal.debug_compare(''Event'')'

CREATE TABLE event (record_type text, record_id varchar(40), occurred_at timestamptz, label text, amount numeric, flag boolean,
    day date, number float8, short char(5), id uuid, big int8);
SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id', 'record_type');
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT n, 'p' || n FROM generate_series(1, 50) n;

CREATE PROCEDURE add_rows(first int, last int) LANGUAGE sql AS $$
    INSERT INTO event (record_type, record_id, occurred_at, label, amount, flag, day, number, short, id, big)
    SELECT CASE WHEN n % 10 = 0 THEN 'lead' ELSE 'contact' END, n % 70,
           CASE n % 97 WHEN 0 THEN 'infinity' WHEN 1 THEN '-infinity' ELSE '2026-01-01'::timestamptz + n * interval '7 min' END,
           CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE repeat('x', n % 300) END,
           CASE n % 7 WHEN 0 THEN 'NaN' WHEN 1 THEN NULL ELSE (n % 13) * 1.50 END,
           n % 3 = 0, CASE n % 11 WHEN 0 THEN 'infinity' ELSE '2020-02-28'::date + n % 9 END,
           CASE n % 8 WHEN 0 THEN '-0' WHEN 1 THEN 'NaN' WHEN 2 THEN '-inf' ELSE n / 3.0 END,
           left(md5((n % 4)::text), n % 6), md5((n % 12)::text)::uuid, CASE n % 2 WHEN 0 THEN 9223372036854775807 - n END
    FROM generate_series(first, last) n;
$$;

-- A table without rows, then a first read of everything.
CALL segments.refresh();
:compare;
CALL add_rows(1, 1000);
CALL segments.refresh();
:compare;
SELECT count(*) FROM segments_internal.debug_fragment_rows(1);

-- Savepoints: rows of subtransactions carry the stamp of the whole; rolled-back ones never show.
BEGIN;
CALL add_rows(1001, 1010);
SAVEPOINT a;
CALL add_rows(1011, 1020);
ROLLBACK TO a;
SAVEPOINT b;
CALL add_rows(1021, 1030);
DELETE FROM event WHERE big = 9223372036854775807 - 1002;
RELEASE b;
DELETE FROM event WHERE big = 9223372036854775807 - 2;
SAVEPOINT c;
UPDATE event SET label = 'lost' WHERE record_id = '5';
ROLLBACK TO c;
COMMIT;
CALL segments.refresh();
:compare;
BEGIN;
CALL add_rows(1031, 1040);
DELETE FROM event WHERE record_id = '5';
ROLLBACK;
CALL segments.refresh();
:compare;
SELECT rows_added, rows_removed FROM segments.refresh ORDER BY refresh_id DESC LIMIT 1;

-- Updates, also twice between refreshes and of rows that came since; deletions of one of several equal rows.
UPDATE event SET label = 'first' WHERE record_id = '6';
UPDATE event SET label = 'second' WHERE record_id = '6';
UPDATE event SET record_id = '66' WHERE record_id = '7';
CALL add_rows(1, 30);
CALL add_rows(1, 30);
CALL segments.refresh();
:compare;
DELETE FROM event WHERE ctid IN (SELECT min(ctid) FROM event GROUP BY record_id, occurred_at HAVING count(*) > 1);
CALL add_rows(2001, 2010);
DELETE FROM event WHERE big = 9223372036854775807 - 2002;
CALL segments.refresh();
:compare;
SELECT count(*) FROM segments.change_log;

-- Rows with a null time or record only count; exact under update and deletion.
INSERT INTO event (record_type, record_id, occurred_at) VALUES
    (NULL, '1', now()), ('contact', NULL, now()), ('contact', '1', NULL), ('contact', '2', NULL);
CALL segments.refresh();
:compare;
SELECT unplaced_rows FROM segments.source_leaf WHERE leaf = 'event'::regclass;
UPDATE event SET occurred_at = '2026-03-01' WHERE occurred_at IS NULL AND record_id = '2';
DELETE FROM event WHERE record_type IS NULL;
CALL segments.refresh();
:compare;
SELECT unplaced_rows FROM segments.source_leaf WHERE leaf = 'event'::regclass;

-- Late rows: an old time, a new stamp.
INSERT INTO event (record_type, record_id, occurred_at, label) VALUES ('contact', '3', '1999-01-01', 'late');
CALL segments.refresh();
:compare;

-- A column with a default: old rows answer with the missing value, are found when they are deleted, and merge with new ones.
ALTER TABLE event ADD COLUMN channel text DEFAULT 'web';
CALL segments.refresh();
:compare;
CALL add_rows(3001, 3010);
UPDATE event SET channel = NULL WHERE record_id = '11';
DELETE FROM event WHERE record_id = '12';
ALTER TABLE event ALTER COLUMN channel SET DEFAULT 'app';
CALL add_rows(3011, 3020);
CALL segments.refresh();
:compare;
DO $$ BEGIN FOR n IN 1 .. 20 LOOP CALL add_rows(4000 + n, 4001 + n); COMMIT; CALL segments.refresh(); COMMIT; END LOOP; END $$;
:compare;

-- A dropped column; deletions of rows that still have it in fragments; a renamed one.
DELETE FROM event WHERE record_id = '13';
ALTER TABLE event DROP COLUMN label;
ALTER TABLE event RENAME COLUMN channel TO medium;
DELETE FROM event WHERE record_id = '14';
CALL segments.refresh();
:compare;
SELECT captured_by < 15 AS not_rebuilt FROM segments.source_leaf WHERE leaf = 'event'::regclass;
ALTER TABLE event ADD COLUMN label text;

-- Rewrites and truncation are seen as another file.
ALTER TABLE event ALTER COLUMN big TYPE numeric;
CALL segments.refresh();
:compare;
VACUUM FULL event;
DELETE FROM event WHERE record_id = '15';
CALL segments.refresh();
:compare;
BEGIN;
TRUNCATE event;
CALL add_rows(1, 20);
COMMIT;
CALL segments.refresh();
:compare;
SELECT count(*) FROM segments_internal.debug_fragment_rows(1);
TRUNCATE event;
CALL segments.refresh();
:compare;
SELECT count(*) FROM segments_internal.debug_fragment_rows(1);

-- More deletions than rows: the leaf is read whole.
CALL add_rows(1, 100);
CALL segments.refresh();
DELETE FROM event WHERE flag OR record_type = 'lead' OR number > 0;
CALL segments.refresh();
:compare;

-- Fragments that lost a row (as after a defect): the deletion is not found, and the leaf is rebuilt.
CALL add_rows(1, 300);
CALL segments.refresh();
DELETE FROM segments.fragment WHERE type_id = 1;
DELETE FROM event WHERE record_id = '9';
CALL segments.refresh();
:compare;

-- Partitions: numbered differently, attached with rows, detached, dropped, rows that move between them.
CREATE TABLE visit (customer int, visited_at timestamptz, page text, seconds int) PARTITION BY RANGE (visited_at);
CREATE TABLE visit_2025 PARTITION OF visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE visit_2026 (seconds int, dropped int, page text, visited_at timestamptz, customer int);
ALTER TABLE visit_2026 DROP COLUMN dropped;
ALTER TABLE visit ATTACH PARTITION visit_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
SELECT segments.register_interaction('visit', 'Visit', 'visited_at', 'customer');
\set compare 'SELECT * FROM segments_internal.debug_compare(''Visit'')'
INSERT INTO visit SELECT n % 9, '2025-06-01'::timestamptz + n * interval '1 day', 'page ' || n % 3, n FROM generate_series(1, 400) n;
CALL segments.refresh();
:compare;
UPDATE visit SET visited_at = visited_at + interval '1 year' WHERE seconds < 20;
DELETE FROM visit_2026 WHERE customer = 3;
INSERT INTO visit_2026 (customer, visited_at, page) VALUES (1, '2026-05-05', 'direct');
CALL segments.refresh();
:compare;
CREATE TABLE visit_2027 (LIKE visit INCLUDING GENERATED);
INSERT INTO visit_2027 SELECT n, '2027-02-02', 'page', n FROM generate_series(1, 50) n;
CALL segments.refresh();
ALTER TABLE visit ATTACH PARTITION visit_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
CALL segments.refresh();
:compare;
DELETE FROM visit WHERE customer > 40;
ALTER TABLE visit DETACH PARTITION visit_2025;
CALL segments.refresh();
:compare;
ALTER TABLE visit ATTACH PARTITION visit_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
DROP TABLE visit_2026;
CALL segments.refresh();
:compare;
ALTER TABLE visit ADD COLUMN kind text DEFAULT 'x';
DELETE FROM visit WHERE seconds = 30;
CALL segments.refresh();
:compare;

-- A stamp with a default: rows from before registration have none.
CREATE TABLE click (customer uuid, clicked_at timestamptz, link text);
INSERT INTO click SELECT md5(n::text)::uuid, '2026-01-01'::timestamptz + n * interval '1 hour', 'l' || n FROM generate_series(1, 50) n;
SELECT segments.register_interaction('click', 'Click', 'clicked_at', 'customer', stamp => 'default');
\set compare 'SELECT * FROM segments_internal.debug_compare(''Click'')'
CALL segments.refresh();
:compare;
UPDATE click SET link = 'changed' WHERE link LIKE 'l1%';
DELETE FROM click WHERE link = 'l2';
INSERT INTO click VALUES (md5('new')::uuid, '2026-02-02', 'new');
CALL segments.refresh();
:compare;

-- A log row is written by whoever may change the table; a table that is no longer registered logs nothing.
CREATE ROLE refresh_writer;
GRANT SELECT, UPDATE, DELETE ON click TO refresh_writer;
SET ROLE refresh_writer;
UPDATE click SET link = 'theirs' WHERE link = 'l3';
RESET ROLE;
SELECT count(*) FROM segments.change_log;
SET session_replication_role = replica;
DELETE FROM click WHERE link = 'l4';
RESET session_replication_role;
CALL segments.refresh();
:compare;
DROP OWNED BY refresh_writer;
DROP ROLE refresh_writer;
DROP TABLE click;
CALL segments.refresh();
SELECT count(*) > 0 AS is_kept FROM segments.fragment f JOIN segments.interaction_type t USING (type_id) WHERE t.name = 'Click' AND to_refresh > 1000000;
SELECT segments.unregister_interaction('Click');
CALL segments.refresh();

-- Nothing is left over.
SELECT count(*) FROM segments.change_log;
SELECT segments.unregister_interaction('Visit');
DELETE FROM visit;
SELECT count(*) FROM segments.change_log;
