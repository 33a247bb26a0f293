-- Records of interactions that belong to no profile, how many interactions each has, and what the unification has instead.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never
CREATE TABLE visited (record_id text, at timestamptz);
CREATE TABLE opened (record_type text, record_id text, at timestamptz);
CREATE TABLE trait (record_id text, city text);
CREATE TABLE happened (record_id text, at timestamptz, kind text);
CREATE TABLE mapping (record_type text, record_id text, profile_id text);
SELECT segments.unlinked_records();
SELECT segments.register_interaction('visited', 'Visited', 'at', 'record_id') > 0, segments.register_interaction('opened', 'Opened', 'at', 'record_id', 'record_type') > 0,
    segments.register_profile_source('trait', 'Trait', 'record_id') > 0, segments.register_events('happened', 'kind', 'at', 'record_id') > 0;
SELECT segments.register_unification('mapping', record_type_column => 'record_type');
INSERT INTO mapping VALUES ('contact', 'ada@example.org', 'p1'), ('contact', '{00112233-4455-6677-8899-AABBCCDDEEFF}', 'p2'), ('contact', '7', 'p3'), ('lead', 'L8', 'p4'),
    ('contact', 'ÄRGER', 'p5'), ('contact', 'l8', 'p5'), ('contact', 'bob', 'p6');
INSERT INTO visited SELECT id, '2026-01-01' FROM unnest('{Ada@Example.org,"ada@example.org ",00112233445566778899aabbccddeeff,007,L8,ärger,"nobody",bob}'::text[]) id;
INSERT INTO visited SELECT 'nobody', '2026-01-01' FROM generate_series(1, 4);
INSERT INTO visited SELECT '007', '2026-01-01' FROM generate_series(1, 2);
INSERT INTO visited VALUES (NULL, '2026-01-01'), ('bob', NULL), (repeat('x', 2600), '2026-01-01');
INSERT INTO opened VALUES ('Contact', 'bob', '2026-01-01'), ('contact', 'bob', '2026-01-01'), (NULL, 'bob', '2026-01-01'), ('contact', U&'\00A0bob', '2026-01-01'), ('contact', '', '2026-01-01');
INSERT INTO trait VALUES ('BOB', 'Oslo'), ('BOB', 'Rome'), ('bob', 'Rome');
INSERT INTO happened VALUES ('nobody', '2026-01-01', 'called'), ('bob ', '2026-01-01', 'wrote');
SELECT segments.unlinked_records();
CALL segments.refresh();
SELECT * FROM segments.unlinked_records('Visited');
SELECT * FROM segments.unlinked_records('opened');
SELECT * FROM segments.unlinked_records('Trait');
SELECT * FROM segments.unlinked_records('happened');
-- All types; so many of each.
SELECT type, record_id, interactions FROM segments.unlinked_records(max_records => 1);
SELECT count(*) FROM segments.unlinked_records('Visited', 0);
SELECT count(*) FROM segments.unlinked_records('Visited', -1);
-- As many as the catalog counts.
SELECT type, sum(interactions) = unlinked AS all_told FROM segments.unlinked_records(NULL, NULL) JOIN segments.interaction_catalog ON name = type GROUP BY type, unlinked ORDER BY type;
-- What is not told.
SELECT * FROM segments.unlinked_records('Visitd');
SELECT * FROM segments.unlinked_records('wrote');
CREATE TABLE late (record_id text, at timestamptz);
SELECT segments.register_interaction('late', 'Late', 'at', 'record_id') > 0;
SELECT * FROM segments.unlinked_records('Late');
SELECT count(*) FROM segments.unlinked_records(NULL) WHERE type = 'Late';

-- Against plain SQL: ids of many shapes, some in the mapping, as they are or in other shapes; then the mapping changes, and rows go.
CREATE TABLE shaped (record_type text, record_id text, at timestamptz);
SELECT segments.register_interaction('shaped', 'Shaped', 'at', 'record_id', 'record_type') > 0;
CREATE FUNCTION shape(id text, how int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE how WHEN 1 THEN upper(id) WHEN 2 THEN ' ' || id WHEN 3 THEN id || E'\t' WHEN 4 THEN '00' || id WHEN 5 THEN '{' || id || '}' WHEN 6 THEN replace(id, '-', '') ELSE id END
$$;
CREATE FUNCTION comparable(id text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN bare ~ '^{?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}}?$' THEN translate(bare, '{}-', '')
        WHEN bare ~ '^\d+$' THEN bare::numeric::text ELSE bare END FROM (SELECT lower(btrim(id, E' \t'))) AS b (bare)
$$;
SELECT setseed(0.5);
CREATE TABLE ids AS SELECT n, CASE n % 3 WHEN 0 THEN n::text WHEN 1 THEN 'user' || n || '@example.org' ELSE md5(n::text)::uuid::text END AS id FROM generate_series(1, 1500) n;
INSERT INTO mapping SELECT CASE WHEN random() < 0.7 THEN 'contact' ELSE 'lead' END, shape(id, (random() * 12)::int), 'p' || n FROM ids WHERE random() < 0.6 ON CONFLICT DO NOTHING;
INSERT INTO shaped SELECT CASE WHEN random() < 0.7 THEN 'contact' ELSE 'lead' END, shape(id, (random() * 12)::int), '2026-01-01'::timestamptz + n * interval '1 minute'
FROM ids, generate_series(1, 1 + (n * n) % 7);
CREATE VIEW differing AS
WITH told AS (
    SELECT record_type, record_id, interactions, near_record_type, near_record_id, differs_in FROM segments.unlinked_records('Shaped', NULL)
), mapped AS MATERIALIZED (
    SELECT record_type, record_id, comparable(record_id) AS key FROM mapping
), unlinked AS (
    SELECT record_type, record_id, count(*) AS interactions, comparable(record_id) AS key
    FROM shaped s WHERE NOT EXISTS (SELECT FROM mapping m WHERE m.record_type = s.record_type AND m.record_id = s.record_id) GROUP BY 1, 2
), expected AS (
    SELECT DISTINCT ON (u.record_id, u.record_type) u.record_type, u.record_id, u.interactions, m.record_type AS near_record_type, m.record_id AS near_record_id
    FROM unlinked u LEFT JOIN mapped m USING (key)
    ORDER BY u.record_id, u.record_type, m.record_type = u.record_type DESC, m.record_id = u.record_id DESC, m.record_id COLLATE "C", m.record_type COLLATE "C"
), explained AS (
    SELECT *, CASE WHEN near_record_id IS NOT NULL THEN ARRAY(SELECT difference FROM (VALUES ('record type', record_type <> near_record_type),
        ('blanks', substring(record_id, '^\s*') <> substring(near_record_id, '^\s*') OR substring(record_id, '\s*$') <> substring(near_record_id, '\s*$')),
        ('braces', (record_id ~ '{') <> (near_record_id ~ '{')),
        ('hyphens', (record_id ~ '-') <> (near_record_id ~ '-')),
        ('leading zeros', comparable(record_id) ~ '^\d{1,8}$' AND substring(btrim(record_id, E' \t'), '^0*') <> substring(btrim(near_record_id, E' \t'), '^0*')),
        ('case', comparable(record_id) !~ '^\d{1,8}$' AND (record_id ~ '[A-Z]') <> (near_record_id ~ '[A-Z]'))) AS d (difference, holds) WHERE holds) END AS differs_in FROM expected
)
SELECT 'told' AS by, * FROM (SELECT * FROM told EXCEPT ALL SELECT * FROM explained) t UNION ALL SELECT 'expected', * FROM (SELECT * FROM explained EXCEPT ALL SELECT * FROM told) e;
CALL segments.refresh();
SELECT * FROM differing;
SELECT count(*) > 300, count(near_record_id) > 100, count(DISTINCT differs_in) > 8 FROM segments.unlinked_records('Shaped', NULL);
-- The most frequent ones, in order.
SELECT bool_and(told = expected) FROM (SELECT row_number() OVER (), interactions FROM segments.unlinked_records('Shaped', 40)) AS told (n, told)
JOIN (SELECT row_number() OVER (ORDER BY count(*) DESC), count(*) FROM shaped s WHERE NOT EXISTS (SELECT FROM mapping m WHERE m.record_type = s.record_type AND m.record_id = s.record_id)
    GROUP BY s.record_type, s.record_id) AS expected (n, expected) USING (n);
DELETE FROM mapping WHERE profile_id ~ '[3-5]$';
UPDATE mapping SET profile_id = 'p' || left(profile_id, 3) WHERE profile_id ~ '[12]$';
DELETE FROM shaped WHERE record_id ~ '7';
CALL segments.refresh();
SELECT * FROM differing;
-- A state whose mapping has moved since says what it was refreshed with.
TRUNCATE mapping;
SELECT count(*) > 0 FROM segments.unlinked_records('Shaped') WHERE near_record_id IS NOT NULL;
CALL segments.refresh();
SELECT * FROM differing;
SELECT count(near_record_id) FROM segments.unlinked_records(NULL, NULL);

-- Who is told: whoever may read the ids of both tables.
CREATE ROLE segments_test_linker;
SET ROLE segments_test_linker;
SELECT count(*) FROM segments.unlinked_records();
RESET ROLE;
GRANT SELECT (record_id, record_type) ON mapping TO segments_test_linker;
SET ROLE segments_test_linker;
SELECT count(*) FROM segments.unlinked_records();
SELECT count(*) FROM segments.unlinked_records('Opened');
RESET ROLE;
GRANT SELECT (record_id) ON opened, visited TO segments_test_linker;
SET ROLE segments_test_linker;
SELECT DISTINCT type FROM segments.unlinked_records();
SELECT count(*) FROM segments.unlinked_records('Opened');
SELECT count(*) > 0 FROM segments.unlinked_records('Visited');
RESET ROLE;
ALTER TABLE visited ENABLE ROW LEVEL SECURITY;
SET ROLE segments_test_linker;
SELECT count(*) FROM segments.unlinked_records();
SELECT count(*) FROM segments.unlinked_records('Visited');
RESET ROLE;
SELECT segments.alter_interaction('Visited', acknowledge_row_security => true);
SELECT count(*) FROM segments.unlinked_records('Visited');
ALTER TABLE visited DISABLE ROW LEVEL SECURITY;
ALTER TABLE mapping ENABLE ROW LEVEL SECURITY;
SET ROLE segments_test_linker;
SELECT count(*) FROM segments.unlinked_records('Visited');
RESET ROLE;
SELECT segments.reattach_source(acknowledge_row_security => true);
SET ROLE segments_test_linker;
SELECT count(*) > 0 FROM segments.unlinked_records('Visited');
RESET ROLE;
DROP OWNED BY segments_test_linker;
DROP ROLE segments_test_linker;
