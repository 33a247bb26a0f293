-- The operators of profile sets are found whatever the search_path, and no expression over other types means anything else by them.
\pset format unaligned
\pset tuples_only on

-- What every operator of ours gives between values of other types, and literals without a type: a value and its type, or an error.
CREATE TABLE operand AS SELECT text FROM unnest(ARRAY[
    $$'{}'$$, $$'{1,2}'$$, $$'[1,10)'$$, 'NULL', $$'{1}'::text$$, $$'{1}'::varchar$$, $$'x'::bpchar$$, $$'x'::name$$, '5::smallint', '5', '5::bigint',
    '5::numeric', '5::float8', '5::oid', $$'101'::bit(3)$$, $$'\x01'::bytea$$, $$'{"a": 1}'::jsonb$$, 'ARRAY[1,2]', 'ARRAY[1::bigint,2]', $$ARRAY['1','2']$$,
    $$'[1,10)'::int8range$$, $$'{[1,10)}'::int8multirange$$, $$'10.0.0.0/8'::inet$$, $$'(1,1),(0,0)'::box$$, $$'2026-01-02'::date$$,
    $$'2026-01-02 UTC'::timestamptz$$, $$'1 day'::interval$$, $$'a & b'::tsquery$$]) text;
CREATE FUNCTION outcome(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE format('SELECT pg_typeof(r) || '' '' || coalesce(r::text, ''null'') FROM (SELECT %s AS r) s', expression) INTO result;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    RETURN 'error';
END
$$;
SET intervalstyle = 'postgres'; SET datestyle = 'ISO'; SET timezone = 'UTC'; SET lc_monetary = 'C';
CREATE TABLE before AS
SELECT expression, outcome(expression) FROM (
    SELECT format('(%s) %s (%s)', l.text, operator, r.text) AS expression
    FROM operand l, operand r, unnest(ARRAY['&', '|', '-', '#', '@>', '<@', '&&', '=', '<>', '<', '<=', '>', '>=']) operator) e;
SELECT count(*) FROM before WHERE outcome <> 'error';

CREATE EXTENSION segments;
\echo what gave a value gives the same value
SELECT expression, outcome, outcome(expression) FROM before WHERE outcome <> 'error' AND outcome <> outcome(expression);
\echo what was an error is one, unless a literal can be a set
SELECT expression, outcome(expression) FROM before WHERE outcome = 'error' AND outcome(expression) <> 'error';

\echo with the default search_path
SHOW search_path;
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
CREATE TABLE opened (record_id text, occurred_at timestamptz);
SELECT segments.register_unification('mapping', 'profile_id', 'record_id') IS NULL,
       segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id') IS NULL;
INSERT INTO mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 20) n;
INSERT INTO opened SELECT 'r' || (1 + n % 9), '2026-01-01'::timestamptz + n * interval '1 day' FROM generate_series(1, 20) n;
CALL segments.refresh();
SELECT segments.create_segment('a', 'Opened'), segments.create_segment('b', 'Opened at least 3');
CREATE FUNCTION members(set segments.profile_set) RETURNS text LANGUAGE sql AS 'SELECT string_agg(p, '' '' ORDER BY p) FROM segments.profiles(set) p';
SELECT members(segments.members('a') - segments.members('b'));
SELECT members(segments.members('a') & segments.members('b'));
SELECT members(segments.members('a') | segments.members('b')) = members(segments.members('a'));
SELECT members(segments.members('a') # segments.members('b')) = members(segments.members('a') - segments.members('b'));
SELECT segments.members('a') = segments.segment_eval('Opened'), segments.members('a') <> segments.members('b'),
       segments.members('a') @> segments.members('b'), segments.members('a') <@ segments.members('b'), segments.members('a') && segments.members('b'),
       segments.members('a') @> segments.minimum(segments.members('a')), segments.maximum(segments.members('a')) <@ segments.members('a'),
       segments.members('a') > segments.members('b'), segments.members('a') - segments.members('a') = '{}';
SELECT DISTINCT segments.cardinality(s) FROM (SELECT segments.members(n) AS s FROM unnest(ARRAY['a', 'b', 'a']) n ORDER BY s) o ORDER BY 1;
SELECT count(*), members(s) FROM (SELECT segments.members(n) AS s FROM unnest(ARRAY['a', 'b', 'a']) n) g GROUP BY s ORDER BY s;
SELECT count(*) FROM (SELECT DISTINCT segments.members(n) FROM unnest(ARRAY['a', 'b', 'a']) n) d;
SELECT count(*) FROM (SELECT segments.members(n) AS s FROM unnest(ARRAY['a', 'b']) n) x JOIN (SELECT segments.members('b') AS s) y USING (s);
SELECT count(*) FROM (SELECT segments.members('a') UNION SELECT segments.members('b') EXCEPT SELECT segments.segment_eval('Opened')) u;
CREATE TABLE kept (set segments.profile_set PRIMARY KEY);
INSERT INTO kept SELECT segments.members(n) FROM unnest(ARRAY['a', 'b']) n;
INSERT INTO kept SELECT segments.members('a') ON CONFLICT DO NOTHING;
SELECT members(set) FROM kept ORDER BY set DESC LIMIT 1;

\echo with none at all, and within a view
SET search_path TO '';
SELECT segments.cardinality(segments.members('a') - segments.members('b'));
CREATE VIEW public.difference AS SELECT segments.members('a') - segments.members('b') AS set;
RESET search_path;
SELECT pg_get_viewdef('difference');
SELECT members(set) FROM difference;

\echo the extension goes with all of them
SET client_min_messages = warning;
DROP EXTENSION segments CASCADE;
SELECT count(*) FROM pg_operator WHERE oid >= 16384;
SELECT expression, outcome, outcome(expression) FROM before WHERE outcome <> 'error' AND outcome <> outcome(expression);
