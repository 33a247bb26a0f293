-- The ad-hoc aggregate, against plain SQL with GROUP BY … HAVING over the same rows.
SET search_path TO public, segments, segments_internal;
SET timezone TO 'Europe/Paris';
\pset format unaligned
\pset tuples_only on

CREATE FUNCTION pg_temp.error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN SQLSTATE || ' ' || SQLERRM || coalesce(' | ' || nullif(hint, ''), '');
END
$$;

-- Without the origin, which is random.
CREATE FUNCTION pg_temp.bare(set segments.profile_set) RETURNS text LANGUAGE sql AS 'SELECT $1::bytea::segments.profile_set::text';

CREATE TABLE opened AS
SELECT nullif(i * 48271 % 5003, 17) AS ordinal, i % 4 AS client,
       CASE i % 1000 WHEN 1 THEN NULL WHEN 2 THEN 'infinity' WHEN 3 THEN '-infinity'
            ELSE timestamptz '2024-01-01' + i * 69621 % 7776000 * interval '1 second' END AS occurred_at
FROM generate_series(1::bigint, 40000) AS i;
ANALYZE opened;

-- What segment_agg must give.
CREATE FUNCTION pg_temp.expected(as_of timestamptz, lookback interval, at_least int, of_client bigint DEFAULT NULL)
RETURNS bigint[] LANGUAGE sql AS $$
    SELECT ARRAY(SELECT ordinal FROM public.opened
                 WHERE ordinal IS NOT NULL AND occurred_at <= as_of AND occurred_at <> 'infinity'
                   AND (lookback IS NULL OR (occurred_at >= as_of - lookback AND occurred_at <> '-infinity'))
                   AND (of_client IS NULL OR client = of_client)
                 GROUP BY ordinal HAVING count(*) >= at_least ORDER BY ordinal)
$$;

CREATE TABLE question AS
SELECT as_of::timestamptz, lookback::interval, at_least
FROM (VALUES ('2024-03-30 12:00'), ('2024-02-01 00:00'), ('2020-01-01'), ('infinity'), ('-infinity')) AS a(as_of),
     (VALUES (NULL), ('30 days'), ('1 month'), ('36 hours'), ('0')) AS l(lookback),
     (VALUES (1), (2), (3), (5), (2147483647)) AS n(at_least);

\echo every question, and how many have members
SELECT bool_and(to_array(answer) = expected), count(*), count(*) FILTER (WHERE NOT is_empty(answer))
FROM (SELECT (SELECT segment_agg(ordinal, occurred_at, as_of, lookback, at_least) FROM opened) AS answer,
             pg_temp.expected(as_of, lookback, at_least) AS expected FROM question) AS t;

\echo both ends of the window count; days are calendar days of the session, over a change of the clocks
SELECT pg_temp.bare(segment_agg(ordinal, occurred_at, '2024-04-01 12:00', '2 days', 1))
FROM (VALUES (1::bigint, timestamptz '2024-03-30 12:00'), (2, '2024-03-30 11:59:59.999999'), (3, '2024-04-01 12:00'),
             (4, '2024-04-01 12:00:00.000001')) AS t(ordinal, occurred_at);
SELECT pg_temp.bare(segment_agg(ordinal, occurred_at, '2024-04-01 12:00', '48 hours', 1))
FROM (VALUES (1::bigint, timestamptz '2024-03-30 11:00'), (2, '2024-03-30 10:59:59.999999')) AS t(ordinal, occurred_at);

\echo nulls are ignored; -infinity counts in all time only, infinity never
SELECT pg_temp.bare(segment_agg(ordinal, occurred_at, '2024-01-02', NULL, 1)),
       pg_temp.bare(segment_agg(ordinal, occurred_at, '2024-01-02', '1 day', 1)),
       pg_temp.bare(segment_agg(ordinal, occurred_at, 'infinity', NULL, 1)),
       pg_temp.bare(segment_agg(ordinal, occurred_at, '-infinity', NULL, 1))
FROM (VALUES (1::bigint, timestamptz '-infinity'), (2, 'infinity'), (3, '2024-01-01'), (NULL, '2024-01-01'), (4, NULL)) AS t(ordinal, occurred_at);

\echo of no rows null, of rows that do not count the empty set
SELECT segment_agg(1, '2024-01-01', '2024-01-01', NULL, 1) IS NULL WHERE false;
SELECT segment_agg(NULL, '2024-01-01', '2024-01-01', NULL, 2);

\echo GROUP BY, HAVING and FILTER
SELECT bool_and(to_array(answer) = pg_temp.expected('2024-03-01', '20 days', 2, client)), count(*)
FROM (SELECT client, segment_agg(ordinal, occurred_at, '2024-03-01', '20 days', 2) AS answer FROM opened GROUP BY client) AS t;
SELECT client FROM opened GROUP BY client
HAVING segment_agg(ordinal, occurred_at, '2024-03-01', '20 days', 2) @> minimum(segment_agg(ordinal, occurred_at, '2024-03-01', '20 days', 2))
ORDER BY client;
SELECT to_array(segment_agg(ordinal, occurred_at, '2024-03-01', '20 days', 2) FILTER (WHERE client = 3))
       = pg_temp.expected('2024-03-01', '20 days', 2, 3) FROM opened;
SELECT bool_and(to_array(answer) = pg_temp.expected(as_of, lookback, at_least)), count(*)
FROM (SELECT as_of, lookback, at_least, segment_agg(ordinal, occurred_at, as_of, lookback, at_least) AS answer
      FROM opened CROSS JOIN question
      WHERE at_least < 4 AND isfinite(as_of) AND lookback IS DISTINCT FROM '30 days'  -- groups with 1 month
      GROUP BY as_of, lookback, at_least) AS t;

\echo window frames, growing and moving
SELECT i, pg_temp.bare(segment_agg(i % 3, '2024-01-01', '2024-01-02', NULL, 2) OVER (ORDER BY i)),
       pg_temp.bare(segment_agg(i % 3, '2024-01-01', '2024-01-02', NULL, 1) OVER (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW))
FROM generate_series(1::bigint, 7) AS i;

\echo in parallel
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS off) SELECT segment_agg(ordinal, occurred_at, '2024-03-01', '20 days', 2) FROM opened;
SELECT bool_and(to_array(answer) = expected)
FROM (SELECT 1, (SELECT segment_agg(ordinal, occurred_at, '2024-03-01', '20 days', 1) FROM opened), pg_temp.expected('2024-03-01', '20 days', 1)
      UNION ALL
      SELECT 2, (SELECT segment_agg(ordinal, occurred_at, '2024-03-01', NULL, 3) FROM opened), pg_temp.expected('2024-03-01', NULL, 3)
      UNION ALL
      SELECT 3, (SELECT segment_agg(ordinal, occurred_at, '2024-03-01', '1 mon 3 days 04:05:06', 2) FROM opened),
             pg_temp.expected('2024-03-01', '1 mon 3 days 04:05:06', 2)) AS t(n, answer, expected);
SELECT bool_and(to_array(answer) = pg_temp.expected('2024-03-01', '20 days', 2, client)), count(*)
FROM (SELECT client, segment_agg(ordinal, occurred_at, '2024-03-01', '20 days', 2) AS answer FROM opened GROUP BY client) AS t;
SELECT pg_temp.error_of('SELECT segments.segment_agg(ordinal, occurred_at, ''2024-03-01'', ''20 days'', client::int + 1) FROM public.opened');
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;

\echo errors name the argument
SELECT pg_temp.error_of('SELECT segments.segment_agg(' || arguments || ') FROM (VALUES (1), (2)) AS t(n)')
FROM (VALUES ('1, ''2024-01-01'', NULL, NULL, 1'), ('NULL, ''2024-01-01'', NULL, NULL, 1'),
             ('1, ''2024-01-01'', ''2024-01-01'', NULL, NULL'), ('1, ''2024-01-01'', ''2024-01-01'', NULL, 0'),
             ('1, ''2024-01-01'', ''2024-01-01'', NULL, -2147483648'), ('1, ''2024-01-01'', ''2024-01-01'', ''-1 second'', 1'),
             ('1, ''2024-01-01'', ''2024-01-01'', ''1 month -31 days'', 1'),
             ('n, ''2024-01-01'', ''2024-01-01'', NULL, n'), ('n, ''2024-01-01'', timestamptz ''2024-01-01'' + n * interval ''1 day'', NULL, 1'),
             ('n, ''2024-01-01'', ''2024-01-01'', n * interval ''1 day'', 1'),
             ('n, ''2024-01-01'', ''2024-01-01'', CASE n WHEN 1 THEN interval ''1 day'' END, 1'),
             ('-1, ''2024-01-01'', ''2024-01-01'', NULL, 1'), ('4294967296, NULL, ''2024-01-01'', NULL, 1'),
             ('1, ''2024-01-01'', ''2024-01-01'', ''170000000 years'', 1')) AS t(arguments);

DROP TABLE opened, question;
