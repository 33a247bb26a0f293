-- Which members the documents of a table have, and declaring them.
SET TimeZone = 'UTC';
SET client_min_messages = notice;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_discover;
CREATE TABLE visit (record_id text, at timestamptz, properties jsonb, "More data" jsonb, old json) PARTITION BY RANGE (at);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE visit_2 PARTITION OF visit FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO visit SELECT 'r' || i % 20, timestamptz '2026-01-30' + i * interval '1 hour', jsonb_build_object(
    'plan', CASE i % 3 WHEN 0 THEN 'pro' WHEN 1 THEN 'free' END, 'price', i * 1.5, 'n', i, 'big', 9223372036854775808 + i, 'utm', jsonb_build_object('Utm Source', 'ad ' || i % 2, 'from', jsonb_build_object('x', true)),
    'odd', CASE WHEN i % 4 = 0 THEN to_jsonb('x'::text) ELSE to_jsonb(i) END, 'day', '2026-01-0' || i % 9 + 1, 'seen', '2026-01-01T10:00:0' || i % 10 || 'Z',
    'mixed times', CASE i % 2 WHEN 0 THEN '2026-01-01' ELSE '2026-01-01 10:00' END, 'is new', i % 2 = 0, 'list', '[{"a": 1}]'::jsonb, 'tags', to_jsonb(ARRAY['a' || i % 2, NULL, 'b']), 'numbers', jsonb_build_array(i % 3, jsonb_build_array(7)), 'parts', CASE WHEN i % 3 > 0 THEN '[1.5, "x"]' ELSE '"x"' END::jsonb, 'empty', '[]'::jsonb, 'nothing', NULL, '', 1, 'long', repeat('long ', 100)),
    jsonb_build_object('k.x', i), '{"a": 1}' FROM generate_series(1, 99) i;
INSERT INTO visit VALUES ('r1', '2026-01-03', '[1, 2]', '"text"', '1'), ('r1', '2026-01-03', 'null', NULL, NULL);
CREATE TABLE mapping (record_id text, profile_id text);
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(0, 19) i;
SET client_min_messages = warning;
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
SET client_min_messages = notice;
SELECT segments.add_json_field('Visit', 'properties.n', 'text');
SELECT * FROM segments.discover_json_fields('Visit');
-- As plain SQL counts them.
SELECT count(*) AS differing FROM segments.discover_json_fields('Visit', max_fields => NULL) found
WHERE occurrences <> (SELECT count(*) FROM visit WHERE jsonb_typeof(CASE WHEN field LIKE '"More%' THEN "More data" ELSE properties END
    #> (segments_internal.field_path(field))[2:]) IN ('string', 'number', 'boolean', 'array'));
-- Some, declared.
SELECT field, kind, declared FROM segments.discover_json_fields('visit', 2);
SELECT field, kind, declared FROM segments.discover_json_fields('Visit', 5, declare_all => true);
SELECT field, kind, declared FROM segments.discover_json_fields('Visit', max_rows => NULL, declare_all => true) WHERE NOT declared;
CALL segments.refresh();
SELECT * FROM segments.json_fields;
SELECT segments.segment_count('Visit where properties.plan = ''pro'''), (SELECT count(DISTINCT record_id) FROM visit WHERE properties ->> 'plan' = 'pro') AS as_sql,
       segments.segment_count('Visit where (properties.seen >= ''2026-01-01 10:00:09'' and properties.day on ''2026-01-05'' and properties."is new" = false)'),
       (SELECT count(DISTINCT record_id) FROM visit WHERE properties ->> 'seen' = '2026-01-01T10:00:09Z' AND properties ->> 'day' = '2026-01-05' AND NOT (properties ->> 'is new')::boolean) AS as_sql;
SELECT count(*) FROM segments.discover_json_fields('Visit', declare_all => true) WHERE NOT declared;
-- A part of a large table.
INSERT INTO visit SELECT 'r1', '2026-01-05', jsonb_build_object('plan', i) FROM generate_series(1, 50000) i;
ANALYZE visit;
SELECT field, occurrences BETWEEN 500 AND 5000 AS is_part FROM segments.discover_json_fields('Visit', 1, max_rows => 2000);
-- 10,000 paths, and no more than can be counted.
INSERT INTO visit SELECT 'r2', '2026-02-05', jsonb_object_agg('member ' || i, i) FROM generate_series(1, 10000) i;
INSERT INTO visit SELECT 'r2', '2026-02-05', jsonb_build_object('deep', jsonb_object_agg('member ' || i, i)) FROM generate_series(1, 15000) i;
SELECT count(*) FROM segments.discover_json_fields('Visit', 20, max_rows => NULL);
SELECT count(*) FROM segments.discover_json_fields('Visit', NULL, max_rows => NULL);
SELECT count(*) FROM segments.discover_json_fields('Visit', 1000, declare_all => true, max_rows => NULL);
\echo :LAST_ERROR_SQLSTATE
-- Deeper than paths go.
SET client_min_messages = warning;
INSERT INTO visit SELECT 'r3', '2026-02-05', (repeat('{"a": ', 1000) || '1' || repeat('}', 1000))::jsonb;
SELECT count(*) FROM segments.discover_json_fields('Visit', NULL, max_rows => NULL) WHERE field LIKE '%a.a.a%';

-- For owners.
SELECT segments.discover_json_fields('Visitt');
\echo :LAST_ERROR_SQLSTATE
SET ROLE segments_test_discover;
SELECT count(*) FROM segments.discover_json_fields('Visit');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT EXECUTE ON FUNCTION segments.discover_json_fields TO segments_test_discover;
SET ROLE segments_test_discover;
SELECT count(*) FROM segments.discover_json_fields('Visit');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
ALTER TABLE visit OWNER TO segments_test_discover;
ALTER TABLE visit_1 OWNER TO segments_test_discover;
ALTER TABLE visit_2 OWNER TO segments_test_discover;
SET ROLE segments_test_discover;
SELECT count(*) > 0 AS found FROM segments.discover_json_fields('Visit');
RESET ROLE;
SELECT segments.detach_all();
DROP TABLE visit, mapping;
DROP OWNED BY segments_test_discover;
DROP ROLE segments_test_discover;
