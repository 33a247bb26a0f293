-- Every function and procedure, called with nulls, empty, huge and wrong arguments, by a superuser and by a role without rights: it
-- answers, or raises an error that is the caller's (no XX..., but XX001 of bytes that are damaged), and the server lives.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SET statement_timeout = '5min';
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
CREATE TABLE opened (record_id text, occurred_at timestamptz, label text);
SELECT segments.register_unification('mapping', 'profile_id', 'record_id') IS NULL,
       segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id') IS NULL;
INSERT INTO mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 20) n;
INSERT INTO opened SELECT 'r' || n, '2026-01-01', 'x' FROM generate_series(1, 20) n;
CALL segments.refresh();
SELECT segments.create_segment('openers', 'Opened');
CREATE ROLE segments_test_nobody;

-- Types that are none.
SELECT segments_internal.base_type(4294967295) IS NULL, segments_internal.field_kind(0) IS NULL, segments_internal.is_testable(0);

-- What is passed for each type.
CREATE TABLE argument (type text, value text);
INSERT INTO argument VALUES
    ('text', $$''$$), ('text', $$'Opened'$$), ('text', $$'openers'$$), ('text', $$'contact'$$), ('text', $$'p1'$$), ('text', $$repeat('(', 100000)$$),
    ('text', $$repeat('ü', 1000000)$$), ('text', $$E'%s%n \n'' " \\ \x01'$$), ('text', $$'public'$$), ('text', $$'never'$$),
    ('segments.definition', $$'Opened'$$), ('segments.definition', $$'all'$$), ('segments.definition', $$'Opned where x = 1'$$),
    ('segments.definition', $$('Opened' || repeat(' or Opened', 500))::segments.definition$$),
    ('segments.profile_set', $$'{}'$$), ('segments.profile_set', $$'{0-4294967295}'$$), ('segments.profile_set', $$'{1,5-9}@00c1f5e09a7b3d42'$$),
    ('bytea', $$''$$), ('bytea', $$'\x00'$$), ('bytea', $$'\x53505331'$$), ('bytea', $$'\x3a30000001000000010001001000000009000500'$$),
    ('bytea', $$decode(repeat('ff', 100000), 'hex')$$), ('bytea', $$decode(repeat('00', 100000), 'hex')$$), ('bytea', $$'\x3b30ffff'$$),
    ('bigint', '0'), ('bigint', '-1'), ('bigint', '9223372036854775807'), ('bigint', '(-9223372036854775808)'), ('bigint', '4294967296'),
    ('integer', '0'), ('integer', '-1'), ('integer', '2147483647'), ('integer', '(-2147483648)'), ('integer', '1'),
    ('smallint', '0::smallint'), ('smallint', '(-1)::smallint'), ('smallint', '32767::smallint'),
    ('oid', '0::oid'), ('oid', '1259::oid'), ('oid', '4294967295::oid'), ('oid', $$'opened'::regclass::oid$$),
    ('regclass', '0::regclass'), ('regclass', '1259::regclass'), ('regclass', '4294967295::regclass'), ('regclass', $$'opened'::regclass$$),
    ('regclass', $$'mapping'::regclass$$), ('regclass', $$'segments.record'::regclass$$), ('regclass', $$'pg_views'::regclass$$),
    ('regrole', '0::regrole'), ('regrole', '4294967295::regrole'), ('regrole', $$'segments_test_nobody'::regrole$$),
    ('name', $$''::name$$), ('name', $$'record_id'::name$$), ('name', $$'ctid'::name$$), ('name', $$'nope'::name$$),
    ('boolean', 'true'), ('boolean', 'false'),
    ('timestamp with time zone', $$'infinity'$$), ('timestamp with time zone', $$'-infinity'$$), ('timestamp with time zone', $$'4714-11-24 BC UTC'$$),
    ('timestamp with time zone', $$'294276-12-31 UTC'$$), ('timestamp with time zone', $$'2026-01-01'$$),
    ('interval', $$'0'$$), ('interval', $$'-1 day'$$), ('interval', $$'178000000 years'$$), ('interval', $$'2147483647 days'$$),
    ('jsonb', $$'null'$$), ('jsonb', $$'{}'$$), ('jsonb', $$'[]'$$), ('jsonb', $$'[1, "x", null, [], {"name": 1}]'$$), ('jsonb', $$'{"name": {"name": []}}'$$),
    ('jsonb', $$'[{"name": "profile", "record_id_column": "record_id", "default": true}]'$$),
    ('text[]', $$'{}'$$), ('text[]', $$'{NULL}'$$), ('text[]', $$'{{a,b},{c,d}}'$$), ('text[]', $$'{{{a}}}'$$), ('text[]', $$array_fill('x'::text, ARRAY[10000])$$),
    ('name[]', $$'{}'$$), ('name[]', $$'{NULL}'$$), ('bigint[]', $$'{}'$$), ('bigint[]', $$'{NULL}'$$), ('bigint[]', $$'{{1,2},{3,-4}}'$$),
    ('integer[]', $$'{}'$$), ('integer[]', $$'{NULL}'$$), ('integer[]', $$'{-1,2147483647}'$$), ('smallint[]', $$'{}'$$), ('smallint[]', $$'{NULL,-1}'$$),
    ('oid[]', $$'{}'$$), ('oid[]', $$'{NULL,0}'$$), ('pg_snapshot', $$'1:1:'$$), ('pg_snapshot', $$'1:9223372036854775806:1,2,3'$$),
    ('xid8', $$'0'$$), ('xid8', $$'18446744073709551615'$$), ('cstring', $$'{1}'$$), ('cstring', $$''$$), ('double precision', $$'NaN'$$);
INSERT INTO argument SELECT DISTINCT type, 'NULL::' || type FROM argument;

-- All of them in the first place, all in the second with some in the others, and so on: every value is met, and mixes of them.
CREATE FUNCTION calls(function oid) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    name text;
    kind "char";
    types oid[];
    round int;
    place int;
    arguments text[];
    value text;
BEGIN
    SELECT p.oid::regproc::text, prokind, proargtypes::oid[] INTO name, kind, types FROM pg_proc p WHERE p.oid = function;
    FOR round IN 0 .. CASE WHEN cardinality(types) = 0 THEN 0 ELSE 15 END LOOP
        arguments := '{}';
        FOR place IN 0 .. cardinality(types) - 1 LOOP
            SELECT v.value INTO value
            FROM (SELECT a.value, row_number() OVER (ORDER BY a.value COLLATE "C") - 1 AS n, count(*) OVER () AS total
                  FROM argument a WHERE a.type::regtype = types[place]) v
            WHERE v.n = (round * (place + 1) + round / 7) % v.total;
            arguments := arguments || coalesce(CASE WHEN round = 0 THEN 'NULL::' || types[place]::regtype ELSE value END, 'NULL');
        END LOOP;
        RETURN NEXT format(CASE kind WHEN 'p' THEN 'CALL %s(%s)' ELSE 'SELECT count(f::text) FROM (SELECT %s(%s) AS f LIMIT 100) s' END,
                           name, array_to_string(arguments, ', '));
    END LOOP;
END
$$;
-- Everything is undone.
CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || CASE WHEN SQLSTATE LIKE 'XX%' THEN ' ' || SQLERRM ELSE '' END;
END
$$;
GRANT SELECT ON argument TO PUBLIC;
CREATE TABLE call AS
SELECT p.oid AS function, calls AS statement FROM pg_proc p, LATERAL calls(p.oid)
WHERE pronamespace IN ('segments'::regnamespace, 'segments_internal'::regnamespace) AND prokind IN ('f', 'p', 'a')
  AND proname !~ '^debug_';
GRANT SELECT ON call TO PUBLIC;
SELECT count(DISTINCT function) > 100, count(*) > 1000 FROM call;

\echo a superuser
CREATE TABLE outcomes AS SELECT statement, outcome(statement) FROM call;
SELECT left(statement, 200), outcome FROM outcomes WHERE outcome LIKE 'XX%' AND outcome NOT LIKE 'XX001%' ORDER BY 1;
SELECT count(*) FILTER (WHERE outcome = 'UNDO0') > 100 FROM outcomes;
\echo nobody
SET ROLE segments_test_nobody;
SELECT left(statement, 200), o FROM call, outcome(statement) o WHERE o LIKE 'XX%' AND o NOT LIKE 'XX001%' ORDER BY 1;
RESET ROLE;
\echo what is stored is as it was
SELECT segments.segment_count('Opened'), segments.cardinality(segments.members('openers'));
SELECT segments.detach_all() IS NULL;
DROP TABLE argument, call, outcomes;
DROP ROLE segments_test_nobody;
