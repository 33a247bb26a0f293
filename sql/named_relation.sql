-- Relations that are dumped by name: those that are not there are read, too.
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
CREATE SCHEMA "Odd.one";
CREATE TABLE "Odd.one"."a ""b"".c" ();
CREATE TABLE plain ();
CREATE TEMPORARY TABLE kept (number int, relation segments_internal.named_relation);
INSERT INTO kept VALUES (1, 'plain'::regclass), (2, 'pg_class'::regclass), (3, '"Odd.one"."a ""b"".c"'::regclass), (4, 'plain'::regclass::oid), (5, 0::oid), (6, NULL);

\echo -- what a dump has is read again
SELECT number, relation, to_jsonb(relation) FROM kept ORDER BY number;
CREATE TEMPORARY TABLE dumped AS SELECT number, relation::text AS written FROM kept;
SELECT number FROM kept JOIN dumped USING (number) WHERE written::segments_internal.named_relation IS DISTINCT FROM relation;
SET search_path = '';
SELECT number, relation, relation::text::segments_internal.named_relation = relation FROM pg_temp.kept WHERE number < 5 ORDER BY number;
RESET search_path;

\echo -- what leads nowhere; a number is never believed
SELECT name, name::segments_internal.named_relation::oid > 0 FROM unnest(ARRAY['gone', 'public.gone', 'nowhere.plain', 'a.b.c', 'public.pg_class', '1259', '99999999999999999999', '4294967295', '-', '', 'a..b', '"', '"plain', ' plain ', repeat('x', 100)]) name;

\echo -- whoever may not look into the schema
CREATE ROLE named_relation_reader;
SET ROLE named_relation_reader;
SELECT '"Odd.one"."a ""b"".c"'::segments_internal.named_relation > 0;
RESET ROLE;

\echo -- as regclass elsewhere
SELECT relation = 'plain'::regclass, relation::regclass, relation::oid = 'plain'::regclass::oid, pg_relation_size(relation) FROM kept WHERE number = 1;
SELECT count(DISTINCT relation), min(relation) = 0, array_length(array_agg(relation), 1), count(*) FILTER (WHERE relation IN ('plain'::regclass, 1259)) FROM kept;
SELECT pg_typeof(coalesce(relation, 'plain'::regclass)), pg_typeof(coalesce(relation, 1::oid)) FROM kept WHERE number = 6;
CREATE UNIQUE INDEX ON kept (relation) WHERE number < 4;
INSERT INTO kept SELECT 3, relation FROM kept WHERE number = 1 ON CONFLICT DO NOTHING RETURNING *;
DROP TABLE plain;
SELECT relation::text ~ '^[0-9]+$', relation::text::segments_internal.named_relation FROM kept WHERE number = 1;

\echo -- in binary
COPY kept (relation) TO PROGRAM 'cat > /dev/null' WITH (FORMAT binary);
DROP ROLE named_relation_reader;
