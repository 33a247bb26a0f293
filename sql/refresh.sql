-- The refresh as a whole: what it refuses, what it publishes, that repeating it costs nothing, that failing it changes nothing.
SET client_min_messages = warning;
\set VERBOSITY terse

CREATE TABLE event (record_id text, occurred_at timestamptz, label text);
SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
CREATE TABLE mapping (record_id text, profile_id text NOT NULL);
SELECT segments.register_unification('mapping');
INSERT INTO mapping SELECT n, 'p' || n / 2 FROM generate_series(1, 2000) n;
INSERT INTO event SELECT (n * n) % 2500, '2026-01-01'::timestamptz + n * interval '3 min', 'label ' || n % 20 FROM generate_series(1, 20000) n;

-- Refused in a transaction that has written, or that sees an older state than the newest.
BEGIN;
CREATE TEMPORARY TABLE written ON COMMIT DROP AS SELECT 1;
CALL segments.refresh();
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
CALL segments.refresh();
ROLLBACK;
SELECT count(*) FROM segments.refresh;

-- Inside a transaction that has only read it works, and is undone with it.
BEGIN;
SELECT count(*) > 0 FROM event;
CALL segments.refresh();
SELECT segments.segment_count($$Event where label = 'label 3'$$) > 0;
ROLLBACK;
SELECT count(*) FROM segments.published;
SELECT count(*) FROM segments.fragment;

CALL segments.refresh();
SELECT state, rows_added, rows_removed, finished_at >= started_at, data_through IS NOT NULL FROM segments.refresh;
CREATE FUNCTION expected(condition text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    result bigint;
BEGIN
    EXECUTE 'SELECT count(DISTINCT profile_id) FROM event JOIN mapping USING (record_id) WHERE ' || condition INTO result;
    RETURN result;
END
$$;
SELECT segments.segment_count($$Event where label = 'label 4'$$) = expected($$label = 'label 4'$$);

-- Refreshing again writes nothing but its own row.
CREATE TABLE before AS SELECT (SELECT count(*) FROM segments.fragment) AS fragments, (SELECT count(*) FROM segments.tile) AS tiles;
CALL segments.refresh();
CALL segments.refresh();
SELECT fragments = (SELECT count(*) FROM segments.fragment), tiles = (SELECT count(*) FROM segments.tile) FROM before;
SELECT rows_added, rows_removed, records_added, fragments_written FROM segments.refresh ORDER BY refresh_id DESC LIMIT 1;

-- A failing refresh leaves everything as it was; the next one completes.
INSERT INTO event VALUES ('1', '2026-02-01', 'new');
INSERT INTO mapping VALUES ('1', 'another');
CALL segments.refresh();
SET client_min_messages = error;
SELECT segments.segment_count($$Event where label = 'new'$$);
DELETE FROM mapping WHERE profile_id = 'another';
SET statement_timeout = '1ms';
CALL segments.refresh();
RESET statement_timeout;
SELECT segments.segment_count($$Event where label = 'new'$$);
CALL segments.refresh();
SET client_min_messages = warning;
SELECT segments.segment_count($$Event where label = 'new'$$);

-- Records that are unified later count from the next refresh on; so do their deletions.
INSERT INTO mapping VALUES ('2100', 'late');
CALL segments.refresh();
SELECT segments.segment_count($$Event$$) = expected('true');
DELETE FROM mapping WHERE record_id = '2100';
CALL segments.refresh();
SELECT segments.segment_count($$Event$$) = expected('true');

-- Records of one profile in different tiles: rows follow their record, deletions find them.
INSERT INTO event SELECT 'x' || n, '2026-03-01', 'bulk' FROM generate_series(1, 150000) n;
INSERT INTO mapping SELECT 'x' || n, 'x' || n FROM generate_series(1, 150000) n;
CALL segments.refresh();
SELECT count(DISTINCT first_tile) > 1 FROM segments.fragment;
UPDATE mapping SET profile_id = 'p1' WHERE record_id IN ('x140000', 'x149999', 'x100');
CALL segments.refresh();
SELECT segments.segment_count($$Event where label = 'bulk'$$) = expected($$label = 'bulk'$$);
SELECT segments.segment_count($$Event where label = 'bulk' at least 3$$);
DELETE FROM event WHERE record_id = 'x149999';
CALL segments.refresh();
SELECT segments.segment_count($$Event where label = 'bulk' at least 3$$);
SELECT segments.segment_count($$Event where label = 'bulk' at least 2$$);

-- Many small refreshes leave few fragments.
DO $$
BEGIN
    FOR n IN 1 .. 200 LOOP
        INSERT INTO event SELECT (n * 7 + k) % 2000, '2026-04-01'::timestamptz + n * interval '1 min', 'small' FROM generate_series(1, 10) k;
        COMMIT;
        CALL segments.refresh();
        COMMIT;
    END LOOP;
END
$$;
SELECT segments.segment_count($$Event where label = 'small' at least 2$$) = (
    SELECT count(*) FROM (SELECT profile_id FROM event JOIN mapping USING (record_id) WHERE label = 'small'
                          GROUP BY profile_id HAVING count(*) >= 2) p);
SELECT count(DISTINCT fragment_id) < 40 AS few_fragments FROM segments.fragment WHERE to_refresh > 100000;
SELECT count(*) < 100 AS garbage_is_collected FROM segments.fragment WHERE to_refresh < 100000;

-- Sources that cannot be captured.
ALTER TABLE event ENABLE ROW LEVEL SECURITY;
CALL segments.refresh();
ALTER TABLE event DISABLE ROW LEVEL SECURITY;
ALTER TABLE event DISABLE TRIGGER segments_log_change;
CALL segments.refresh();
ALTER TABLE event ENABLE ALWAYS TRIGGER segments_log_change;
CALL segments.refresh();

-- Only who may.
CREATE ROLE refresh_nobody;
SET ROLE refresh_nobody;
CALL segments.refresh();
RESET ROLE;
GRANT EXECUTE ON PROCEDURE segments.refresh() TO refresh_nobody;
SET ROLE refresh_nobody;
CALL segments.refresh();
SELECT current_user, current_setting('search_path');
RESET ROLE;
REVOKE ALL ON PROCEDURE segments.refresh() FROM refresh_nobody;
DROP ROLE refresh_nobody;
SELECT count(*) FROM segments.fragment f WHERE from_refresh > (SELECT refresh_id FROM segments.published);
