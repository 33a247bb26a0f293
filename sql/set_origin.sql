-- Where a set is from: sets of two numberings of the records are never mixed, so that a stored set names nobody else.
SET search_path TO public, segments, segments_internal;
\pset format unaligned
\pset tuples_only on

CREATE FUNCTION pg_temp.error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
-- With its words, but the digits of origins, which are random.
CREATE FUNCTION pg_temp.words_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN regexp_replace(concat_ws(E'\n', SQLSTATE || ' ' || SQLERRM, detail, hint), '[0-9a-f]{16}', '…', 'g');
END
$$;

CREATE TABLE mapping (record_id text, profile_id text);
CREATE TABLE opened (record_id text, occurred_at timestamptz);
SELECT register_unification('mapping', 'profile_id', 'record_id') IS NULL,
       register_interaction('opened', 'Opened', 'occurred_at', 'record_id') IS NULL;
INSERT INTO mapping SELECT 'r' || n, 'p' || n % 50 FROM generate_series(1, 100) n;
INSERT INTO opened SELECT 'r' || n, '2026-01-01' FROM generate_series(1, 30) n;
CALL refresh();
SELECT create_segment('openers', 'Opened');

\echo the origin is a random number, which no dump has
SELECT count(*), bool_and(origin <> 0) FROM ordinal_origin;
SELECT 'ordinal_origin'::regclass = ANY (extconfig) FROM pg_extension WHERE extname = 'segments';
SELECT to_hex(origin) AS digits FROM ordinal_origin \gset
SELECT lpad(:'digits', 16, '0') AS here, CASE lpad(:'digits', 16, '0') WHEN 'cafe' THEN 'beef' ELSE '00000000cafecafe' END AS there \gset

\echo what the extension makes carries it, in text and in binary form
CREATE TABLE made AS
SELECT 'members' AS by, members('openers') AS set
UNION ALL SELECT 'segment_eval', segment_eval('Opened')
UNION ALL SELECT 'profile_set_agg', profile_set_agg(o) FROM generate_series(1::bigint, 9) o
UNION ALL SELECT 'segment_agg', segment_agg(o, '2026-01-01', '2026-01-02', NULL, 1) FROM generate_series(1::bigint, 9) o
UNION ALL SELECT 'segment_agg, at least 2', segment_agg(1 + o % 3, '2026-01-01', '2026-01-02', NULL, 2) FROM generate_series(1::bigint, 9) o
UNION ALL SELECT 'window', profile_set_agg(o) OVER (ORDER BY o) FROM generate_series(1::bigint, 2) o
UNION ALL SELECT 'with bare text', members('openers') | '{5}'
UNION ALL SELECT 'with an array', profile_set(ARRAY[5::bigint]) | members('openers')
UNION ALL SELECT 'with bytea', members('openers') & members('openers')::bytea::profile_set
UNION ALL SELECT 'union', profile_set_union_agg(s) FROM (VALUES ('{3}'::profile_set), (members('openers')), (NULL)) v (s)
UNION ALL SELECT 'intersection', profile_set_intersect_agg(s) FROM (VALUES ('{0-4294967295}'::profile_set), (members('openers'))) v (s);
SELECT by, right(set::text, 17) = '@' || :'here', encode(substr(profile_set_send(set), 1, 4), 'escape'), set::text::profile_set::text = set::text
FROM made;

\echo bare text, arrays and bytea have none; the empty set names nobody and has none either
SELECT '{1,2}'::profile_set, profile_set(ARRAY[1::bigint]), (SELECT set::bytea::profile_set::text !~ '@' FROM made LIMIT 1),
       members('openers') - members('openers'), ('{}@' || :'here')::profile_set, segment_eval('not all');
SELECT set::bytea = to_bytea(set), substr(profile_set_send(set), 13) = set::bytea FROM made LIMIT 1;

\echo in parallel
CREATE TABLE facts AS SELECT o, ('{' || o || '}@' || :'here')::profile_set AS set FROM generate_series(1::bigint, 20000) o;
ANALYZE facts;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS off) SELECT profile_set_agg(o), profile_set_union_agg(set), segment_agg(o, '2026-01-01', '2026-01-02', NULL, 1) FROM facts;
SELECT profile_set_agg(o)::text = '{1-20000}@' || :'here', profile_set_union_agg(set)::text = '{1-20000}@' || :'here',
       segment_agg(o, '2026-01-01', '2026-01-02', NULL, 1)::text = '{1-20000}@' || :'here'
FROM facts;
SELECT bool_and(set::text = '{' || o || '}@' || :'here') FROM (SELECT o, profile_set_agg(o) AS set FROM facts WHERE o < 50 GROUP BY o) g;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;

\echo two origins: everything that would mix them raises, and so does naming profiles
INSERT INTO facts VALUES (0, ('{1,2}@' || :'there')::profile_set);
SELECT operation, pg_temp.error_of(format(replace(operation, 'other', '%L::profile_set'), '{1,2}@' || :'there'))
FROM (VALUES ('SELECT other & members(''openers'')'), ('SELECT members(''openers'') | other'), ('SELECT other - members(''openers'')'),
             ('SELECT other # members(''openers'')'), ('SELECT other @> members(''openers'')'), ('SELECT other <@ members(''openers'')'),
             ('SELECT other && members(''openers'')'), ('SELECT profiles(other)'), ('SELECT profile_set_union_agg(set) FROM facts'),
             ('SELECT profile_set_intersect_agg(set) FROM facts')) v (operation);
SELECT pg_temp.words_of(format('SELECT profiles(%L)', '{1,2}@' || :'there'));
SELECT pg_temp.words_of(format('SELECT %L & members(''openers'')', '{1,2}@' || :'there'));

\echo without any members there is nothing to mix, and bare sets go with any
SELECT cardinality(('{}@' || :'there')::profile_set | members('openers')), cardinality(('{1,2}@' || :'there')::profile_set & '{2}'),
       (SELECT count(*) FROM profiles(members('openers'))) = (SELECT count(*) FROM profiles(members('openers')::bytea::profile_set));

\echo comparing and hashing look at the members alone, and never raise
SELECT a = b, a <> b, a < b, a <= b, a > b, a >= b, profile_set_cmp(a, b), profile_set_hash(a) = profile_set_hash(b),
       profile_set_hash_extended(a, 7) = profile_set_hash_extended(b, 7)
FROM (VALUES (('{1,2}@' || :'there')::profile_set, ('{1,2}@' || :'here')::profile_set), ('{1,2}', ('{1,2}@' || :'here')::profile_set),
             (('{1}@' || :'there')::profile_set, ('{1,2}@' || :'here')::profile_set)) v (a, b);
SELECT count(DISTINCT set) FROM (VALUES (('{1,2}@' || :'there')::profile_set), (('{1,2}@' || :'here')::profile_set), ('{1,2}'), ('{3}')) v (set);
SELECT contains(set, 2), set @> 2::bigint, 3 <@ set, cardinality(set), minimum(set), maximum(set), to_array(set), is_empty(set)
FROM (SELECT ('{1,2}@' || :'there')::profile_set) v (set);

\echo forms that are none
SELECT text, pg_temp.error_of(format('SELECT %L::profile_set', text))
FROM (VALUES ('{1}@'), ('{1}@cafe'), ('{1}@000000000000cafeX'), ('{1}@0000000000000000'), ('{1}@000000000000cafg'), ('{1}@-00000000000cafe'),
             ('@000000000000cafe'), ('{1} @000000000000CAFE '), ('{1}@ 000000000000cafe'), ('{1}@000000000000cafe@000000000000cafe')) v (text);
SELECT pg_temp.error_of(format('SELECT %L::bytea::profile_set', profile_set_send(set))) FROM made LIMIT 1;
-- Only COPY reads the binary format without a client.
SELECT format('%s/segments_set_origin', current_setting('data_directory')) AS file \gset
CREATE TABLE copied (by text, set profile_set);
COPY made TO :'file' (FORMAT binary);
COPY copied FROM :'file' (FORMAT binary);
COPY (SELECT) TO :'file';
SELECT count(*) FROM copied c JOIN made m ON c.by = m.by AND c.set = m.set AND c.set::text = m.set::text;

\echo another numbering is seen by whoever sees it, and by nobody before
BEGIN;
SELECT count(*) FROM profiles((SELECT set FROM made LIMIT 1));
UPDATE ordinal_origin SET origin = 51966;
SELECT right(profile_set_agg(1)::text, 17), right(members('openers')::text, 17);
SELECT pg_temp.error_of('SELECT profiles((SELECT set FROM made LIMIT 1))');
ROLLBACK;
SELECT right(profile_set_agg(1)::text, 17) = '@' || :'here', count(*) FROM (SELECT profiles((SELECT set FROM made LIMIT 1))) p;
DROP TABLE facts, made, copied;
