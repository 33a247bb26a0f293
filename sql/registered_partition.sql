-- A registered table that is a partition of another registered one: its rows would count in one of the two types only, so the type of
-- the partitioned table is frozen until one of the two is undone.  What the hints say helps, in whatever order both were registered.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE mapping (record_id text, profile_id text);
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 20) i;
SELECT segments.register_unification('mapping', record_type => 'contact');
-- The whole before its part, and the part before its whole.
CREATE TABLE whole_1 (rid text, at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE whole_1_new PARTITION OF whole_1 FOR VALUES FROM ('2020-01-01') TO ('2030-01-01');
CREATE TABLE part_1 (rid text, at timestamptz);
CREATE TABLE whole_2 (LIKE whole_1) PARTITION BY RANGE (at);
CREATE TABLE whole_2_new PARTITION OF whole_2 FOR VALUES FROM ('2020-01-01') TO ('2030-01-01');
CREATE TABLE part_2 (LIKE part_1);
INSERT INTO whole_1 SELECT 'r' || i, '2026-03-01' FROM generate_series(1, 3) i;
INSERT INTO whole_2 SELECT 'r' || i, '2026-03-01' FROM generate_series(1, 3) i;
INSERT INTO part_1 SELECT 'r' || i, '2019-03-01' FROM generate_series(4, 9) i;
INSERT INTO part_2 SELECT 'r' || i, '2019-03-01' FROM generate_series(4, 9) i;
SELECT segments.register_interaction('whole_1', 'Whole1', 'at', 'rid') > 0, segments.register_interaction('part_1', 'Part1', 'at', 'rid') > 0,
       segments.register_interaction('part_2', 'Part2', 'at', 'rid') > 0, segments.register_interaction('whole_2', 'Whole2', 'at', 'rid') > 0;
CALL segments.refresh();
CREATE FUNCTION counted() RETURNS TABLE (type text, ours bigint, theirs bigint) LANGUAGE plpgsql AS $$
DECLARE
    known record;
BEGIN
    FOR known IN SELECT * FROM segments.interaction_type ORDER BY name LOOP
        type := known.name;
        ours := segments.segment_count(known.name);
        EXECUTE format('SELECT count(DISTINCT profile_id) FROM %s JOIN mapping ON rid = record_id', known.source) INTO theirs;
        RETURN NEXT;
    END LOOP;
END
$$;
SELECT * FROM counted();

ALTER TRIGGER segments_log_change ON part_1 RENAME TO log;
ALTER TRIGGER segments_keep_stamp ON part_1 RENAME TO keep;
ALTER TABLE whole_1 ATTACH PARTITION part_1 FOR VALUES FROM ('2010-01-01') TO ('2020-01-01');
ALTER TRIGGER segments_log_change ON part_2 RENAME TO log;
ALTER TRIGGER segments_keep_stamp ON part_2 RENAME TO keep;
ALTER TABLE whole_2 ATTACH PARTITION part_2 FOR VALUES FROM ('2010-01-01') TO ('2020-01-01');
INSERT INTO whole_1 VALUES ('r10', '2019-05-01'), ('r11', '2026-05-01');
DELETE FROM part_2 WHERE rid = 'r4';
CALL segments.refresh();
SELECT sqlstate, reason FROM segments.frozen_source ORDER BY type_id;
-- The part goes on.
SELECT segments.segment_count('Part1'), segments.segment_count('Part2');
SELECT segments.reattach_source('Whole1');
\echo :LAST_ERROR_SQLSTATE

-- The one is unregistered, the other detached.
SELECT segments.unregister_interaction('Part1');
ALTER TABLE public.whole_2 DETACH PARTITION public.part_2;
CALL segments.refresh();
SELECT frozen FROM segments.refresh_status;
SELECT * FROM counted();
-- What was the type's own has gone; changes are logged once.
SELECT tgname, tgparentid <> 0 AS of_whole FROM pg_trigger WHERE tgrelid = 'part_1'::regclass ORDER BY 1;
DELETE FROM part_1 WHERE rid = 'r5';
SELECT count(*) FROM segments.change_log WHERE leaf = 'part_1'::regclass;
UPDATE whole_1 SET rid = 'r12' WHERE rid = 'r6';
INSERT INTO part_2 VALUES ('r13', '2019-06-01');
DELETE FROM part_2 WHERE rid = 'r7';
CALL segments.refresh();
SELECT * FROM counted();

-- Nor is a table registered that has such a partition, also further below.
CREATE TABLE top (rid text, at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE middle PARTITION OF top FOR VALUES FROM ('2000-01-01') TO ('2020-01-01') PARTITION BY RANGE (at);
ALTER TABLE top ADD COLUMN segments_xid xid8 GENERATED ALWAYS AS (segments.xact_stamp()) STORED;
ALTER TABLE middle ATTACH PARTITION part_2 FOR VALUES FROM ('2010-01-01') TO ('2020-01-01');
SELECT segments.register_interaction('top', 'Top', 'at', 'rid');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.detach_all();
SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE relnamespace = 'public'::regnamespace;
SELECT attrelid::regclass FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE attname = 'segments_xid' AND NOT attisdropped AND relnamespace = 'public'::regnamespace;
