-- Lists that are long before anything is known of them statistically: each entry is looked up a few times, not once for each other.
SET client_min_messages = warning;
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
INSERT INTO mapping SELECT 'r' || i, 'p' || i / 2 FROM generate_series(1, 10000) i;
SELECT segments.register_unification('mapping');
CALL segments.refresh();
-- How many times records have been looked up in this transaction.
CREATE FUNCTION look_ups() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT sum(pg_stat_get_xact_numscans(indexrelid) + pg_stat_get_xact_tuples_fetched(indexrelid))::bigint
    FROM pg_index WHERE indrelid IN ('segments.record'::regclass, 'segments.listed_profile'::regclass)
$$;
BEGIN;
DELETE FROM pg_statistic WHERE starelid = 'segments.listed_profile'::regclass;
SELECT segments.create_static_segment('known', (SELECT array_agg('p' || i) FROM generate_series(1, 2000) i));
SELECT look_ups() < 200000 AS few;
COMMIT;
BEGIN;
SELECT segments.include_members('known', (SELECT array_agg('nobody ' || i) FROM generate_series(1, 2000) i));
SELECT look_ups() < 200000 AS few;
COMMIT;
BEGIN;
SELECT segments.exclude_members('known', (SELECT array_agg('p' || i) FROM generate_series(1000, 1099) i));
SELECT look_ups() < 200000 AS few;
COMMIT;
BEGIN;
SELECT count(*), count(*) FILTER (WHERE means = '{}') AS nobody FROM segments.listed_member;
SELECT look_ups() < 200000 AS few;
COMMIT;
BEGIN;
SELECT segments.unlist_members('known', (SELECT array_agg('p' || i) FROM generate_series(1, 1500) i), 'include');
SELECT look_ups() < 200000 AS few;
COMMIT;
SELECT list, count(*) FROM segments.listed_member GROUP BY list ORDER BY list;
SELECT segments.unlist_members('known', (SELECT array_agg('p' || i) FROM generate_series(1, 1500) i));
SELECT list, count(*) FROM segments.listed_member GROUP BY list ORDER BY list;
UPDATE mapping SET profile_id = 'q' || record_id WHERE profile_id IN (SELECT 'p' || i FROM generate_series(1600, 1999) i);
CALL segments.refresh();
SELECT segments.run_segment('known');
SELECT max(cardinality(means)) FROM segments.listed_member;
SELECT segments.detach_all();
