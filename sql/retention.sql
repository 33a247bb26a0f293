-- Retention: dropping old interactions from tables with and without partitions.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE opened (record_id text, occurred_at timestamptz, label text);
CREATE TABLE bought (record_id text, bought_at timestamptz, region text) PARTITION BY RANGE (bought_at);
CREATE TABLE bought_2024 PARTITION OF bought FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (region);
CREATE TABLE bought_2024_north PARTITION OF bought_2024 FOR VALUES IN ('north');
CREATE TABLE bought_2024_south PARTITION OF bought_2024 FOR VALUES IN ('south');
CREATE TABLE bought_2025 PARTITION OF bought FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE bought_2026 PARTITION OF bought FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
CREATE TABLE bought_other PARTITION OF bought DEFAULT;
CREATE TABLE visited (record_id text, visited_at timestamptz, region text) PARTITION BY LIST (region);
CREATE TABLE visited_north PARTITION OF visited FOR VALUES IN ('north') PARTITION BY RANGE (visited_at);
CREATE TABLE visited_north_2024 PARTITION OF visited_north FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE visited_north_2025 PARTITION OF visited_north FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE visited_south PARTITION OF visited FOR VALUES IN ('south');
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_interaction('bought', 'Bought', 'bought_at', 'record_id');
SELECT segments.register_interaction('visited', 'Visited', 'visited_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 36) i;
INSERT INTO opened SELECT 'r' || i, timestamptz '2024-01-15' + i * interval '20 days', 'x' FROM generate_series(1, 36) i;
INSERT INTO opened VALUES ('r1', NULL, 'timeless'), ('r2', '-infinity', 'ancient'), ('r3', '2025-07-01', 'at the edge');
INSERT INTO bought SELECT 'r' || i, timestamptz '2024-01-15' + i * interval '20 days', CASE WHEN i % 2 = 0 THEN 'north' ELSE 'south' END FROM generate_series(1, 36) i;
INSERT INTO bought VALUES ('r4', '2023-06-01', 'north');
INSERT INTO visited SELECT record_id, bought_at, region FROM bought WHERE bought_at BETWEEN '2024-01-01' AND '2025-12-31';
CALL segments.refresh();
CREATE FUNCTION differing() RETURNS TABLE (question text, ours bigint, theirs bigint) LANGUAGE sql AS $$
    SELECT * FROM (
        VALUES ('Opened', segments.segment_count('Opened'), (SELECT count(DISTINCT record_id) FROM opened WHERE occurred_at IS NOT NULL)),
            ('Bought', segments.segment_count('Bought'), (SELECT count(DISTINCT record_id) FROM bought)),
            ('Visited', segments.segment_count('Visited'), (SELECT count(DISTINCT record_id) FROM visited)),
            ('Bought in 2025', segments.segment_count('Bought from ''2025-01-01'' to ''2026-01-01'''), (SELECT count(DISTINCT record_id) FROM bought WHERE bought_at >= '2025-01-01' AND bought_at < '2026-01-01')),
            ('Opened never', segments.segment_count('Opened never'), (SELECT count(*) FROM mapping m WHERE NOT EXISTS (SELECT FROM opened o WHERE o.record_id = m.record_id AND occurred_at IS NOT NULL)))) AS asked (question, ours, theirs)
    WHERE ours IS DISTINCT FROM theirs
$$;
SELECT * FROM differing();
SELECT text, note FROM segments.segment_explain('Opened and not Bought within last 30 days');

-- Rows, where there are no partitions by time: the edge and rows without a time stay.
SELECT * FROM segments.drop_interactions('opened', '2025-07-01');
SELECT min(occurred_at), count(*) FILTER (WHERE occurred_at IS NULL) AS timeless FROM opened;
-- Whole partitions, nested ones as one, and rows of the others.
SELECT * FROM segments.drop_interactions('Bought', '2025-07-01');
SELECT relid FROM pg_partition_tree('bought') ORDER BY relid::text;
SELECT * FROM segments.drop_interactions('Visited', '2025-01-01', detach => true);
SELECT relid FROM pg_partition_tree('visited') ORDER BY relid::text;
SELECT count(*) AS kept FROM visited_north_2024;
SELECT attname FROM pg_attribute WHERE attrelid = 'visited_north_2024'::regclass AND attname = 'segments_xid' AND NOT attisdropped;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'visited_north_2024'::regclass;
-- Fragments follow.
CALL segments.refresh();
SELECT * FROM differing();
SELECT count(*) AS older FROM segments.fragment WHERE to_refresh = 9223372036854775807 AND max_time < '2025-01-01';
-- Long windows say so, short ones do not.
SELECT node, text, note FROM segments.segment_explain('Opened or (Bought since ''2025-01-01'' and Visited from ''2025-02-01'' to ''2026-01-01'') or Opened within last 30 days', '2026-03-01');
SELECT node, note FROM segments.segment_explain('Bought between 20 and 500 days ago', '2026-03-01');
-- Never back; again and again.
SELECT * FROM segments.drop_interactions('Opened', '2025-01-01');
SELECT note FROM segments.segment_explain('Opened');
SELECT * FROM segments.drop_interactions('Opened', '2025-08-01');
SELECT note FROM segments.segment_explain('Opened');
CALL segments.refresh();
SELECT * FROM differing();

-- Who may, and what not.
SELECT segments.drop_interactions('Nothing', '2025-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.drop_interactions('Opened', now() + interval '1 day');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.drop_interactions('Opened', NULL);
\echo :LAST_ERROR_SQLSTATE
CREATE ROLE segments_test_retention;
SET ROLE segments_test_retention;
SELECT segments.drop_interactions('Opened', '2025-09-01');
RESET ROLE;
GRANT EXECUTE ON FUNCTION segments.drop_interactions(text, timestamptz, boolean) TO segments_test_retention;
SET ROLE segments_test_retention;
SELECT segments.drop_interactions('Opened', '2025-09-01');
RESET ROLE;
GRANT SELECT, DELETE ON opened TO segments_test_retention;
SET ROLE segments_test_retention;
SELECT * FROM segments.drop_interactions('Opened', '2025-09-01');
RESET ROLE;
-- A partition as a whole: by who has the rights of its owner.
CREATE ROLE segments_test_partition_owner;
CREATE TABLE parted (record_id text, at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE parted_2025 PARTITION OF parted FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE parted_2026 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
SELECT segments.register_interaction('parted', 'Parted', 'at', 'record_id') > 0 AS registered;
ALTER TABLE parted OWNER TO segments_test_partition_owner;
ALTER TABLE parted_2025 OWNER TO segments_test_partition_owner;
ALTER TABLE parted_2026 OWNER TO segments_test_partition_owner;
GRANT SELECT, DELETE ON parted TO segments_test_retention;
SET ROLE segments_test_retention;
SELECT segments.drop_interactions('Parted', '2026-01-01');
RESET ROLE;
GRANT segments_test_partition_owner TO segments_test_retention;
SET ROLE segments_test_retention;
SELECT partitions FROM segments.drop_interactions('Parted', '2026-01-01');
RESET ROLE;
-- Likewise where they are kept, and where a table is made ready to become one.
CREATE TABLE parted_2024 (record_id text, at timestamptz);
CREATE TABLE parted_2023 PARTITION OF parted FOR VALUES FROM ('2023-01-01') TO ('2024-01-01') PARTITION BY LIST (record_id);
CREATE TABLE parted_2023_any PARTITION OF parted_2023 DEFAULT;
ALTER TABLE parted_2024 OWNER TO segments_test_partition_owner;
ALTER TABLE parted_2023 OWNER TO segments_test_partition_owner;
ALTER TABLE parted_2023_any OWNER TO segments_test_partition_owner;
INSERT INTO parted VALUES ('r1', '2023-01-01'), ('r1', '2026-01-01');
REVOKE segments_test_partition_owner FROM segments_test_retention;
SET ROLE segments_test_retention;
SELECT segments.prepare_partition('parted_2024', 'parted');
SELECT segments.drop_interactions('Parted', '2026-01-01', detach => true);
RESET ROLE;
GRANT segments_test_partition_owner TO segments_test_retention;
SET ROLE segments_test_retention;
SELECT segments.prepare_partition('parted_2024', 'parted');
ALTER TABLE parted ATTACH PARTITION parted_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
SELECT * FROM segments.drop_interactions('Parted', '2026-01-01', detach => true);
RESET ROLE;
SELECT relid FROM pg_partition_tree('parted') ORDER BY relid::text;
SELECT count(*) FROM parted_2023;
SELECT attrelid::regclass FROM pg_attribute WHERE attrelid IN ('parted_2023'::regclass, 'parted_2023_any'::regclass, 'parted_2024'::regclass) AND attname = 'segments_xid' AND NOT attisdropped;
SELECT tgrelid::regclass FROM pg_trigger WHERE tgrelid IN ('parted_2023'::regclass, 'parted_2023_any'::regclass, 'parted_2024'::regclass);
-- What is registered stays so, and nothing is done for who may not call drop_interactions.
SET ROLE segments_test_retention;
SELECT segments_internal.release_partition('parted');
SELECT segments_internal.release_partition('parted_2026');
RESET ROLE;
SELECT attrelid::regclass FROM pg_attribute WHERE attrelid IN ('parted'::regclass, 'parted_2026'::regclass) AND attname = 'segments_xid' AND NOT attisdropped;
SET ROLE segments_test_partition_owner;
SELECT segments_internal.release_partition('parted_2024');
RESET ROLE;
SELECT segments.unregister_interaction('Parted');
DROP OWNED BY segments_test_retention, segments_test_partition_owner;
DROP ROLE segments_test_retention, segments_test_partition_owner;
CALL segments.refresh();
SELECT * FROM differing();
SELECT segments.unregister_interaction('Opened');
SELECT count(*) AS retentions FROM segments.retention;
