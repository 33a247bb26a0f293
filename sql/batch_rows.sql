-- The aggregate that reads sources is everybody's to call, with any arguments.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_batch;
GRANT CREATE ON SCHEMA public TO segments_test_batch;
SET ROLE segments_test_batch;

-- Bytes of a schema: little-endian field, kind (1 integer, 2 float, 3 bytes), type.
CREATE FUNCTION bytes_of(number bigint, length int) RETURNS bytea LANGUAGE sql AS $$
    SELECT string_agg(set_byte('\x00'::bytea, 0, ((number >> (8 * i)) & 255)::int), '' ORDER BY i) FROM generate_series(0, length - 1) i
$$;
CREATE FUNCTION field_of(number int, kind int, type bigint) RETURNS bytea LANGUAGE sql AS $$
    SELECT bytes_of(number, 2) || bytes_of(kind, 2) || bytes_of(type, 4)
$$;
CREATE FUNCTION field(number int, kind int, type regtype) RETURNS bytea LANGUAGE sql AS $$ SELECT field_of(number, kind, type::oid::bigint) $$;
-- A member of a document: its kind has a high bit, and the number of the document and the names of the path follow.
CREATE FUNCTION member(number int, kind int, type regtype, document int, VARIADIC names text[]) RETURNS bytea LANGUAGE sql AS $$
    SELECT field(number, kind | 32768, type) || bytes_of(document, 2) || bytes_of(cardinality(names), 2)
        || (SELECT coalesce(string_agg(bytes_of(octet_length(name), 2) || convert_to(name, 'UTF8'), '' ORDER BY i), '') FROM unnest(names) WITH ORDINALITY AS n (name, i))
$$;
-- Whether there is a batch, or the error.  A query of one column "given" returns rows, others are rows.
CREATE FUNCTION try(schema bytea, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('SELECT length(segments_internal.batch_rows($1, %s)) > 0 FROM (%s) AS rows',
        CASE WHEN query LIKE '%AS given%' THEN 'given' ELSE 'rows' END, query) INTO answer USING schema;
    RETURN answer;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN name_of_record AS text;
CREATE DOMAIN name_of_name AS name_of_record;
CREATE TYPE colour AS ENUM ('red', 'green');
CREATE TYPE pair AS (a int, b text);
CREATE TABLE narrow (k1 text, k2 text, k3 timestamptz, gone int, field int);
INSERT INTO narrow VALUES ('contact', 'r1', '2026-01-01', 1, 2);
ALTER TABLE narrow DROP COLUMN gone;
CREATE TABLE wide (k1 text, k2 text, k3 timestamptz, field text);
ALTER TABLE wide ALTER field SET STORAGE EXTERNAL, ALTER k2 SET STORAGE EXTERNAL;
INSERT INTO wide VALUES ('contact', repeat('long', 10000), '2026-01-01', repeat('x', 1000000)), ('contact', 'r1', '2026-01-01', repeat('y', 1000000));
CREATE DOMAIN row_of_narrow AS pair;
CREATE TYPE fitting AS (k1 text, k2 text, k3 timestamptz, field int);
CREATE DOMAIN row_that_fits AS fitting;

SELECT name, try(schema, query) FROM (VALUES
    (1, 'no fields', ''::bytea, 'SELECT ''contact''::text, ''r1''::text, now()'),
    (2, 'every kind', field(1, 1, 'int') || field(2, 2, 'float4') || field(3, 3, 'text') || field(4, 3, 'colour') || field(5, 1, 'bool')
        || field(6, 3, 'name') || field(7, 3, 'uuid') || field(8, 3, 'numeric') || field(9, 3, '"char"') || field(10, 3, 'interval') || field(32767, 1, 'timestamptz'),
        'SELECT ''contact''::text, ''r1''::text, now(), 1, 1.5::float4, ''t''::text, ''red''::colour, true, ''n''::name, gen_random_uuid(), 1.5, ''c''::"char", interval ''1 day'', now()'),
    (3, 'nulls', field(1, 1, 'int'), 'SELECT ''contact''::text, ''r1''::text, now(), NULL::int UNION ALL SELECT NULL, NULL, NULL, NULL'),
    (4, 'domains', field(1, 1, 'int'), 'SELECT ''contact''::name_of_record, ''r1''::name_of_name, now(), 1::positive'),
    (5, 'values stored elsewhere', field(4, 3, 'text'), 'SELECT wide AS given FROM wide'),
    (6, 'the same in a row of it', field(4, 3, 'text'), 'SELECT k1, k2, k3, field FROM wide'),
    (7, 'compressed values', field(1, 3, 'text'), 'SELECT ''contact''::text, ''r1''::text, now(), repeat(''z'', 1000000)'),
    (8, 'a record that is too long', '', 'SELECT ''contact''::text, repeat(''z'', 1000000), now()'),
    (9, 'rows of two types', field(1, 1, 'int'), 'SELECT ROW(''contact''::text, ''r1''::text, now(), 1) AS given UNION ALL SELECT ROW(''contact''::text, ''r1''::name_of_record, now(), 1::positive)'),
    (10, 'rows of which one does not fit', field(1, 1, 'int'), 'SELECT ROW(''contact''::text, ''r1''::text, now(), 1) AS given UNION ALL SELECT ROW(''contact''::text, ''r1''::text, now(), ''text''::text)'),
    (11, 'a domain over a row that fits', field(1, 1, 'int'), 'SELECT ROW(''contact'', ''r1'', now(), 1)::row_that_fits AS given'),
    (20, 'a schema that is cut', '\x0100', 'SELECT ''contact''::text, ''r1''::text, now()'),
    (21, 'no field', field(0, 1, 'int'), 'SELECT ''contact''::text, ''r1''::text, now(), 1'),
    (22, 'a negative field', field(-1, 1, 'int'), 'SELECT ''contact''::text, ''r1''::text, now(), 1'),
    (23, 'fields not ascending', field(2, 1, 'int') || field(2, 1, 'int'), 'SELECT ''contact''::text, ''r1''::text, now(), 1, 2'),
    (24, 'no kind', field(1, 0, 'int'), 'SELECT ''contact''::text, ''r1''::text, now(), 1'),
    (25, 'an unknown kind', field(1, 4, 'int'), 'SELECT ''contact''::text, ''r1''::text, now(), 1'),
    (26, 'a kind of 256 more', field(1, 257, 'int'), 'SELECT ''contact''::text, ''r1''::text, now(), 1'),
    (27, 'a text as an integer', field(1, 1, 'text'), 'SELECT ''contact''::text, ''r1''::text, now(), ''t''::text'),
    (28, 'an integer as bytes', field(1, 3, 'int'), 'SELECT ''contact''::text, ''r1''::text, now(), 1'),
    (29, 'a domain as a type', field(1, 1, 'positive'), 'SELECT ''contact''::text, ''r1''::text, now(), 1::positive'),
    (30, 'no type', field_of(1, 1, 0), 'SELECT ''contact''::text, ''r1''::text, now(), 1'),
    (31, 'a type that does not exist', field_of(1, 3, 4294967295), 'SELECT ''contact''::text, ''r1''::text, now(), 1'),
    (32, 'an array', field(1, 3, 'int[]'), 'SELECT ''contact''::text, ''r1''::text, now(), ARRAY[1]'),
    (330, 'an array as an integer', field(1, 1, 'int[]'), 'SELECT ''contact''::text, ''r1''::text, now(), ARRAY[1]'),
    (331, 'an array of other elements', field(1, 3, 'int[]'), 'SELECT ''contact''::text, ''r1''::text, now(), ARRAY[1::bigint]'),
    (332, 'an array of others', field(1, 3, 'numeric[]'), 'SELECT ''contact''::text, ''r1''::text, now(), ARRAY[1.5]'),
    (333, 'members that are arrays', member(1, 3, 'text[]', 0, 'a') || member(2, 3, 'bigint[]', 0, 'b'), 'SELECT ''contact''::text, ''r1''::text, now(), ''{"a": ["x", [1]], "b": [1]}''::jsonb'),
    (334, 'members that are other arrays', member(1, 3, 'int[]', 0, 'a'), 'SELECT ''contact''::text, ''r1''::text, now(), ''{"a": [1]}''::jsonb'),
    (33, 'a composite type', field(1, 3, 'pair'), 'SELECT ''contact''::text, ''r1''::text, now(), ROW(1, ''x'')::pair'),
    (34, 'records', field(1, 3, 'record'), 'SELECT ''contact''::text, ''r1''::text, now(), ROW(1, ''x'')'),
    (35, 'cstring', field(1, 3, 'cstring'), 'SELECT ''contact''::text, ''r1''::text, now(), ''x''::cstring'),
    (36, 'internal', field(1, 1, 'internal'), 'SELECT ''contact''::text, ''r1''::text, now(), 1'),
    (37, 'jsonb', field(1, 3, 'jsonb'), 'SELECT ''contact''::text, ''r1''::text, now(), ''{}''::jsonb'),
    (38, 'too few columns', field(1, 1, 'int'), 'SELECT ''contact''::text, ''r1''::text, now()'),
    (39, 'too many columns', ''::bytea, 'SELECT ''contact''::text, ''r1''::text, now(), 1'),
    (40, 'one column', ''::bytea, 'SELECT 1'),
    (41, 'no columns', ''::bytea, 'SELECT'),
    (42, 'an integer for a text', field(1, 3, 'text'), 'SELECT ''contact''::text, ''r1''::text, now(), 1'),
    (43, 'a text for an integer', field(1, 1, 'bigint'), 'SELECT ''contact''::text, ''r1''::text, now(), ''t''::text'),
    (44, 'a narrower integer', field(1, 1, 'bigint'), 'SELECT ''contact''::text, ''r1''::text, now(), 1'),
    (45, 'an integer for the record', ''::bytea, 'SELECT ''contact''::text, 1, now()'),
    (46, 'a text for the time', ''::bytea, 'SELECT ''contact''::text, ''r1''::text, ''2026-01-01''::text'),
    (47, 'a timestamp for the time', ''::bytea, 'SELECT ''contact''::text, ''r1''::text, localtimestamp'),
    (48, 'a time for the record type', ''::bytea, 'SELECT now(), ''r1''::text, now()'),
    (49, 'a dropped column', field(4, 1, 'int') || field(5, 1, 'int'), 'SELECT narrow AS given FROM narrow'),
    (50, 'around a dropped column', field(5, 1, 'int'), 'SELECT narrow AS given FROM narrow'),
    (51, 'a domain over a row', ''::bytea, 'SELECT ROW(1, ''x'')::row_of_narrow AS given'),
    (52, '32767 fields', (SELECT string_agg(field(i, 1, 'int'), '') FROM generate_series(1, 32767) i), 'SELECT ''contact''::text, ''r1''::text, now()'),
    (53, 'one more', (SELECT string_agg(field(i, 1, 'int'), '') FROM generate_series(1, 32768) i), 'SELECT ''contact''::text, ''r1''::text, now()'),
    (54, 'a null schema', NULL, 'SELECT ''contact''::text, ''r1''::text, now()'),
    (55, 'a null row', ''::bytea, 'SELECT NULL::pair AS given'),
    (60, 'members', member(1, 3, 'text', 0, 'a', 'b c') || field(2, 1, 'int') || member(3, 2, 'float8', 1, '') || member(4, 1, 'date', 0, '0'),
        'SELECT ''contact''::text, ''r1''::text, now(), 1, ''{"a": {"b c": "x"}}''::jsonb, ''[1, 2]''::jsonb UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL'),
    (61, 'a document that is a scalar', member(1, 3, 'text', 0, 'a'), 'SELECT ''contact''::text, ''r1''::text, now(), ''"x"''::jsonb'),
    (62, 'a document that is compressed', member(1, 3, 'text', 0, 'a'), 'SELECT ''contact''::text, ''r1''::text, now(), jsonb_build_object(''a'', repeat(''z'', 1000000))'),
    (63, 'json for jsonb', member(1, 3, 'text', 0, 'a'), 'SELECT ''contact''::text, ''r1''::text, now(), ''{}''::json'),
    (64, 'no document', member(1, 3, 'text', 0, 'a'), 'SELECT ''contact''::text, ''r1''::text, now()'),
    (65, 'a document where a column is to be', field(1, 1, 'int') || member(2, 3, 'text', 0, 'a'), 'SELECT ''contact''::text, ''r1''::text, now(), ''{}''::jsonb, 1'),
    (66, 'documents that are not numbered in order', member(1, 3, 'text', 1, 'a') || member(2, 3, 'text', 0, 'a'), 'SELECT ''contact''::text, ''r1''::text, now(), ''{}''::jsonb, ''{}''::jsonb'),
    (67, 'a path of no names', member(1, 3, 'text', 0, VARIADIC '{}'), 'SELECT ''contact''::text, ''r1''::text, now(), ''{}''::jsonb'),
    (68, 'a path that is cut', substr(member(1, 3, 'text', 0, 'abc'), 1, 16), 'SELECT ''contact''::text, ''r1''::text, now(), ''{}''::jsonb'),
    (69, 'a type that members cannot have', member(1, 3, 'uuid', 0, 'a'), 'SELECT ''contact''::text, ''r1''::text, now(), ''{}''::jsonb'),
    (70, 'a member that is a document', member(1, 3, 'jsonb', 0, 'a'), 'SELECT ''contact''::text, ''r1''::text, now(), ''{}''::jsonb')
) AS cases (number, name, schema, query) ORDER BY number;
-- The first row's schema holds.
SELECT length(segments_internal.batch_rows(schema, ROW('contact'::text, 'r1'::text, now(), 1))) > 0 AS taken
FROM (VALUES (field(1, 1, 'int')), (field(1, 3, 'text')), ('\x00')) AS given (schema);
SELECT segments_internal.batch_rows('', ROW('contact'::text, 'r1'::text, now())) FROM generate_series(1, 0);
SELECT length(segments_internal.batch_rows(DISTINCT '', ROW('contact'::text, 'r' || i % 3, timestamptz '2026-01-01') ORDER BY ROW('contact'::text, 'r' || i % 3, timestamptz '2026-01-01'))) > 0 AS distinct_rows
FROM generate_series(1, 9) i;
SELECT segments_internal.batch_rows('', ROW('contact'::text, 'r1'::text, now())) OVER (ORDER BY i) FROM generate_series(1, 3) i;
\echo :LAST_ERROR_SQLSTATE
-- The parts are nobody's.
SELECT has_function_privilege('segments_internal.batch_rows(bytea, record)', 'EXECUTE') AS aggregate,
    has_function_privilege('segments_internal.batch_rows_add(internal, bytea, record)', 'EXECUTE') AS add,
    has_function_privilege('segments_internal.batch_rows_encode(internal)', 'EXECUTE') AS encode;
CREATE AGGREGATE mine (bytea, record) (SFUNC = segments_internal.batch_rows_add, STYPE = internal);
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
DROP OWNED BY segments_test_batch CASCADE;
DROP ROLE segments_test_batch;
