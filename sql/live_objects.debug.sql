-- However an aggregate ends, none of its C++ states outlives it.
SET search_path TO public, segments, segments_internal;
\pset format unaligned
\pset tuples_only on
\set VERBOSITY sqlstate
CREATE FUNCTION pg_temp.raise(i bigint, at bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    IF i = at THEN
        RAISE EXCEPTION 'stop';
    END IF;
    RETURN i;
END
$$;

\echo an aggregate that ends well
SELECT cardinality(segment_agg(i % 100, '2024-01-01', '2024-01-02', NULL, 3)), cardinality(profile_set_agg(i)) FROM generate_series(1::bigint, 1000) AS i;
SELECT live_objects();

\echo an error of ours, an error of the server, and one of the user, with many groups alive
SELECT segment_agg(CASE i WHEN 900 THEN -1 ELSE i END, '2024-01-01', '2024-01-02', NULL, 3) FROM generate_series(1::bigint, 1000) AS i GROUP BY i % 50;
SELECT live_objects();
SELECT profile_set_agg(abs(1000 / (900 - i))), segment_agg(i, '2024-01-01', '2024-01-02', NULL, 1) FROM generate_series(1::bigint, 1000) AS i GROUP BY i % 50;
SELECT live_objects();
SELECT profile_set_union_agg(profile_set(ARRAY[pg_temp.raise(i, 900)])), profile_set_intersect_agg('{1}') FROM generate_series(1::bigint, 1000) AS i GROUP BY i % 50;
SELECT live_objects();

\echo a savepoint that is rolled back, and a cursor that is closed early
BEGIN;
SAVEPOINT before;
SELECT profile_set_agg(pg_temp.raise(i, 900)) FROM generate_series(1::bigint, 1000) AS i;
ROLLBACK TO before;
SELECT live_objects();
DECLARE groups CURSOR FOR SELECT i % 10, segment_agg(i, '2024-01-01', '2024-01-02', NULL, 2) FROM generate_series(1::bigint, 1000) AS i GROUP BY i % 10;
FETCH 1 FROM groups;
SELECT live_objects() > 0;
CLOSE groups;
SELECT live_objects();
COMMIT;

\echo a statement that is cancelled
SET statement_timeout = '200ms';
SELECT segment_agg(i, '2024-01-01', '2024-01-02', NULL, 2) FROM generate_series(1::bigint, 100000000) AS i;
RESET statement_timeout;
SELECT live_objects();

\echo a window that restarts its aggregate
SELECT count(*) FROM (
    SELECT segment_agg(i, '2024-01-01', '2024-01-02', NULL, 1) OVER (ORDER BY i ROWS BETWEEN 3 PRECEDING AND CURRENT ROW)
    FROM generate_series(1::bigint, 500) AS i) AS w;
SELECT live_objects();

\echo rows that are not read to the end
SELECT ordinals('{1-1000}') LIMIT 2;
SELECT live_objects();
SELECT pg_temp.raise(ordinal, 500) FROM (SELECT ordinals('{1-1000}') AS ordinal) AS o;
SELECT live_objects();

\echo parallel workers that fail
CREATE TABLE facts AS SELECT i AS ordinal FROM generate_series(1::bigint, 20000) AS i;
ANALYZE facts;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT profile_set_agg(1 / (15000 - ordinal)) FROM facts;
SELECT cardinality(profile_set_agg(ordinal)) FROM facts;
SELECT live_objects();
DROP TABLE facts;
