-- Functions that take a definition take text as drivers send it: parameters and columns of any type of text, and bare literals.
\pset format unaligned
\pset tuples_only on
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
CREATE TABLE opened (record_id text, occurred_at timestamptz, label text);
SELECT segments.register_unification('mapping', 'profile_id', 'record_id') IS NULL,
       segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id') IS NULL;
INSERT INTO mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 20) n;
INSERT INTO opened SELECT 'r' || (1 + n % 9), '2026-01-01', 'x' || n % 2 FROM generate_series(1, 20) n;
CALL segments.refresh();

\echo parameters of each type, and of none
PREPARE of_text (text) AS SELECT segments.segment_count($1), segments.cardinality(segments.segment_eval($1)), (SELECT max(node) FROM segments.segment_explain($1));
PREPARE of_varchar (varchar) AS SELECT segments.segment_count($1), segments.cardinality(segments.segment_eval($1)), (SELECT max(node) FROM segments.segment_explain($1));
PREPARE of_char (character) AS SELECT segments.segment_count($1), segments.cardinality(segments.segment_eval($1)), (SELECT max(node) FROM segments.segment_explain($1));
PREPARE of_bpchar (bpchar) AS SELECT segments.segment_count($1), segments.cardinality(segments.segment_eval($1)), (SELECT max(node) FROM segments.segment_explain($1));
PREPARE of_definition (segments.definition) AS SELECT segments.segment_count($1), segments.cardinality(segments.segment_eval($1)), (SELECT max(node) FROM segments.segment_explain($1));
PREPARE of_unknown AS SELECT segments.segment_count($1), segments.cardinality(segments.segment_eval($1)), (SELECT max(node) FROM segments.segment_explain($1));
SELECT name, parameter_types FROM pg_prepared_statements ORDER BY name;
EXECUTE of_text ('Opened and Opened where label = ''x1''');
EXECUTE of_varchar ('Opened and Opened where label = ''x1''');
EXECUTE of_char ('all');
EXECUTE of_bpchar ('Opened and Opened where label = ''x1''');
EXECUTE of_definition ('Opened and Opened where label = ''x1''');
EXECUTE of_unknown ('Opened and Opened where label = ''x1''');
EXECUTE of_text (NULL);
EXECUTE of_unknown (NULL);
-- As generic plans do it.
SET plan_cache_mode = force_generic_plan;
EXECUTE of_text ('Opened at least 3');
EXECUTE of_varchar ('Opened at least 3');
RESET plan_cache_mode;

\echo columns of each type, of domains too
CREATE DOMAIN audience AS varchar CHECK (value <> '');
CREATE TABLE wanted (n int, of_text text, of_varchar varchar(100), of_char char(50), of_domain audience, of_definition segments.definition);
INSERT INTO wanted SELECT n, d, d, d, d, d FROM (VALUES (1, 'Opened'), (2, 'not Opened'), (3, 'Opened at least 3 where label = ''x0''')) v (n, d);
SELECT n, segments.segment_count(of_text), segments.segment_count(of_varchar), segments.segment_count(of_char), segments.segment_count(of_domain),
       segments.segment_count(of_definition)
FROM wanted ORDER BY n;
SELECT n, segments.segment_count(w.of_text, '2025-01-01'), segments.segment_count(definition => of_varchar, as_of => '2025-01-01') FROM wanted w ORDER BY n;

\echo literals and expressions
SELECT segments.segment_count('Opened'), segments.segment_count(NULL), segments.segment_count(format('Opened where label = %L', 'x1')),
       segments.segment_count('Opened' || ' at least 3'), segments.segment_count(CASE WHEN true THEN 'all' ELSE 'Opened' END);

\echo saving
PREPARE saving (text, text) AS SELECT segments.create_segment($1, $2);
PREPARE saving_varchar (varchar, varchar, boolean) AS SELECT segments.create_segment($1, $2, $3);
PREPARE changing (varchar, varchar) AS SELECT segments.update_segment($1, $2);
EXECUTE saving ('a', ' OPENED  AT LEAST 1 ');
EXECUTE saving_varchar ('b', ' Opened where label=''x1''', true);
SELECT name, definition FROM segments.segment ORDER BY name;
EXECUTE changing ('b', 'NOT Opened');
SELECT segments.create_segment('c' || n, of_varchar, false) IS NULL, segments.update_segment('c' || n, of_text) FROM wanted ORDER BY n;
SELECT name, definition FROM segments.segment ORDER BY name;
DO $$
DECLARE
    definition text := 'Opened';
    short varchar := 'Opened at least 3';
BEGIN
    RAISE NOTICE '% %', segments.segment_count(definition), segments.segment_count(short);
END
$$;

\echo errors are those of definitions
EXECUTE of_text ('Opened nevr');
EXECUTE saving ('d', 'Opned');
EXECUTE of_varchar ('');

\echo nothing else is taken for a definition
SELECT segments.segment_count(5);
SELECT segments.segment_count('2026-01-01'::date);
SELECT of_definition = of_text FROM wanted;
SELECT of_text = 'Opened', of_varchar || 'x', length(of_char), upper(of_domain) FROM wanted WHERE n = 1;
SELECT castsource::regtype, castcontext FROM pg_cast WHERE casttarget = 'segments.definition'::regtype ORDER BY 1;
