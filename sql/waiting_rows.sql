-- How much was written since the published refresh.
SET client_min_messages = warning;
CREATE TABLE event (record_id text, occurred_at timestamptz, number int) PARTITION BY LIST (number);
CREATE TABLE event_1 PARTITION OF event FOR VALUES IN (1);
CREATE TABLE event_2 PARTITION OF event FOR VALUES IN (2);
CREATE TABLE click (record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_id text, profile_id text NOT NULL);
INSERT INTO mapping VALUES ('a', 'p');
INSERT INTO event VALUES ('a', '2026-01-01', 1);
INSERT INTO click SELECT 'a', '2026-01-01' FROM generate_series(1, 3);
SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping');
-- Nothing was refreshed: everything waits.
SELECT * FROM segments.waiting_rows();
CALL segments.refresh();
SELECT * FROM segments.waiting_rows();
INSERT INTO event SELECT 'a', '2026-01-01', 1 + n % 2 FROM generate_series(1, 10) n;
INSERT INTO event VALUES ('unknown record', NULL, 1);
SELECT * FROM segments.waiting_rows();
-- An update writes a row, a deletion does not.
UPDATE event SET occurred_at = '2026-01-02' WHERE ctid = (SELECT min(ctid) FROM event_1) AND number = 1;
DELETE FROM event WHERE number = 2;
SELECT * FROM segments.waiting_rows();
-- A type that was registered since, with rows that have no stamp.
SELECT segments.register_interaction('click', 'Click', 'occurred_at', 'record_id', stamp => 'default');
SELECT * FROM segments.waiting_rows();
CALL segments.refresh();
INSERT INTO click VALUES ('a', '2026-01-03');
SELECT * FROM segments.waiting_rows();
-- What was rolled back never waits; what this transaction has written does.
BEGIN;
INSERT INTO event VALUES ('a', '2026-01-01', 1);
SELECT * FROM segments.waiting_rows();
ROLLBACK;
SELECT * FROM segments.waiting_rows();
-- Tables that one may not read, or that are gone.
CREATE ROLE waiting_rows_reader;
GRANT USAGE ON SCHEMA public TO waiting_rows_reader;
GRANT SELECT ON click TO waiting_rows_reader;
SET ROLE waiting_rows_reader;
SELECT * FROM segments.waiting_rows();
RESET ROLE;
-- Nor what lies in a schema that one may not use, or what row-level security can hide unless that was acknowledged.
CREATE FUNCTION state_of_click() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT rows FROM segments_internal.count_waiting_rows((SELECT type_id FROM segments.interaction_type WHERE name = 'Click')));
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
CREATE SCHEMA closed;
ALTER TABLE click SET SCHEMA closed;
SET ROLE waiting_rows_reader;
SELECT * FROM segments.waiting_rows();
SELECT state_of_click();
SELECT segments.segment_count('Click');
RESET ROLE;
ALTER TABLE closed.click SET SCHEMA public;
ALTER TABLE click ENABLE ROW LEVEL SECURITY;
SET ROLE waiting_rows_reader;
SELECT * FROM segments.waiting_rows();
SELECT state_of_click();
SELECT segments.segment_count('Click');
RESET ROLE;
SELECT segments.alter_interaction('Click', acknowledge_row_security => true);
SET ROLE waiting_rows_reader;
SELECT * FROM segments.waiting_rows();
SELECT segments.segment_count('Click');
RESET ROLE;
DROP TABLE event;
SELECT * FROM segments.waiting_rows();
DROP OWNED BY waiting_rows_reader;
DROP ROLE waiting_rows_reader;
