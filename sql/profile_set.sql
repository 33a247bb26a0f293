-- The type: text, binary and bytea, set algebra, order, aggregates.  The oracle is plain SQL over the same ordinals.
SET search_path TO public, segments, segments_internal;
\pset format unaligned
\pset tuples_only on

CREATE FUNCTION pg_temp.error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN SQLSTATE || ' ' || SQLERRM || coalesce(' | ' || nullif(detail, ''), '') || coalesce(' | ' || nullif(hint, ''), '');
END
$$;

-- Without the origin, which is random.
CREATE FUNCTION pg_temp.bare(set segments.profile_set) RETURNS text LANGUAGE sql AS 'SELECT $1::bytea::segments.profile_set::text';

\echo text: any order, ranges, overlaps and white space; written ascending with runs
SELECT text::profile_set
FROM (VALUES ('{}'), (' { } '), ('{7}'), ('{1,2,5-9}'), (E'\n{ 9 - 12 ,3,\t1 , 2, 10}'), ('{4294967295,0}'), ('{5-5,5,5}'),
             ('{0-4294967295}'), ('{00012}')) AS t(text);

\echo text: errors say where
SELECT pg_temp.error_of(format('SELECT %L::segments.profile_set', text))
FROM (VALUES (''), ('1'), ('{1'), ('{1,}'), ('{,1}'), ('{1}x'), ('{1 2}'), ('{-1}'), ('{9-5}'), ('{1,4294967296}'), ('{a}'),
             ('{99999999999999999999999}'), ('{1-2-3}'), ('{é}'), ('NULL')) AS t(text);

\echo text, bytea and binary round trips keep the members
CREATE TEMP TABLE sample AS
SELECT n, profile_set_agg(ordinal) AS set, array_agg(DISTINCT ordinal ORDER BY ordinal) AS ordinals
FROM (
    SELECT 1 AS n, i * 7919 % 300007 AS ordinal FROM generate_series(1, 3000) AS i
    UNION ALL SELECT 2, 65530 + i FROM generate_series(1, 2000) AS i
    UNION ALL SELECT 3, i * 2 FROM generate_series(1, 5000) AS i
    UNION ALL SELECT 4, i * 100000 FROM generate_series(0, 400) AS i
    UNION ALL SELECT 5, 4294967295
    UNION ALL SELECT 6, i FROM generate_series(1, 3) AS i
) AS t(n, ordinal)
GROUP BY n;
INSERT INTO sample VALUES (7, '{}', '{}');
SELECT bool_and(set::text::profile_set = set), bool_and(set::bytea::profile_set = set), bool_and(profile_set(ordinals) = set),
       bool_and(to_array(set) = ordinals), bool_and(cardinality(set) = pg_catalog.cardinality(ordinals)),
       bool_and(set::bigint[]::profile_set = set), bool_and(right(encode(profile_set_send(set), 'hex'), length(set::bytea) * 2) = encode(set::bytea, 'hex')),
       bool_and(ARRAY(SELECT ordinals(set)) = ordinals)
FROM sample;
-- Through a file, because only COPY reads the binary format without a client.
SELECT format('%s/segments_profile_set', current_setting('data_directory')) AS file \gset
COPY sample (n, set) TO :'file' (FORMAT binary);
CREATE TEMP TABLE copied (n int, set profile_set);
COPY copied FROM :'file' (FORMAT binary);
COPY (SELECT) TO :'file';
SELECT count(*) FROM copied JOIN sample USING (n, set);

\echo the bytes are the portable Roaring format
SELECT profile_set('{1,2,3,10}'::bigint[])::bytea, '{10-1009}'::profile_set::bytea, '{}'::profile_set::bytea;

\echo equal sets are equal bytes, however they were made
SELECT DISTINCT set::bytea
FROM (VALUES ('{1-3,65537}'::profile_set), ('{1,3,65537}'::profile_set | '{2}'), ('{1-100,65537}'::profile_set - '{4-100}'),
             ('{0-3,65537}'::profile_set # '{0}'), ('{0-70000}'::profile_set & '{1,2,3,65537}')) AS t(set);

\echo bytes that are no set
SELECT pg_temp.error_of(format('SELECT %L::bytea::segments.profile_set', bytes))
FROM (VALUES ('\x'::bytea), ('\x3a300000'), ('\x3a3000000000000000'), ('\x0000000000000000'), ('\x3a300000ffffffff'),
             ('\x3b30000001000009000100ffff0900'), ('\x3a3000000100000001000100100000000900'),
             ('\x3a30000001000000010001001000000009000500'), ('\x3a30000001000000010001001000000005000900ff')) AS t(bytes);
SELECT count(*) FILTER (WHERE pg_temp.error_of(format('SELECT %L::bytea::segments.profile_set', substr(bytes, 1, size))) LIKE '22P03 %') = length(bytes)
FROM (SELECT set::bytea AS bytes FROM sample WHERE n = 4) AS t, LATERAL generate_series(0, length(bytes) - 1) AS size
GROUP BY bytes;

\echo set algebra, against plain SQL over every pair
WITH pairs AS (SELECT a.set AS a, b.set AS b, a.ordinals AS x, b.ordinals AS y FROM sample AS a CROSS JOIN sample AS b)
SELECT bool_and(to_array(a & b) = ARRAY(SELECT unnest(x) INTERSECT SELECT unnest(y) ORDER BY 1)),
       bool_and(to_array(a | b) = ARRAY(SELECT unnest(x) UNION SELECT unnest(y) ORDER BY 1)),
       bool_and(to_array(a - b) = ARRAY(SELECT unnest(x) EXCEPT SELECT unnest(y) ORDER BY 1)),
       bool_and(a # b = (a | b) - (a & b)),
       bool_and((a && b) = EXISTS (SELECT unnest(x) INTERSECT SELECT unnest(y))),
       bool_and((a @> b) = (b <@ a)),
       bool_and((a @> b) = NOT EXISTS (SELECT unnest(y) EXCEPT SELECT unnest(x))),
       bool_and((a = b) = (x = y) AND (a <> b) = (x <> y)),
       bool_and((a < b) = (x < y) AND (a <= b) = (x <= y) AND (a > b) = (x > y) AND (a >= b) = (x >= y)),
       bool_and(profile_set_cmp(a, b) = btarraycmp(x, y)),
       bool_and((profile_set_hash(a) = profile_set_hash(b)) = (x = y))
FROM pairs;

\echo membership
SELECT bool_and(contains(set, ordinal) = (ordinal = ANY (ordinals)) AND (set @> ordinal) = contains(set, ordinal)
                AND (ordinal <@ set) = contains(set, ordinal))
FROM sample, (VALUES (0::bigint), (1), (2), (65535), (65536), (70000), (100000), (40000000), (4294967295)) AS t(ordinal);
SELECT n, cardinality(set), is_empty(set), minimum(set), maximum(set) FROM sample ORDER BY n;
SELECT pg_temp.error_of('SELECT segments.contains(''{}'', -1)');
SELECT pg_temp.error_of('SELECT 4294967296 OPERATOR(pg_catalog.<@) ''{}''::segments.profile_set');
SELECT pg_temp.error_of('SELECT segments.profile_set(ARRAY[1, 4294967296])');
SELECT pg_temp.error_of('SELECT segments.profile_set(ARRAY[1, NULL])');
SELECT pg_temp.error_of('SELECT segments.profile_set_agg(-1)');
SELECT pg_temp.error_of('SELECT segments.to_array(''{0-4294967295}'')');
SELECT profile_set('{{3,4},{1,2}}'::bigint[]), ordinals('{5-7}') LIMIT 2;

\echo null in, null out
SELECT (NULL::profile_set & '{1}') IS NULL, cardinality(NULL::profile_set) IS NULL, contains('{1}', NULL) IS NULL, profile_set(NULL::bytea) IS NULL;

\echo sorting, grouping, joining and indexing
CREATE TEMP TABLE many AS
SELECT i, profile_set(ARRAY[i % 50, i % 7]) AS set, (SELECT array_agg(DISTINCT v ORDER BY v) FROM unnest(ARRAY[i % 50, i % 7]) AS v) AS ordinals
FROM generate_series(1::bigint, 2000) AS i;
CREATE INDEX ON many (set);
SELECT (SELECT count(DISTINCT set) FROM many) = (SELECT count(DISTINCT ordinals) FROM many);
SET enable_sort = off;
SELECT (SELECT count(*) FROM (SELECT set FROM many GROUP BY set) AS g) = (SELECT count(DISTINCT ordinals) FROM many);
RESET enable_sort;
SELECT array_agg(set::text ORDER BY set) = array_agg(set::text ORDER BY ordinals) FROM (SELECT DISTINCT set, ordinals FROM many) AS d;
SET enable_seqscan = off;
SELECT count(*) FROM many WHERE set = '{3}';
EXPLAIN (COSTS off) SELECT count(*) FROM many WHERE set = '{3}';
RESET enable_seqscan;
SET enable_nestloop = off;
SET enable_mergejoin = off;
SELECT count(*) = (SELECT count(*) FROM many AS a JOIN many AS b USING (ordinals)) FROM many AS a JOIN many AS b USING (set);
RESET enable_nestloop;
RESET enable_mergejoin;
CREATE TABLE by_set (set profile_set) PARTITION BY HASH (set);
CREATE TABLE by_set_0 PARTITION OF by_set FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE by_set_1 PARTITION OF by_set FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO by_set SELECT set FROM many;
SELECT count(DISTINCT tableoid) FROM by_set;
DROP TABLE by_set;

\echo aggregates ignore nulls; of no rows they are null
SELECT pg_temp.bare(profile_set_agg(v)), pg_temp.bare(profile_set_agg(v) FILTER (WHERE v > 3)), profile_set_agg(v) FILTER (WHERE v IS NULL)
FROM (VALUES (1::bigint), (NULL), (3), (1)) AS t(v);
SELECT profile_set_union_agg(v::profile_set), profile_set_intersect_agg(v::profile_set)
FROM (VALUES ('{1-5}'), (NULL), ('{3-9}'), ('{0,4}')) AS t(v);
SELECT profile_set_agg(1) IS NULL, profile_set_union_agg('{}') IS NULL, profile_set_intersect_agg('{}') IS NULL WHERE false;
SELECT profile_set_intersect_agg(v::profile_set), profile_set_union_agg(v::profile_set) FROM (VALUES ('{}')) AS t(v);

\echo in windows the result is asked for again and again
SELECT n, pg_temp.bare(profile_set_agg(n) OVER (ORDER BY n)), profile_set_union_agg(profile_set(ARRAY[n, n + 10])) OVER (ORDER BY n),
       profile_set_intersect_agg(profile_set(ARRAY[1, n])) OVER (ORDER BY n),
       pg_temp.bare(profile_set_agg(n) OVER (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW))
FROM generate_series(1::bigint, 4) AS n;

\echo in parallel
CREATE TABLE facts AS
SELECT i % 3 AS g, i * 48271 % 100003 AS ordinal, profile_set(ARRAY[5, i % 1000]) AS set FROM generate_series(1::bigint, 30000) AS i;
ANALYZE facts;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS off) SELECT profile_set_agg(ordinal), profile_set_union_agg(set), profile_set_intersect_agg(set) FROM facts;
SELECT to_array(profile_set_agg(ordinal)) = ARRAY(SELECT DISTINCT ordinal FROM facts ORDER BY 1),
       profile_set_union_agg(set), profile_set_intersect_agg(set), profile_set_agg(ordinal) FILTER (WHERE ordinal < 0)
FROM facts;
EXPLAIN (COSTS off) SELECT g, profile_set_agg(ordinal) FROM facts GROUP BY g;
SELECT bool_and(to_array(a.set) = b.ordinals)
FROM (SELECT g, profile_set_agg(ordinal) AS set FROM facts GROUP BY g) AS a
JOIN (SELECT g, array_agg(DISTINCT ordinal ORDER BY ordinal) AS ordinals FROM facts GROUP BY g) AS b USING (g);
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;
DROP TABLE facts;

\echo large sets are stored out of line and come back whole
CREATE TABLE stored (set profile_set);
INSERT INTO stored SELECT profile_set_agg(i * 3) FROM generate_series(1::bigint, 100000) AS i;
SELECT cardinality(set), octet_length(set::bytea) > 8192, set @> 300000::bigint, set @> 300001::bigint FROM stored;
SELECT attstorage FROM pg_attribute WHERE attrelid = 'stored'::regclass AND attname = 'set';
DROP TABLE stored;
