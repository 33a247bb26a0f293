-- How many partitions a source may have: one that has more freezes alone, before its partitions are locked.
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
SET client_min_messages = warning;
CREATE ROLE "Partition Limit";
CREATE SCHEMA partition_limit;
GRANT USAGE, CREATE ON SCHEMA partition_limit TO "Partition Limit";
SET ROLE "Partition Limit";
CREATE TABLE partition_limit.visit (record_id text, at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE partition_limit.early PARTITION OF partition_limit.visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY RANGE (at);
CREATE TABLE partition_limit.spring PARTITION OF partition_limit.early FOR VALUES FROM ('2025-01-01') TO ('2025-07-01');
CREATE TABLE partition_limit.autumn PARTITION OF partition_limit.early FOR VALUES FROM ('2025-07-01') TO ('2026-01-01');
CREATE TABLE partition_limit.late PARTITION OF partition_limit.visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO partition_limit.visit VALUES ('r1', '2025-02-01'), ('r2', '2026-02-01');
RESET ROLE;
CREATE TABLE partition_limit.opened (record_id text, at timestamptz);
INSERT INTO partition_limit.opened VALUES ('r1', '2026-01-01');
CREATE TABLE partition_limit.mapping (record_id text, profile_id text);
INSERT INTO partition_limit.mapping VALUES ('r1', 'p1'), ('r2', 'p2');
SELECT segments.register_unification('partition_limit.mapping'), segments.register_interaction('partition_limit.opened', 'Opened', 'at', 'record_id') > 0;
SET segments.max_partitions = 3;
SELECT segments.register_interaction('partition_limit.visit', 'Visit', 'at', 'record_id') > 0;
SET segments.max_partitions = 4;
SELECT segments.register_interaction('partition_limit.visit', 'Visit', 'at', 'record_id') > 0;
CALL segments.refresh();
SELECT segments.segment_count('Visit'), segments.segment_count('Opened');

\echo -- one more: its owner prepares it, whatever the role is called
SET ROLE "Partition Limit";
CREATE TABLE partition_limit.old (record_id text, at timestamptz);
SELECT segments.prepare_partition('partition_limit.old', 'partition_limit.visit');
ALTER TABLE partition_limit.visit ATTACH PARTITION partition_limit.old FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO partition_limit.visit VALUES ('r2', '2024-02-01');
RESET ROLE;
INSERT INTO partition_limit.opened VALUES ('r2', '2026-01-01');
CALL segments.refresh();
SET client_min_messages = error;
SELECT segments.segment_count('Visit at least 2 times'), segments.segment_count('Opened');
SET client_min_messages = warning;
SELECT segments.erase_profile('p1');
SELECT segments.reattach_source('Visit');
\echo -- nor is it followed under another name
ALTER TABLE partition_limit.opened RENAME TO opened_before;
ALTER TABLE partition_limit.visit RENAME TO opened;
CALL segments.refresh();
ALTER TABLE partition_limit.opened RENAME TO visit;
ALTER TABLE partition_limit.opened_before RENAME TO opened;
SET segments.max_partitions = 0;
CALL segments.refresh();
SELECT segments.segment_count('Visit at least 2 times'), segments.segment_count('Opened');
SELECT profiles, interactions FROM segments.erase_profile('p1');

\echo -- a limit is for superusers to set
SET ROLE "Partition Limit";
SET segments.max_partitions = 5;
RESET ROLE;

\echo -- an erasure reaches no table that is registered amid it: it says so, and nothing is erased
SET client_min_messages = error;
CREATE TABLE partition_limit.trap (record_id text, at timestamptz);
INSERT INTO partition_limit.trap VALUES ('r2', '2026-01-01');
CREATE ROLE partition_limit_trapper;
GRANT USAGE, CREATE ON SCHEMA partition_limit TO partition_limit_trapper;
GRANT EXECUTE ON FUNCTION segments.register_interaction TO partition_limit_trapper;
ALTER TABLE partition_limit.opened OWNER TO partition_limit_trapper;
ALTER TABLE partition_limit.trap OWNER TO partition_limit_trapper;
SET ROLE partition_limit_trapper;
CREATE FUNCTION partition_limit.register() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM segments.register_interaction('partition_limit.trap', 'Trap', 'at', 'record_id');
    RETURN OLD;
END
$$;
CREATE TRIGGER registers BEFORE DELETE ON partition_limit.opened FOR EACH ROW EXECUTE FUNCTION partition_limit.register();
RESET ROLE;
SELECT segments.erase_profile('p2');
SELECT count(*) FROM partition_limit.mapping WHERE profile_id = 'p2';
SELECT segments.detach_all() IS NOT NULL;
DROP SCHEMA partition_limit CASCADE;
DROP OWNED BY "Partition Limit", partition_limit_trapper;
DROP ROLE "Partition Limit", partition_limit_trapper;
